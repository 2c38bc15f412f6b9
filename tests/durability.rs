//! What is acknowledged was synced, also where nothing had to be written. `strace` sees each system call and can fail it.

use std::process::Command;

use acceptance::configctl::{configctl, run};
use acceptance::place::Place;
use acceptance::programs::{has, program};

/// Runs a program of this workspace under `strace`; its output, and its calls as `NAME(ARGUMENTS) = RESULT`, a line each.
fn traced(
    program: &Command,
    place: &Place,
    arguments: &[&str],
    inject: Option<&str>,
) -> (String, Vec<String>) {
    let log = place.directory().join("calls");
    let mut strace = Command::new("strace");
    strace.args(["-y", "-e", "trace=openat,write,fsync,renameat,renameat2,rename", "-o"]).arg(&log);
    if let Some(inject) = inject {
        strace.args(["-e", inject]);
    }
    strace.arg(program.get_program()).args(arguments);
    let outcome = run(strace);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let calls = std::fs::read_to_string(log).expect("what strace saw");
    (outcome.out, calls.lines().map(str::to_owned).collect())
}

fn is_save(call: &str) -> bool {
    // What is kept in the history is no save.
    call.starts_with("rename") && call.contains(".tmp\"") && !call.contains(".history>")
}

fn is_sync_of(call: &str, name: &str) -> bool {
    call.starts_with("fsync(") && call.contains(&format!("{name}>")) && call.ends_with("= 0")
}

#[test]
fn after_a_sync_that_failed_only_a_new_file_is_acknowledged() {
    if !has("strace") {
        return;
    }
    let place = Place::empty();
    configctl(&place.file(), &["init"]);
    let file = place.file().to_string_lossy().into_owned();
    // The store syncs the file and its directory when it is opened; then the temporary file; the fourth is the directory
    // after the rename.
    let inject = Some("inject=fsync:error=EIO:when=4");
    let (out, calls) = traced(&Command::new(env!("CARGO_BIN_EXE_insist")), &place, &[&file], inject);
    let said: Vec<&str> = out.lines().collect();
    assert!(said[0].ends_with("warnings: 1"), "{out}");
    assert_eq!(said[1..], ["saved; warnings: 0"], "{out}");
    let failed = calls.iter().position(|call| call.contains("EIO")).expect("the injected error");
    let (before, after) = calls.split_at(failed);
    assert_eq!(before.iter().filter(|call| is_save(call)).count(), 1);
    assert!(calls[failed].contains(&format!("{}>", place.directory().display())), "{}", calls[failed]);
    let renamed = after.iter().position(|call| is_save(call)).expect("the same bytes, saved anew");
    assert!(after[..renamed].iter().any(|call| is_sync_of(call, ".tmp")), "{after:#?}");
    assert!(after[renamed..].iter().any(|call| is_sync_of(call, &place.directory().to_string_lossy())));
}

/// The first syncs of a store are those of opening it: the file's, then its directory's.
#[test]
fn a_sync_that_failed_at_opening_is_made_up_for_by_a_new_file() {
    if !has("strace") {
        return;
    }
    for failing in ["1", "2"] {
        let place = Place::empty();
        configctl(&place.file(), &["init"]);
        let file = place.file().to_string_lossy().into_owned();
        let set = ["--file", &file, "set", "/features/debug", "false"];
        let inject = format!("inject=fsync:error=EIO:when={failing}");
        let (out, calls) = traced(&program("configctl"), &place, &set, Some(&inject));
        let failed = calls.iter().position(|call| call.contains("EIO")).expect("the injected error");
        assert!(out.contains("nothing to change"), "{out}");
        assert!(calls[failed..].iter().any(|call| is_save(call)), "{calls:#?}");
    }
}

#[test]
fn a_change_that_is_there_already_is_synced_before_it_is_acknowledged() {
    if !has("strace") {
        return;
    }
    let place = Place::empty();
    configctl(&place.file(), &["init"]);
    // An editor that syncs nothing was faster.
    place.rename_over(place.text().replace("\"debug\": false", "\"debug\": true"));
    let file = place.file().to_string_lossy().into_owned();
    let set = ["--file", &file, "set", "/features/debug", "true"];
    let (out, calls) = traced(&program("configctl"), &place, &set, None);
    assert!(out.contains("nothing to change"), "{out}");
    assert!(!calls.iter().any(|call| is_save(call)), "{calls:#?}");
    let content = calls.iter().rposition(|call| is_sync_of(call, "config.json")).expect("its content");
    let name = calls.iter().rposition(|call| is_sync_of(call, &place.directory().to_string_lossy()));
    assert!(name.expect("its name") > content, "{calls:#?}");
}
