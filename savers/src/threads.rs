//! What a process is waiting for, by what the kernel shows of its threads: a watcher that misses a save may be waiting for
//! the disk, and not at fault.

use std::fs;
use std::path::Path;

/// Each thread's name, its state (S sleeps, D waits for the disk) and where in the kernel; where the kernel shows that.
pub(crate) fn of(process: u32) -> String {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return "not known".to_owned() };
    let shown: Vec<String> = threads.flatten().filter_map(|thread| shown(&thread.path())).collect();
    shown.join(", ")
}

fn shown(thread: &Path) -> Option<String> {
    let read = |name| fs::read_to_string(thread.join(name)).ok();
    // `4711 (name) S ...`; a name may hold anything but the last parenthesis.
    let status = read("stat")?;
    let (before, after) = status.rsplit_once(") ")?;
    let (_, name) = before.split_once('(')?;
    let state = after.chars().next()?;
    Some(format!("{name} {state} {}", read("wchan").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_thread_that_runs() {
        let threads = of(std::process::id());
        assert!(cfg!(not(target_os = "linux")) || threads.contains(" R "), "{threads}");
    }
}
