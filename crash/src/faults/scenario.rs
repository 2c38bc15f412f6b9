//! What is interrupted: a program, and the directory that it runs on.

use std::env;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{
    DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, fchown, symlink,
};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum as _;

use super::disk;
use crate::writer::Writer;

/// What a save finds, and which program makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// `configctl set` on a file that is there.
    Update,
    /// `configctl init` where no file is.
    Seed,
    /// `configctl init` where two directories are missing too.
    SeedDirectories,
    /// A file of an older version is opened, copied and rewritten.
    Migration,
    /// The same after a crash that left the copy.
    Copy,
    /// `configctl set` after a crash that left a temporary file.
    Recovery,
    /// `configctl set` through a symlink into another directory.
    Symlink,
    /// `configctl set` of what is there already, which may not be durable yet.
    Same,
    /// Root changes the file of another user, who keeps it.
    Owner,
    /// One save by one of the writers.
    Writer(Writer),
}

/// All in which the product itself is under test.
pub(crate) const ALL: [Scenario; 9] = [
    Scenario::Update,
    Scenario::Seed,
    Scenario::SeedDirectories,
    Scenario::Migration,
    Scenario::Copy,
    Scenario::Recovery,
    Scenario::Symlink,
    Scenario::Same,
    Scenario::Owner,
];

/// How a program says what became of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// A JSON object on standard error: `configctl --json`.
    Json,
    /// The words of the store's errors.
    Words,
    /// Only the exit code.
    ExitCode,
}

const SETTINGS: &str = r#"{
  "version": 1,
  "models": {
    "fast": {"upstream": "small-1", "enabled": true, "allowed_keys": ["made-up-one", "made-up-two"]}
  },
  "retention": {"events_days": 30},
  "features": {"auth": true, "debug": false}
}
"#;
const OLDER: &str = r#"{
  "version": 1,
  "smarthost": "mail.example.com:2525",
  "user": "relay",
  "password": "made-up",
  "timeout": 20
}
"#;
/// A user that need not exist.
const SOMEONE: u32 = 4321;
const FILE: &str = "config.json";
const NOTES: &str = "notes.txt";
/// Where what was accepted is kept.
pub(crate) const HISTORY: &str = ".config.json.history";
const LINK: &str = "other";
const LOOKALIKE: &str = ".config.json.0123456789abcdef.tmpx";
const DEAD: &str = ".config.json.00c0ffee00c0ffee.tmp";
/// Of a dead temporary file's name, and yet nobody's to remove.
const DEAD_LINK: &str = ".config.json.00000000deadbeef.tmp";

impl Scenario {
    pub(crate) fn name(self) -> String {
        let name = match self {
            Self::Update => "update",
            Self::Seed => "seed",
            Self::SeedDirectories => "seed-directories",
            Self::Migration => "migration",
            Self::Copy => "copy",
            Self::Recovery => "recovery",
            Self::Symlink => "symlink",
            Self::Same => "same",
            Self::Owner => "owner",
            Self::Writer(writer) => return writer_name(writer),
        };
        name.to_owned()
    }

    pub(crate) fn speech(self) -> Speech {
        match self {
            Self::Migration | Self::Copy => Speech::Words,
            Self::Writer(_) => Speech::ExitCode,
            _ => Speech::Json,
        }
    }

    /// The file itself, past any symlink.
    pub(crate) fn file(self, root: &Path) -> PathBuf {
        root.join(match self {
            Self::SeedDirectories => "one/two/config.json",
            Self::Symlink => "real/config.json",
            _ => FILE,
        })
    }

    /// What the program is told.
    pub(crate) fn path(self, root: &Path) -> PathBuf {
        match self {
            Self::Symlink => root.join("link/config.json"),
            _ => self.file(root),
        }
    }

    /// Only root gives files away.
    pub(crate) fn is_possible(self) -> Result<bool> {
        let probe = tempfile::tempfile().context("a temporary file")?;
        Ok(self != Self::Owner || fchown(&probe, Some(SOMEONE), Some(SOMEONE)).is_ok())
    }

