//! The exit codes one by one, as the real program returns them; `--json` with every command; readers that go away.

use std::collections::BTreeSet;
use std::process::Command;

use acceptance::configctl::{configctl, run};
use acceptance::place::{Place, with_alias};
use acceptance::programs::{has, program};
use serde_json::Value;

#[test]
fn each_exit_code_has_its_case() {
    let good = Place::with(&with_alias("fast"));
    let absent = Place::empty();
    let broken = Place::with("{");
    let open = Place::with(&with_alias("fast"));
    open.chmod(0o666);
    let old = "0".repeat(64);
    for (place, command, code) in [
        (&good, &["status"][..], 0),
        (&absent, &["status"], 1),
        (&good, &["get", "/models/none"], 1),
        (&good, &["frobnicate"], 2),
        (&good, &["get", "models"], 2),
        (&good, &["man", "frobnicate"], 2),
        (&broken, &["status"], 3),
        (&good, &["set", "/features/debug", "1"], 3),
        // It would be saved with fewer digits, and is no bare word.
        (&good, &["set", "/note", "12345678901234567890123"], 3),
        (&good, &["set", "/features/debug", "true", "--if-revision", &old], 4),
        (&open, &["status"], 5),
    ] {
        let done = configctl(&place.file(), command);
        assert_eq!(done.code, code, "{command:?}: {}{}", done.out, done.err);
    }
}

/// A sync that fails after the rename: the new content is there, and a power loss may take it.
#[test]
fn what_may_not_be_durable_is_exit_code_6() {
    if !has("strace") {
        return;
    }
    let outcome = |failing: u32| {
        let place = Place::with(&with_alias("fast"));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "-e"]);
        strace.arg(format!("inject=fsync:error=EIO:when={failing}"));
        strace.arg(program("configctl").get_program()).args(["--json", "--file"]).arg(place.file());
        let done = run({
            strace.args(["set", "/features/debug", "true"]);
            strace
        });
        (done, place.text())
    };
    // Which sync it is depends on what else is kept beside the file.
    let found = (1..12).map(outcome).find(|(done, _)| done.code == 6);
    let (done, text) = found.expect("one of the syncs is that of the directory");
    let failure: Value = serde_json::from_str(done.err.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!((&failure["exit"], &failure["saved"]), (&6.into(), &"not-durable".into()), "{failure}");
    assert!(text.contains("\"debug\": true"), "{text}");
}

/// What each command is called with. A new command without a line here fails.
const COMMANDS: &[&[&str]] = &[
    &["init"],
    &["path"],
    &["show"],
    &["get", "/features"],
    &["set", "/features/debug", "true"],
    &["unset", "/features/debug"],
    &["edit"],
    &["validate"],
    &["history"],
    &["diff"],
    &["rollback", "0000"],
    &["status"],
    &["doctor"],
    &["schema"],
    &["schema", "--write"],
    &["completions", "bash"],
    &["man"],
    &["man", "set"],
    &["migrate"],
];

#[test]
fn every_command_speaks_json() {
    let help = configctl(&Place::empty().file(), &["--help"]).out;
    let (_, list) = help.split_once("Commands:\n").expect("the commands");
    let (list, _) = list.split_once("\n\n").expect("their end");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut names: BTreeSet<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    for text in [with_alias("fast"), "{\"version\": 1, \"models\": 7}".to_owned(), "{".to_owned()] {
        for command in COMMANDS {
            let place = Place::with(&text);
            let mut configctl = program("configctl");
            configctl.env("EDITOR", "true").env_remove("VISUAL");
            configctl.arg("--file").arg(place.file()).arg("--json").args(*command);
            let done = run(configctl);
            let said = format!("{}{}", done.out, done.err);
            assert!(!said.is_empty(), "{command:?}");
            for line in said.lines() {
                let object =
                    serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{command:?}: {line}"));
                assert!(object.is_object(), "{command:?}: {line}");
            }
            names.remove(command[0]);
        }
    }
    // It prints an object for each event; `help` prints the text of clap.
    assert_eq!(names, ["help", "watch"].into());
}

/// Who reads the first line and goes is no failure, and nobody panics. `watch` would wait for an edit otherwise.
#[test]
fn a_pipe_to_head_ends_quietly() {
    if !has("bash") {
        return;
    }
    let place = Place::with(&with_alias("fast"));
    let rest = [
        "watch",
        "watch --json",
        "schema",
        "schema --json",
        "man",
        "completions zsh",
        "show",
        "--help",
        "set --help",
        "doctor",
    ];
    for command in rest {
        let script = format!("\"$0\" --file \"$1\" {command} | head -1; echo \"exit ${{PIPESTATUS[0]}}\"");
        let mut piped = Command::new("bash");
        piped.args(["-c", &script]).arg(program("configctl").get_program()).arg(place.file());
        let done = run(piped);
        assert_eq!((done.out.lines().last(), done.err.as_str()), (Some("exit 0"), ""), "{command}");
    }
}
