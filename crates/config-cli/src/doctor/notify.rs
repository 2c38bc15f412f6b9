//! Whether changes would be noticed at once: what the watch can arm, and how much of the kernel's limits is used.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use config_watch::{Health, Mode};

use super::finding::{Finding, Severity};

/// From which part of a limit on it is worth a word, in percent.
const NEARLY: u64 = 90;

pub(super) fn examine(watch: &Health, findings: &mut Vec<Finding>) {
    findings.push(match (&watch.mode, &watch.last_error) {
        (Mode::Native, None) => Finding::ok("watch", "native", "an edit is noticed at once"),
        (mode, error) => {
            let why = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            let message = format!("{mode}, so an edit is noticed within 400 ms by polling{why}");
            Finding::new(Severity::Warning, "watch", "polled", message)
        }
    });
    let used = Used::now();
    findings.extend(limit("max_user_instances", "instances", used.instances));
    findings.extend(limit("max_user_watches", "watches", used.watches));
}

/// How much of a limit is used, as far as this user may look.
fn limit(name: &str, what: &str, used: u64) -> Option<Finding> {
    let limit = fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
    let limit: u64 = limit.trim().parse().ok()?;
    let message = format!("{used} of {limit} {what} of this user are in use");
    if used.saturating_mul(100) < limit.saturating_mul(NEARLY) {
        return Some(Finding::ok("inotify", "limit", message));
    }
    let message =
        format!("{message}; raise it with `sysctl fs.inotify.{name}={}`", limit.max(1).saturating_mul(2));
    Some(Finding::new(Severity::Warning, "inotify", "limit", message))
}

/// What the processes of this user have, which the limits are counted by.
#[derive(Default)]
struct Used {
    instances: u64,
    watches: u64,
}

impl Used {
    fn now() -> Self {
        let mut used = Self::default();
        let own = fs::metadata("/proc/self").map(|status| status.uid()).ok();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            if process.metadata().map(|status| status.uid()).ok() == own {
                used.add(&process.path());
            }
        }
        used
    }

    fn add(&mut self, process: &std::path::Path) {
        for open in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
            let leads_to = fs::read_link(open.path()).unwrap_or_default();
            if leads_to.to_string_lossy() == "anon_inode:inotify" {
                self.instances += 1;
                let info =
                    fs::read_to_string(process.join("fdinfo").join(open.file_name())).unwrap_or_default();
                self.watches += info.lines().filter(|line| line.starts_with("inotify ")).count() as u64;
            }
        }
    }
}
