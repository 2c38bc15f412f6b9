//! What programs read with `--json`: no less than people are told.

use insta::assert_snapshot;
use serde_json::Value;

use crate::place::{Place, TEXT};

/// The result, and what was said beside it, an object a line.
fn run(place: &Place, args: &[&str]) -> (i32, Vec<Value>, Vec<Value>) {
    let output = place.command(args).arg("--json").output().unwrap();
    let objects = |bytes: Vec<u8>| -> Vec<Value> {
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    (output.status.code().unwrap(), objects(output.stdout), objects(output.stderr))
}

/// The file has a field that is misspelt: people get a warning and "did you mean".
#[test]
fn warnings_of_a_save_are_in_its_result() {
    let place = Place::with(TEXT);
    let first = place.run(&["history"]);
    assert!(first.contains("nothing is kept"), "{first}");
    let (_, set, _) = run(&place, &["set", "/features/debgu", "true"]);
    assert_snapshot!(set[0]["problems"], @r#"[{"severity":"warning","kind":"unknown-field","pointer":"/fetures","line":6,"column":3,"span":[124,133],"message":"this field is not known","help":"did you mean `features`?"},{"severity":"warning","kind":"unknown-field","pointer":"/features/debgu","line":11,"column":5,"span":[234,241],"message":"this field is not known","help":"did you mean `debug`?"}]"#);
    let revision = set[0]["revision"].as_str().unwrap().to_owned();
    for (args, count) in [
        (&["set", "/features/debug", "true"][..], 2),
        (&["unset", "/features/debug"], 2),
        (&["init"], 2),
        (&["migrate"], 2),
        (&["status"], 2),
        (&["unset", "/fetures"], 1),
        (&["rollback", &revision], 2),
        (&["unset", "/features"], 1),
        (&["unset", "/fetures"], 0),
    ] {
        let (code, out, err) = run(&place, args);
        let problems = out[0]["problems"].as_array().unwrap_or_else(|| panic!("{args:?}: {out:?}"));
        assert_eq!((code, problems.len(), err.len()), (0, count, 0), "{args:?}: {out:?}");
        assert!(problems.iter().all(|problem| problem["severity"] == "warning"), "{out:?}");
    }
}

#[test]
fn a_broken_file_s_history_says_so_and_how_to_go_back() {
    let place = Place::with("{\"version\": 1}");
    assert!(place.run(&["set", "/features/debug", "true"]).contains("saved"));
    let (_, good, _) = run(&place, &["history"]);
    assert_eq!(
        (&good[0]["served"], &good[0]["fault"], &good[0]["help"]),
        (&true.into(), &Value::Null, &Value::Null)
    );
    place.write(b"{");
    let (code, broken, err) = run(&place, &["history"]);
    assert_eq!((code, &broken[0]["served"], err.len()), (0, &false.into(), 0));
    assert_eq!(broken[0]["fault"], "the text ends inside an object");
    let help = broken[0]["help"].as_str().unwrap();
    let said = place.command(&["history"]).output().unwrap().stderr;
    assert!(help.contains("rollback") && String::from_utf8(said).unwrap().contains(help), "{help}");
    let (code, judged, _) = run(&place, &["validate"]);
    assert_eq!((code, judged[0]["help"].as_str()), (3, Some(help)));
    // That of another file is not gone back to.
    place.put("other.json", "{");
    let other = place.0.path().join("other.json");
    assert_eq!(run(&place, &["validate", other.to_str().unwrap()]).1[0]["help"], Value::Null);
}

#[test]
fn a_schema_that_was_not_written_is_told() {
    let place = Place(tempfile::tempdir().unwrap());
    place.put("config.schema.json", "my own");
    let (code, out, err) = run(&place, &["init"]);
    assert_eq!((code, &out[0]["created"], err.len()), (0, &true.into(), 1));
    assert!(err[0]["warning"].as_str().unwrap().contains("no schema for editors was written"), "{err:?}");
}

#[test]
fn wrong_usage_is_an_object_too() {
    let place = Place::with(TEXT);
    assert_snapshot!(place.run(&["--json", "frobnicate"]), @r#"
    exit status: 2
    {"copy":null,"errno":null,"error":"unrecognized subcommand 'frobnicate'","exit":2,"help":"Usage: configctl [OPTIONS] <COMMAND>; For more information, try '--help'.","omitted":0,"problems":[],"saved":null,"step":null}
    "#);
    assert_snapshot!(place.run(&["--json", "completions", "cmd"]), @r#"
    exit status: 2
    {"copy":null,"errno":null,"error":"invalid value 'cmd' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]","exit":2,"help":"For more information, try '--help'.","omitted":0,"problems":[],"saved":null,"step":null}
    "#);
    assert_snapshot!(place.run(&["set", "--json"]), @r#"
    exit status: 2
    {"copy":null,"errno":null,"error":"the following required arguments were not provided: <POINTER> <VALUE>","exit":2,"help":"Usage: configctl set --json <POINTER> <VALUE>; For more information, try '--help'.","omitted":0,"problems":[],"saved":null,"step":null}
    "#);
    let members = |args: &[&str]| -> Vec<String> {
        let (code, out, err) = run(&place, args);
        assert_eq!((code, out.len(), err.len()), (2, 0, 1), "{args:?}");
        err[0].as_object().unwrap().keys().cloned().collect()
    };
    let expected = members(&["get", "models"]);
    for args in
        [&[][..], &["get"], &["--max-bytes", "many", "show"], &["show", "more"], &["help", "frobnicate"]]
    {
        assert_eq!(members(args), expected, "{args:?}");
    }
    // What is asked for is text, and no failure.
    for args in [
        &["--json", "--help"][..],
        &["--json", "set", "--help"],
        &["--json", "--version"],
        &["--json", "help"],
    ] {
        let output = place.command(args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}");
        assert!(!output.stdout.is_empty() && !output.stdout.starts_with(b"{"), "{args:?}");
    }
    // `--json` after `--` is no wish.
    assert!(place.run(&["frobnicate", "--", "--json"]).contains("Usage:"));
}
