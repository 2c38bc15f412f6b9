//! What went wrong, where, and what to do about it: commands in it can be pasted.

use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::place::{Place, TEXT};

/// Neither a home nor a place for data is known.
fn homeless(place: &Place, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_configctl"));
    let output = command.env_clear().stdin(Stdio::null()).current_dir(&place.0).args(args).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    format!("{}\n{out}{err}", output.status)
}

#[test]
fn what_names_its_files_needs_no_other() {
    let place = Place::with("{\"version\": 1}");
    place.put("other.jsonc", "{\"version\": 1, /* as it is */ \"features\": {\"debug\": true}}");
    assert_eq!(homeless(&place, &["validate", "config.json"]), "exit status: 0\nconfig.json is valid\n");
    assert_eq!(homeless(&place, &["validate", "other.jsonc"]), "exit status: 0\nother.jsonc is valid\n");
    let said = homeless(&place, &["validate", "-"]);
    assert!(said.starts_with("exit status: 3\nerror: the text is empty"), "{said}");
    assert_eq!(
        homeless(&place, &["diff", "config.json", "other.jsonc"]),
        "exit status: 0\n--- config.json\n+++ other.jsonc\n~ /features/debug: false -> true\n"
    );
    for args in [&["validate"][..], &["diff", "config.json"], &["diff", "config.json", "cafe"], &["show"]] {
        let said = homeless(&place, args);
        assert!(
            said.starts_with("exit status: 2\nerror: no default place for the config file"),
            "{args:?}: {said}"
        );
    }
}

/// `init` would write the config file, and `doctor` look at it: neither is what was named.
#[test]
fn another_file_is_not_mended_by_what_mends_the_config_file() {
    let place = Place::with("{\"version\": 1}");
    let directory = place.0.path().to_str().unwrap().to_owned();
    let absent = format!("{directory}/absent.json");
    for args in [["validate", &absent], ["validate", &directory], ["diff", &directory]] {
        let said = place.run(&args);
        assert!(said.contains("error: ") && !said.contains("help"), "{said}");
    }
    let said = place.run(&["diff", &absent]);
    assert!(said.contains("= help: name a file, or a revision"), "{said}");
}

