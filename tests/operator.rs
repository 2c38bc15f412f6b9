//! What an operator meets: exit codes, plain values, refusals that leave the file alone, an end that is clean.

use std::process::Command;
use std::time::Duration;

use acceptance::configctl::{Watching, configctl, run};
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;

#[test]
fn get_prints_the_bare_value_and_set_takes_json_or_a_word() {
    let place = Place::with(&with_alias("fast"));
    let path = place.file();
    let get = |pointer: &str| configctl(&path, &["get", pointer]).out;
    assert_eq!(get("/models/fast/upstream"), "\"up-fast\"\n");
    assert_eq!(get("/features/auth"), "true\n", "a default counts");
    for (value, shown) in
        [("gpt-5", "\"gpt-5\"\n"), ("\"gpt-6\"", "\"gpt-6\"\n"), ("a:b/c@d", "\"a:b/c@d\"\n")]
    {
        assert_eq!(configctl(&path, &["set", "/models/fast/upstream", value]).code, 0);
        assert_eq!(get("/models/fast/upstream"), shown);
    }
    assert_eq!(configctl(&path, &["set", "/models/fast/allowed_keys", "[]"]).code, 0);
    assert_eq!(configctl(&path, &["set", "/models/fast/allowed_keys/-", "k-1"]).code, 0);
    assert_eq!(get("/models/fast/allowed_keys"), "[\"k-1\"]\n");
    assert_eq!(configctl(&path, &["unset", "/models/fast"]).code, 0);
    assert_eq!(configctl(&path, &["get", "/models/fast"]).code, 1);
}

#[test]
fn a_set_that_would_be_invalid_is_refused_and_changes_nothing() {
    let place = Place::with(&with_alias("fast"));
    let before = place.text();
    let refused: &[(&[&str], i32)] = &[
        (&["set", "/models/fast/enabled", "maybe"], 3),
        (&["set", "/models/fast/upstream", "https://elsewhere"], 3),
        (&["set", "/models/fast", "{}"], 3),
        (&["set", "/retention/events_days", "1.0"], 3),
        (&["set", "/version", "2"], 3),
        (&["unset", "/version"], 3),
        (&["unset", "/models/fast/allowed_keys"], 3),
        (&["--strict", "set", "/features/debgu", "true"], 3),
        (&["set", "/models/fast/allowed_keys", "[\"a\",]"], 3),
        (&["set", "/models", "{\"a\": null, \"a\": null}"], 3),
        (&["set", "models/fast", "1"], 2),
        (&["set", "/models/none/enabled", "true"], 1),
        (&["unset", "/models/none"], 1),
        (&["unset", "/models/fast/allowed_keys/+0"], 1),
        (&["set"], 2),
        (&["frobnicate"], 2),
    ];
    for (command, code) in refused {
        let done = configctl(&place.file(), command);
        assert_eq!(done.code, *code, "{command:?}: {}", done.err);
        assert!(!done.err.is_empty(), "{command:?}");
        assert_eq!(place.text(), before, "{command:?}");
    }
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn compare_and_swap_says_conflict() {
    let place = Place::with(&with_alias("fast"));
    let status = configctl(&place.file(), &["status", "--json"]).out;
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let revision = status["revision"].as_str().expect("a revision");
    let set =
        |value: &str| configctl(&place.file(), &["set", "/features/debug", value, "--if-revision", revision]);
    assert_eq!(set("true").code, 0);
    let conflict = set("false");
    assert_eq!(conflict.code, 4, "{}", conflict.err);
    assert!(place.text().contains("\"debug\": true"));
}

#[test]
fn a_save_touches_nothing_but_the_value() {
    let odd = "{ \"x-note\": 1.50e2,\r\n\t\"version\":1,   \"models\" : { },\r\n\t\"features\": {\"debug\":false} }";
    let place = Place::with(odd);
    assert_eq!(configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
    assert_eq!(place.text(), odd.replace("false", "true"));
}

#[test]
fn validate_reports_every_problem_with_its_place() {
    let place = Place::with(
        "{\n  \"version\": 1,\n  \"models\": {\"a\": {\"upstream\": \"//\", \"enabled\": 1,}},\n  \"retention\": []\n}",
    );
    let checked = configctl(&place.file(), &["validate", "--json"]);
    assert_eq!(checked.code, 3);
    let report: serde_json::Value = serde_json::from_str(&checked.out).expect("JSON");
    let found = report["problems"].as_array().expect("a list");
    let found: Vec<_> =
        found.iter().map(|problem| format!("{}:{}", problem["line"], problem["pointer"])).collect();
    assert_eq!(
        found,
        [
            "3:\"/models/a/allowed_keys\"",
            "3:\"/models/a/upstream\"",
            "3:\"/models/a/enabled\"",
            "3:\"/models/a\"",
            "4:\"/retention\""
        ]
    );
    let mut piped = Command::new("sh");
    piped
        .args(["-c", "\"$0\" validate - < \"$1\""])
        .arg(program("configctl").get_program())
        .arg(place.file());
    let piped = run(piped);
    assert_eq!(piped.code, 3);
    assert!(piped.err.contains("<stdin>:3:"), "{}", piped.err);
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let place = Place::empty();
    let made = Command::new("mkfifo").arg(place.file()).status().expect("mkfifo");
    assert!(made.success());
    for command in [&["show"][..], &["status"], &["set", "/features/debug", "true"], &["watch"]] {
        let refused = configctl(&place.file(), command);
        assert_eq!(refused.code, 5, "{command:?}: {}", refused.err);
    }
}

#[test]
fn signals_end_a_watch_or_make_it_look() {
    let place = Place::with(&with_alias("fast"));
    for signal in ["-INT", "-TERM"] {
        let (watching, _) = Watching::start(&place.file());
        // SIGHUP looks at once, without the patience that the watch has for a half-written file.
        place.write("{");
        kill("-HUP", watching.pid());
        let rejected = watching.next_within(Duration::from_secs(10)).expect("an event");
        assert_eq!(rejected["event"], "rejected");
        place.write(with_alias("fast"));
        assert_eq!(watching.next()["event"], "accepted");
        kill(signal, watching.pid());
        assert_eq!(watching.ended(), 0);
    }
}

fn kill(signal: &str, pid: u32) {
    assert!(
        Command::new("sh")
            .args(["-c", "kill \"$0\" \"$1\"", signal, &pid.to_string()])
            .status()
            .expect("kill")
            .success()
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::with(&with_alias("fast"));
    for command in ["show", "get /models", "status", "validate", "validate --json", "path"] {
        // The shell says the exit code on standard error, when the reader is gone already.
        let script = format!("{{ sleep 0.2; \"$0\" --file \"$1\" {command}; echo \"exit $?\" >&2; }} | true");
        let mut piped = Command::new("sh");
        piped.args(["-c", &script]).arg(program("configctl").get_program()).arg(place.file());
        assert_eq!(run(piped).err, "exit 0\n", "{command}");
    }
}

#[test]
fn odd_environments_and_arguments_make_no_panic() {
    let place = Place::with(&with_alias("fast"));
    let mut command = program("configctl");
    command.env("RUST_LOG", "=,=[").arg("--file").arg(place.file()).arg("show");
    assert_eq!(run(command).code, 0);
    let mut command = program("configctl");
    let bad = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/tmp/\xff\x1b[2J");
    command.arg("--file").arg(bad).arg("show");
    let odd = run(command);
    assert_eq!(odd.code, 1);
    assert!(!odd.err.contains('\x1b'), "{}", odd.err);
}
