//! What a fault takes: rights, namespaces, and one test at a time.

use std::env;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::configctl::run;

/// What is promised within a time is not measured beside a test that loads the machine or takes up a limit.
pub fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed took its processes with it.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs as root?
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// Does this command succeed here? Where the environment says that it has to, it is an error that it does not.
pub fn possible(what: &str, words: &[&str]) -> bool {
    let succeeds = command(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let needed = format!("ACCEPTANCE_NEEDS_{}", what.to_uppercase().replace(' ', "_"));
    assert!(succeeds || env::var_os(&needed).is_none(), "{needed} is set, but {words:?} does not succeed");
    if !succeeds {
        eprintln!("SKIPPED: no {what} here: {words:?} does not succeed");
    }
    succeeds
}

/// A command of these words.
pub fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().expect("a program");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a shell script in `directory`, which has to succeed. What it prints is returned.
pub fn shell(directory: &Path, script: &str) -> String {
    let mut shell = command(&["sh", "-ec", script]);
    shell.current_dir(directory);
    let done = run(shell);
    assert_eq!(done.code, 0, "{script}: {}", done.err);
    done.out
}

/// Sends a signal.
pub fn kill(signal: &str, pid: u32) {
    shell(Path::new("/"), &format!("kill {signal} {pid}"));
}

/// Ends a process that may have ended already, and what it runs: what `strace` or a shell runs would go on without it.
pub fn end(child: &mut Child) {
    for pid in descendants(child.id()) {
        // It may have ended meanwhile.
        drop(command(&["sh", "-c", &format!("kill -KILL {pid}")]).stderr(Stdio::null()).status());
    }
    drop(child.kill());
    drop(child.wait());
}

fn descendants(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().map_while(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    children.into_iter().flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything: the first is the state.
pub fn stat(pid: u32) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    fields.split_whitespace().map(str::to_owned).collect()
}
