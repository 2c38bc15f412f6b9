//! This test binary again, as another process: `role` below is what a child runs.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::support::{Scratch, set_mode};

const ROLE: &str = "CONFIG_STORE_TEST_ROLE";
const FILE: &str = "CONFIG_STORE_TEST_FILE";
/// `nobody`, wherever there is one.
const NOBODY: u32 = 65534;

/// Does nothing, unless it is run by [`command`].
#[test]
fn role() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return };
    let path = Path::new(&path);
    match role.split_once(' ').unwrap_or((&role, "")) {
        ("count", times) => super::concurrency::count(path, times.parse().unwrap()),
        ("relative", name) => super::open::relative(path, name),
        ("denied", _) => super::permissions::denied(path),
        ("read-only", _) => super::permissions::read_only(path),
        ("old-read-only", _) => super::permissions::old_read_only(path),
        ("threads", _) => super::lifecycle::threads(path),
        ("descriptors", _) => super::lifecycle::descriptors(path),
        ("together", _) => super::together::limited(path),
        ("exhausted", _) => super::lifecycle::exhausted(path),
        (other, _) => panic!("no role {other}"),
    }
}

/// This binary, to run one role on one file.
pub(crate) fn command(role: &str, path: &Path) -> Command {
    command_of(&std::env::current_exe().unwrap(), role, path)
}

/// Runs a role as a user without privileges: as root, `nobody`, to whom the scratch directory is given.
pub(crate) fn succeed_unprivileged(role: &str, scratch: &Scratch, path: &Path) {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return succeed(&mut command(role, path));
    }
    // The binary may be where `nobody` cannot go.
    let place = tempfile::tempdir().unwrap();
    let binary = place.path().join("test-binary");
    // Copied by another process: a descriptor open for writing, inherited by whatever another test forks just now,
    // would make the binary "busy".
    let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&binary).status().unwrap();
    assert!(copied.success());
    set_mode(place.path(), 0o755);
    set_mode(&binary, 0o755);
    let owned = Command::new("chown").args(["-R", &NOBODY.to_string()]).arg(scratch.path()).status().unwrap();
    assert!(owned.success());
    let mut command = command_of(&binary, role, path);
    succeed(command.uid(NOBODY).gid(NOBODY).current_dir("/"));
}

fn command_of(binary: &Path, role: &str, path: &Path) -> Command {
    let mut command = Command::new(binary);
    arguments(&mut command, role, path);
    command
}

fn arguments(command: &mut Command, role: &str, path: &Path) {
    command.args(["--exact", "store::child::role", "--nocapture", "--test-threads=1"]);
    command
        .env(ROLE, role)
        .env(FILE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}

/// The same command in a shell that does `first`.
pub(crate) fn in_shell<'a>(first: &str, command: &'a mut Command) -> &'a mut Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{first} && exec \"$0\" \"$@\"")]).arg(command.get_program());
    shell.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    *command = shell;
    command
}

pub(crate) fn succeed(command: &mut Command) {
    finish(command.spawn().unwrap());
}

pub(crate) fn finish(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the role did not run");
}