    /// Fills the empty directory `root`.
    pub(crate) fn prepare(self, root: &Path) -> Result<()> {
        let file = self.file(root);
        let directory = file.parent().unwrap_or(root);
        match self {
            Self::Seed | Self::SeedDirectories => {}
            Self::Update | Self::Recovery | Self::Same => put(&file, SETTINGS.as_bytes(), 0o600)?,
            Self::Owner => {
                put(&file, SETTINGS.as_bytes(), 0o600)?;
                chown(&file, Some(SOMEONE), Some(SOMEONE)).context("giving the file to another user")?;
            }
            Self::Migration => put(&file, OLDER.as_bytes(), 0o600)?,
            Self::Copy => {
                put(&file, OLDER.as_bytes(), 0o600)?;
                let migrated = self.again(root)?.output()?;
                if !migrated.status.success() {
                    bail!("own-schema does not migrate: {}", String::from_utf8_lossy(&migrated.stderr));
                }
                put(&file, OLDER.as_bytes(), 0o600)?;
            }
            Self::Symlink => {
                for name in ["link", "real"] {
                    DirBuilder::new().mode(0o700).create(root.join(name))?;
                }
                put(&file, SETTINGS.as_bytes(), 0o600)?;
                symlink("../real/config.json", root.join("link/config.json"))?;
            }
            Self::Writer(_) => put(&file, generation(0).text().as_bytes(), 0o600)?,
        }
        let foreign = if self == Self::SeedDirectories { root } else { directory };
        put(&foreign.join(NOTES), b"Not a config file.\n", 0o644)?;
        put(&foreign.join(LOOKALIKE), b"Not a temporary file.\n", 0o600)?;
        symlink(NOTES, foreign.join(LINK))?;
        if self == Self::Recovery {
            put(&directory.join(DEAD), b"{ \"version\": 1, \"mod", 0o600)?;
            put(&directory.join(".config.json.lock"), b"", 0o600)?;
            symlink(NOTES, directory.join(DEAD_LINK))?;
        }
        Ok(())
    }

    /// The names that may be there besides those that were, once all is done.
    pub(crate) fn may_appear(self, name: &str) -> bool {
        let copy = matches!(self, Self::Migration | Self::Copy) && is_copy(name);
        copy || matches!(name, "one" | "two" | FILE | ".config.json.lock" | HISTORY)
    }

    /// Whether what has this name, relative to the run's directory, is to stay as it is.
    pub(crate) fn is_foreign(name: &str) -> bool {
        let ours = [FILE, ".config.json.lock", DEAD, "one", "two", HISTORY];
        name == "link/config.json" || !ours.contains(&disk::last(name))
    }

    /// The program and its arguments, to be interrupted.
    pub(crate) fn command(self, root: &Path) -> Result<Vec<OsString>> {
        let path = self.path(root).into_os_string();
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let (program, mut arguments) = match self {
            Self::Same => ("configctl", words(&["--json", "set", "/features/debug", "false", "--file"])),
            Self::Update | Self::Recovery | Self::Symlink => {
                ("configctl", words(&["--json", "set", "/features/debug", "true", "--file"]))
            }
            Self::Owner => {
                let set = ["--json", "--allow-foreign-owner", "set", "/features/debug", "true", "--file"];
                ("configctl", words(&set))
            }
            Self::Seed | Self::SeedDirectories => {
                ("configctl", words(&["--json", "init", "--no-schema", "--file"]))
            }
            Self::Migration | Self::Copy => ("own-schema", Vec::new()),
            Self::Writer(writer) => ("crash", words(&["save", &writer_name(writer)])),
        };
        arguments.insert(0, beside(program)?.into_os_string());
        arguments.push(path);
        Ok(arguments)
    }

    /// The same program once more, with nothing in its way.
    pub(crate) fn again(self, root: &Path) -> Result<Command> {
        let mut words = self.command(root)?.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).env_clear();
        Ok(command)
    }

    /// Another change to the file, by `configctl`.
    pub(crate) fn change(self, root: &Path) -> Result<Command> {
        let mut command = Command::new(beside("configctl")?);
        if self == Self::Owner {
            command.arg("--allow-foreign-owner");
        }
        command.args(["--json", "set", "/retention/events_days", "77", "--file"]).arg(self.path(root));
        command.env_clear();
        Ok(command)
    }
}

/// A copy of an older file; the second of them ends in `.bak.1`.
pub(crate) fn is_copy(name: &str) -> bool {
    name.starts_with("config.json.v1-") && name.contains(".bak")
}

/// A program that was built with this one.
pub(crate) fn beside(program: &str) -> Result<PathBuf> {
    let path = env::current_exe().context("this program's path")?.with_file_name(program);
    if !path.is_file() {
        let package = if program == "configctl" { "config-cli" } else { program };
        bail!("{} is missing; build it with `cargo build -p {package}`", path.display());
    }
    Ok(path)
}

fn writer_name(writer: Writer) -> String {
    writer.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn generation(count: u64) -> crate::generations::Generations {
    crate::generations::Generations::new(count, 0, 1024)
}

fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path);
    let mut file = file.with_context(|| path.display().to_string())?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    Ok(())
}

/// Puts a symlink at every one of these names.
pub(crate) fn plant(names: &[PathBuf], victim: &Path) -> Result<()> {
    for name in names {
        fs::remove_file(name).ok();
        symlink(victim, name).with_context(|| name.display().to_string())?;
    }
    Ok(())
}
