//! Who runs a program: the superuser, whom modes do not keep from anything, and an ordinary user, whom they do.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::configctl::{Outcome, run};
use crate::place::Place;
use crate::programs::program;
use crate::system::is_root;

/// A user that no machine has.
const ORDINARY: u32 = 54_321;
/// Another one.
pub const STRANGER: u32 = 54_322;

/// A user to run programs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persona {
    /// Whoever runs the tests, the superuser or not.
    Own,
    /// An ordinary user, which only the superuser can become.
    Ordinary,
}

/// Everybody that this process can be. Says so when that is not all.
pub fn personas() -> &'static [Persona] {
    if is_root() {
        &[Persona::Own, Persona::Ordinary]
    } else {
        eprintln!("only as this user: the tests do not run as root");
        &[Persona::Own]
    }
}

/// Can files be given to other users? Says so when not.
pub fn can_give() -> bool {
    if !is_root() {
        eprintln!("SKIPPED: only root can give a file to another user");
    }
    is_root()
}

impl Persona {
    /// A directory of this user's, 0700, with a config file of theirs in it, 0600.
    pub fn place(self, text: &str) -> Place {
        let place = Place::with(text);
        self.owns(place.directory());
        self.owns(&place.file());
        place
    }

    /// Gives this to them, not following a link.
    pub fn owns(self, path: &Path) {
        if self == Self::Ordinary {
            give(path, ORDINARY);
        }
    }

    /// A program, to be run as them.
    pub fn program(self, name: &str) -> Command {
        self.run_as(program(name))
    }

    /// This command, to be run as them. It starts in the root directory.
    pub fn run_as(self, command: Command) -> Command {
        if self == Self::Own {
            return command;
        }
        let mut theirs = Command::new(within_reach(Path::new(command.get_program())));
        theirs.args(command.get_args()).env_remove("XDG_DATA_HOME").env_remove("RUST_LOG");
        self.become_in(&mut theirs);
        theirs
    }

    /// Lets a command that everybody can start run as them.
    pub fn become_in(self, command: &mut Command) {
        if self == Self::Ordinary {
            command.uid(ORDINARY).gid(ORDINARY).current_dir("/");
        }
    }

    /// `configctl --file FILE ARGS` as them, run to its end.
    pub fn configctl(self, file: &Path, args: &[&str]) -> Outcome {
        let mut command = self.program("configctl");
        command.arg("--file").arg(file).args(args);
        run(command)
    }
}

/// Gives this to a user, not following a link.
pub fn give(path: &Path, uid: u32) {
    lchown(path, Some(uid), Some(uid)).expect("a new owner");
}

/// Sets a mode.
pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A path to a program that every user can start, also where the workspace is where nobody else can go: a descriptor of this
/// process, which the child still has when it executes it.
fn within_reach(program: &Path) -> PathBuf {
    static OPEN: Mutex<BTreeMap<PathBuf, File>> = Mutex::new(BTreeMap::new());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let file = open.entry(program.to_owned()).or_insert_with(|| File::open(program).expect("the program"));
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}