/// Nothing is made through a link: `init` would fail with these words again.
#[test]
fn where_a_link_leads_nowhere_init_is_no_way_out() {
    let place = Place(tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink("nowhere.json", place.file()).unwrap();
    for command in [&["show"][..], &["init"], &["status"], &["set", "/features/debug", "true"]] {
        let said = place.run(command);
        assert!(said.contains("put the file there or remove the link"), "{command:?}: {said}");
        assert!(!said.contains("writes a first file"), "{command:?}: {said}");
    }
}

#[test]
fn what_is_there_is_named_whole_and_quoted() {
    let place = Place::with(
        r#"{"version": 1, "models": {
            "it's": {"upstream": "m", "enabled": true, "allowed_keys": ["*"]},
            "fast": {"upstream": "m", "enabled": true, "allowed_keys": ["*"]}}}"#,
    );
    assert_snapshot!(place.run(&["get", "/models/slow"]), @r#"
    exit status: 1
    error: there is nothing at /models/slow
     |
     = help: there is: '/models/it'\''s' /models/fast
    "#);
    assert_snapshot!(place.run(&["get", "/models/slow/upstream"]), @r#"
    exit status: 1
    error: there is nothing at /models/slow/upstream
     |
     = help: there is: '/models/it'\''s' /models/fast
    "#);
    assert_snapshot!(place.run(&["get", "/models/fast/upstream/name"]), @"
    exit status: 1
    error: there is nothing at /models/fast/upstream/name
     |
     = help: /models/fast/upstream is a string
    ");
    assert_snapshot!(place.run(&["get", "/models/fast/allowed_keys/7"]), @"
    exit status: 1
    error: there is nothing at /models/fast/allowed_keys/7
     |
     = help: /models/fast/allowed_keys is a list of 1 values
    ");
    assert_snapshot!(place.run(&["set", "/models/it's slow/enabled/x", "true"]), @r#"
    exit status: 1
    error: there is nothing at /models/it's slow that could hold /models/it's slow/enabled/x
     |
     = help: set /models/it's slow as a whole, as in `configctl --file DIR/config.json set '/models/it'\''s slow' '{...}'`
    "#);
    for (pointer, kind) in [
        (
            "/models/fast/upstream/name",
            "/models/fast/upstream is a string, which cannot hold /models/fast/upstream/name",
        ),
        (
            "/models/fast/enabled/a/b",
            "/models/fast/enabled is true, which cannot hold /models/fast/enabled/a/b",
        ),
        ("/version/0", "/version is a number, which cannot hold /version/0"),
    ] {
        let said = place.run(&["set", pointer, "x"]);
        assert_eq!(said, format!("exit status: 1\nerror: {kind}\n"));
    }
    assert!(place.run(&["get", "/features/x/y"]).contains("there is: /features/auth"));
    let empty = Place::with("{\"version\": 1, \"models\": {}}");
    assert!(empty.run(&["unset", "/models/slow"]).ends_with("= help: /models is empty\n"));
    // What is named is there.
    assert!(place.run(&["get", "/models/it's"]).starts_with("exit status: 0\n"));
}

#[test]
fn a_number_below_zero_is_told_no_range_that_is_not_the_field_s() {
    let place = Place::with("{\"version\": 1}");
    let said = place.run(&["set", "/retention/traces_days", "-1"]);
    assert!(
        said.contains("error: expected a whole number, 0 or more\n") && !said.contains("18446744"),
        "{said}"
    );
    assert!(!said.contains("help"), "{said}");
    assert!(place.run(&["set", "/retention/traces_days", "36501"]).contains("36500"));
}

#[test]
fn a_result_that_cannot_be_written_says_whereto() {
    let place = Place::with(TEXT);
    let full = |args: &[&str]| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(args).stdout(full).output().unwrap();
        place.redact(&format!("{}\n{}", output.status, String::from_utf8(output.stderr).unwrap()))
    };
    assert_snapshot!(full(&["path"]), @"
    exit status: 1
    error: the result could not be written to standard output: No space left on device (os error 28)
    ");
    assert_snapshot!(full(&["--json", "show"]), @r#"
    exit status: 1
    {"copy":null,"errno":28,"error":"the result could not be written to standard output: No space left on device (os error 28)","exit":1,"help":null,"omitted":0,"problems":[],"saved":null,"step":null}
    "#);
    assert_snapshot!(full(&["watch"]), @"
    exit status: 1
    error: the result could not be written to standard output: No space left on device (os error 28)
    ");
    assert_snapshot!(full(&["--json", "set", "/features/debug", "true"]), @r#"
    exit status: 1
    {"copy":null,"errno":28,"error":"it was saved, but the result could not be written to standard output: No space left on device (os error 28)","exit":1,"help":null,"omitted":0,"problems":[],"saved":"yes","step":null}
    "#);
}

#[test]
fn what_is_too_large_names_the_option() {
    let place = Place::with(TEXT);
    let help = "`--max-bytes BYTES` raises the limit for this command; a service has its own";
    let path = place.file();
    for args in [
        &["show"][..],
        &["status"],
        &["validate"],
        &["validate", path.to_str().unwrap()],
        &["doctor"],
        &["history"],
    ] {
        let said = place.run(&[&["--max-bytes", "20"], args].concat());
        assert!(said.contains("is larger than 20 bytes") && said.contains(help), "{args:?}: {said}");
    }
    let said = place.run(&["--max-bytes", "250", "set", "/models/fast/upstream", &"m".repeat(200)]);
    assert!(said.starts_with("exit status: 3\n") && said.contains(help), "{said}");
}

#[test]
fn a_file_of_a_revision_s_name_is_not_meant_unless_it_is_said() {
    let place = Place::with("{\"version\": 1}");
    assert!(place.run(&["set", "/features/debug", "true"]).contains("saved"));
    let in_there = |name: &str| {
        let output = place.command(&["diff", name]).current_dir(&place.0).output().unwrap();
        place.redact(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    assert!(!in_there("cafe").contains("./cafe"));
    place.put("cafe", "{\"version\": 1}");
    assert_snapshot!(in_there("cafe"), @"
    error: no revision that begins with cafe is kept
     |
     = help: `configctl --file DIR/config.json history` lists what is kept; write ./cafe if the file is meant
    ");
    assert!(in_there("./cafe").starts_with("--- ./cafe\n"));
}

#[test]
fn what_is_kept_and_damaged_is_not_said_to_be_absent() {
    let place = Place::with("{\"version\": 1}");
    assert_snapshot!(place.run(&["diff"]), @"
    exit status: 1
    error: no content before that of DIR/config.json is kept, to compare it with
     |
     = help: name another file to compare it with
    ");
    assert!(place.run(&["set", "/features/debug", "true"]).contains("saved"));
    let history = std::fs::read_dir(place.0.path().join(".config.json.history")).unwrap();
    for entry in history.map(|entry| entry.unwrap().path()) {
        std::fs::OpenOptions::new()
            .append(true)
            .mode(0o600)
            .open(&entry)
            .and_then(|mut file| {
                use std::io::Write as _;
                file.write_all(b" ")
            })
            .unwrap();
    }
    assert_snapshot!(place.run(&["diff"]), @"
    exit status: 1
    error: no content before that of DIR/config.json can be used, of 1 that are kept
     |
     = help: `configctl --file DIR/config.json history` says why; name another file to compare it with
    ");
    assert!(place.run(&["history"]).contains("NOT USABLE"));
}

/// For a path that needs it, in each command that is to be pasted.
#[test]
fn paths_in_commands_are_quoted() {
    use std::io::{BufRead as _, BufReader};
    let place = Place(tempfile::tempdir().unwrap());
    let path = place.0.path().join("it's here.json");
    let mut watch = Command::new(env!("CARGO_BIN_EXE_configctl"));
    let mut watch = watch.arg("--file").arg(&path).arg("watch").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("any editor")).unwrap();
    watch.kill().unwrap();
    watch.wait().unwrap();
    let (_, command) = line.split_once('`').unwrap();
    let (command, _) = command.split_once('`').unwrap();
    let pasted = Command::new("sh").args(["-c", &command.replacen("vi", "cat", 1)]).output().unwrap();
    assert!(pasted.status.success() && pasted.stdout.starts_with(b"{\n"), "{command}");
}

#[test]
fn what_is_odd_is_said_beside_what_is_wrong() {
    let place = Place::with(
        "{\n  \"version\": 1,\n  \"models\": {\"fast\": {\"upsteam\": \"gpt\", \"enabled\": true, \"allowed_keys\": [\"*\"]}},\n  \"fetures\": {}\n}\n",
    );
    let said = place.run(&["validate"]);
    assert_snapshot!(said, @r#"
    exit status: 3
    error: the field `upstream` is missing
     --> DIR/config.json:3:22
      |
    3 |   "models": {"fast": {"…": "…", "enabled": true, "allowed_keys": ["…"]}},
      |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = at: /models/fast/upstream
      = help: `upsteam` is not known here: rename it, if it was meant to be `upstream`
    warning: this field is not known
     --> DIR/config.json:3:23
      |
    3 |   "models": {"fast": {"upsteam": "…", "enabled": true, "allowed_keys": ["…"]}},
      |                       ^^^^^^^^^
      |
      = at: /models/fast/upsteam
      = help: did you mean `upstream`?
    warning: this field is not known
     --> DIR/config.json:4:3
      |
    4 |   "fetures": {}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    error: DIR/config.json is not valid: 1 problem
    "#);
    // So do the others that say what is wrong with the file.
    let (_, problems) = said.split_once('\n').unwrap();
    let (problems, _) = problems.rsplit_once("error: ").unwrap();
    for command in [&["show"][..], &["status"], &["set", "/features/debug", "true"], &["doctor"]] {
        let said = place.run(command);
        assert!(said.contains(problems), "{said}");
    }
    assert_snapshot!(place.run(&["validate", "--json"]), @r#"
    exit status: 3
    {"valid":false,"version":1,"omitted":0,"problems":[{"severity":"error","kind":"type","pointer":"/models/fast/upstream","line":3,"column":22,"span":[39,97],"message":"the field `upstream` is missing","help":"`upsteam` is not known here: rename it, if it was meant to be `upstream`"},{"severity":"warning","kind":"unknown-field","pointer":"/models/fast/upsteam","line":3,"column":23,"span":[40,49],"message":"this field is not known","help":"did you mean `upstream`?"},{"severity":"warning","kind":"unknown-field","pointer":"/fetures","line":4,"column":3,"span":[102,111],"message":"this field is not known","help":"did you mean `features`?"}],"help":null}
    "#);
}
