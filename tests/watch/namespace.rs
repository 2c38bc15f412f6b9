//! Limits of the kernel's events, set in a user namespace, so that nobody else runs into them.

use std::path::Path;

use acceptance::logged::Logged;
use acceptance::system::{possible, shell};

pub(crate) const INSTANCES: &str = "max_inotify_instances";
pub(crate) const WATCHES: &str = "max_inotify_watches";

/// As good as no limit.
pub(crate) const PLENTY: u32 = 100;

/// In which an ordinary user may set limits.
const NAMESPACE: &[&str] = &["unshare", "--user", "--map-root-user"];

/// May this user make a namespace?
pub(crate) fn available() -> bool {
    possible("user namespaces", &[NAMESPACE, &["true"]].concat())
}

/// Starts what follows it in a namespace of its own, with this limit from the start.
pub(crate) fn limit(limit: &str, to: impl std::fmt::Display) -> Vec<String> {
    let script = format!("echo {to} > /proc/sys/user/{limit} && exec \"$0\" \"$@\"");
    NAMESPACE.iter().chain(&["sh", "-c", &script]).map(ToString::to_string).collect()
}

/// A gateway with this limit from the start.
pub(crate) fn limited(name: &str, to: u32, file: &Path) -> Logged {
    let words = limit(name, to);
    Logged::under(&words.iter().map(String::as_str).collect::<Vec<_>>(), file)
}

/// Changes the limit of a gateway that is running.
pub(crate) fn set(limit: &str, to: u32, gateway: &Logged) {
    let (pid, set) = (gateway.pid(), format!("echo {to} > /proc/sys/user/{limit}"));
    let enter = format!("nsenter --target {pid} --user --preserve-credentials sh -c '{set}'");
    shell(Path::new("/"), &enter);
}
