//! This test binary again, as another process: `role` below is what a child runs.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use config_fs::{ConfigFile, Wait, create_directories};
use rustix::fs::Mode;

use crate::scratch::{LIMIT, Scratch, content, mode, set_mode};

pub(crate) const LONG: Wait = Wait::AtMost(Duration::from_mins(2));

const ROLE: &str = "CONFIG_FS_TEST_ROLE";
const FILE: &str = "CONFIG_FS_TEST_FILE";
/// `nobody`, wherever there is one.
const NOBODY: u32 = 65534;

/// Does nothing, unless it is run by [`command`].
#[test]
fn role() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return };
    let path = Path::new(&path);
    match role.split_once(' ').unwrap_or((&role, "")) {
        ("count", times) => count(path, times.parse().unwrap()),
        ("hold", _) => hold(path),
        ("umask", mask) => save_under(path, u32::from_str_radix(mask, 8).unwrap()),
        ("denied", _) => crate::permissions::denied(path),
        ("closed", _) => crate::permissions::closed(path),
        ("searched", _) => crate::permissions::searched(path),
        ("accepted", _) => crate::trust::accepted(path),
        ("relative", _) => crate::locate::relative(path),
        ("relative-refused", _) => crate::locate::relative_refused(path),
        (other, _) => panic!("no role {other}"),
    }
}

/// This binary, to run one role on one file.
pub(crate) fn command(role: &str, path: &Path) -> Command {
    command_of(&std::env::current_exe().unwrap(), role, path)
}

/// The same by a user without privileges: as root, `nobody`, to whom the scratch directory is opened.
pub(crate) fn unprivileged(role: &str, scratch: &Scratch, path: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return command(role, path);
    }
    set_mode(scratch.path(), 0o755);
    // The binary may be where `nobody` cannot go.
    let binary = scratch.join("test-binary");
    // Copied by another process: a descriptor open for writing, inherited by whatever another test forks just now,
    // would make the binary "busy".
    let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&binary).status().unwrap();
    assert!(copied.success());
    set_mode(&binary, 0o755);
    let mut command = command_of(&binary, role, path);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    command
}

/// What makes this binary play a role.
pub(crate) fn environment(role: &str, path: &Path) -> [(&'static str, OsString); 2] {
    [(ROLE, role.into()), (FILE, path.into())]
}

fn command_of(binary: &Path, role: &str, path: &Path) -> Command {
    let mut command = Command::new(binary);
    command.args(["--exact", "child::role", "--nocapture", "--test-threads=1"]);
    command.envs(environment(role, path)).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// [`succeed`], where the current directory is `directory`.
pub(crate) fn succeed_in(command: &mut Command, directory: &Path) {
    let output = command.current_dir(directory).stderr(Stdio::piped()).output().unwrap();
    succeeded(&output);
}

pub(crate) fn succeed(mut command: Command) {
    succeeded(&command.stderr(Stdio::piped()).output().unwrap());
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the role did not run");
}

/// A child that has the lock, until its standard input ends or it is killed.
pub(crate) struct Holder {
    pub(crate) child: Child,
    output: BufReader<ChildStdout>,
}

impl Holder {
    pub(crate) fn start(path: &Path) -> Self {
        let mut child = command("hold", path).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.ends_with("held\n") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child ended");
        }
        Self { child, output }
    }

    pub(crate) fn finish(mut self) {
        drop(self.child.stdin.take());
        self.output.read_to_string(&mut String::new()).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

/// Adds one to the number in the file, so many times.
pub(crate) fn count(path: &Path, times: u32) {
    let file = ConfigFile::locate(path).unwrap();
    for _ in 0..times {
        let mut locked = file.lock(LONG).unwrap();
        let bytes = locked.read(LIMIT).unwrap().into_bytes();
        let number: u32 = String::from_utf8(bytes).unwrap().parse().unwrap();
        locked.replace((number + 1).to_string().as_bytes()).unwrap();
    }
}

fn hold(path: &Path) {
    let file = ConfigFile::locate(path).unwrap();
    let _locked = file.lock(LONG).unwrap();
    println!("held");
    std::io::stdout().flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// The umask belongs to the whole process, which is why this is a child.
fn save_under(path: &Path, mask: u32) {
    rustix::process::umask(Mode::from_raw_mode(mask));
    let file = ConfigFile::locate(path).unwrap();
    let mut locked = file.lock(LONG).unwrap();
    locked.replace(b"new").unwrap();
    let copy = locked.keep_copy("bak", b"copy").unwrap();
    drop(locked);
    // The lock file must not be shut to the next who comes, nor what was written.
    drop(file.lock(Wait::No).unwrap());
    assert_eq!(content(path), "new");
    let directories = path.with_file_name("a").join("b");
    create_directories(&directories).unwrap();

    let lock = path.with_file_name(".config.json.lock");
    for private in [path, &copy, &lock] {
        assert_eq!(mode(private), 0o600, "{} under {mask:03o}", private.display());
    }
    assert_eq!((mode(&directories), mode(&path.with_file_name("a"))), (0o700, 0o700));
}
