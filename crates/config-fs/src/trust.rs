//! Who may write or read the file: what is said about it, and what is refused.
//!
//! Whoever can write a config file decides for the service that reads it. Every verdict is on a descriptor: on the file
//! that is read, and on each directory in which a name was looked up on the way to it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::closing::User;
use crate::concern::{Concern, Identity};
use crate::namespace;
use crate::show::quoted;
use crate::sys::{self, Links, Meta};

pub use crate::file_kind::FileKind;
pub use crate::refusal::Refusal;

/// Write permission for the group and for others.
pub(crate) const WRITE: u32 = 0o022;
pub(crate) const GROUP_WRITE: u32 = 0o020;
pub(crate) const OTHERS_WRITE: u32 = 0o002;
pub(crate) const STICKY: u32 = 0o1000;
/// What group and others may do.
const OTHERS: u32 = 0o077;
/// What a config file should have.
pub(crate) const PRIVATE: u32 = 0o600;

/// Whom to trust beyond the default, which is this user and root, and a file that nobody else can read or write.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::{ConfigFile, Trust};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{}")?;
/// std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440))?;
/// // As Kubernetes mounts it: nothing to warn about.
/// let trust = Trust::new().expected_mode(0o440);
/// assert!(ConfigFile::locate_with(&path, trust)?.read(64 << 20)?.concerns().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    expected_mode: Option<u32>,
    foreign: Foreign,
}

/// Which users are trusted beside root and this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Foreign {
    #[default]
    Nobody,
    /// Whoever is met first.
    AnyOne,
    /// Who was, if anybody.
    Only(Option<u32>),
}

impl Trust {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// A file with this mode or a narrower one is nothing to warn about: for where something else sets it, as Kubernetes
    /// does (0440, 0640). Default: 0600.
    ///
    /// Write permission for group or others in it has no effect: such a file is refused whatever is expected. A save makes
    /// the mode 0600 all the same.
    #[must_use]
    pub fn expected_mode(mut self, mode: u32) -> Self {
        self.expected_mode = Some(mode & 0o777 & !WRITE);
        self
    }

    /// Are a file and directories accepted that belong to one other user, neither root nor this one? That user can then
    /// change them at any time. Default: no.
    ///
    /// It is one user for the whole way to the file, its lock and its history: whoever owns the first such directory, or else
    /// the file. It is none in a directory such as `/tmp`, where anybody may be first to make what is found.
    #[must_use]
    pub fn allow_foreign_owner(mut self, allow: bool) -> Self {
        self.foreign = if allow { Foreign::AnyOne } else { Foreign::Nobody };
        self
    }

    /// This, having met something of `uid`: if that is the one other user who is allowed, nobody else is.
    pub(crate) fn having_met(mut self, uid: u32) -> Self {
        if self.foreign == Foreign::AnyOne && !is_usual(uid) && !namespace::is_outside(uid) {
            self.foreign = Foreign::Only(Some(uid));
        }
        self
    }

    /// This, having come to the file of `owner`'s. Where there is none yet, that is open: an editor may be about to make it anew.
    pub(crate) fn settled(mut self, owner: u32) -> Self {
        if self.foreign == Foreign::AnyOne {
            self.foreign = Foreign::Only((!is_usual(owner)).then_some(owner));
        }
        self
    }

    /// Is it open who the one other user is who is allowed?
    pub(crate) fn is_open(self) -> bool {
        self.foreign == Foreign::AnyOne
    }

    /// This, for what is found beside the file, which makes nobody the one who is allowed.
    pub(crate) fn beside(mut self) -> Self {
        if self.foreign == Foreign::AnyOne {
            self.foreign = Foreign::Only(None);
        }
        self
    }

    /// This, for what only those may have who can read a file of `owner`'s.
    pub(crate) fn with(mut self, owner: u32) -> Self {
        if self.foreign().is_some_and(|uid| uid != owner) {
            self.foreign = Foreign::Only(None);
        }
        self
    }

    /// The one other user who is allowed, and was met.
    pub(crate) fn foreign(self) -> Option<u32> {
        match self.foreign {
            Foreign::Only(one) => one,
            Foreign::Nobody | Foreign::AnyOne => None,
        }
    }

    /// The widest mode that a file should have.
    pub(crate) fn wanted(self) -> u32 {
        self.expected_mode.unwrap_or(PRIVATE)
    }

    /// The verdict on an open config file.
    pub(crate) fn file(self, path: &Path, meta: &Meta) -> Result<Vec<Concern>, Refusal> {
        let (refusals, concerns) = self.verdicts(path, meta);
        refusals.into_iter().next().map_or(Ok(concerns), Err)
    }

    /// All that there is to say about an open config file.
    pub(crate) fn verdicts(self, path: &Path, meta: &Meta) -> (Vec<Refusal>, Vec<Concern>) {
        if let Err(refusal) = Refusal::unless_regular(path, meta) {
            return (vec![refusal], Vec::new());
        }
        let mut refusals: Vec<_> = self.owner(path, meta).err().into_iter().collect();
        let mut concerns = Vec::new();
        let wanted = self.wanted();
        if meta.mode & WRITE != 0 {
            let remedy = User::effective().close_file(path, meta, wanted);
            refusals.push(Refusal::Writable { path: path.to_owned(), mode: meta.mode, remedy });
        }
        let identity = Identity::of(meta);
        // Who may write it is told of already.
        if meta.mode & OTHERS & !wanted != 0 && meta.mode & WRITE == 0 {
            let remedy = User::effective().close_file(path, meta, wanted);
            concerns.push(Concern::WideMode { path: path.to_owned(), identity, remedy });
        }
        if matches!(meta.links, Links::Two | Links::More) {
            concerns.push(Concern::HardLinks { path: path.to_owned(), identity });
        }
        (refusals, concerns)
    }

    /// The verdict on what has a file's name when it is to be replaced, which keeps its owner and so hands it the content; and
    /// on a lock file, whose owner could hold it for ever, or remove it where the directory is sticky.
    pub(crate) fn target(self, path: &Path, meta: &Meta) -> Result<(), Refusal> {
        Refusal::unless_regular(path, meta)?;
        self.owner(path, meta)
    }

    /// The verdict on an open directory in which `name` was looked up. On a mount that is read-only nobody can change what
    /// is in it, whatever its mode: Kubernetes mounts its volumes so, with 0777.
    pub(crate) fn directory(
        self,
        path: &Path,
        meta: &Meta,
        (name, entry): (&OsStr, Entry),
        is_read_only: impl FnOnce() -> bool,
    ) -> Result<Option<Concern>, Refusal> {
        let (path, mode) = (path.to_owned(), meta.mode);
        // In a container, what belongs to users outside of it is shown as nobody's: the root directory at least.
        let is_trusted = self.trusts(meta.uid) || namespace::is_outside(meta.uid);
        if mode & WRITE == 0 && is_trusted || is_read_only() {
            return Ok(None);
        }
        if !is_trusted {
            return Err(self.foreign_owner(path, meta.uid));
        }
        // A sticky bit keeps others from replacing what is there, and not from being first.
        match (mode & OTHERS_WRITE != 0, mode & STICKY != 0, entry) {
            (_, true, Entry::Owned(uid)) if is_usual(uid) => Ok(None),
            (_, true, Entry::Owned(uid)) => {
                let entry = path.join(name);
                Err(Self { foreign: Foreign::Only(None), ..self }.foreign_owner(entry, uid))
            }
            (true, true, Entry::NoDirectory) => Ok(None),
            (true, true, Entry::NoFile) => Err(Refusal::Shared { path, mode }),
            (true, false, _) => {
                let remedy = User::effective().close_directory(&path, meta);
                Err(Refusal::WritableDirectory { path, mode, remedy })
            }
            (false, ..) => {
                let remedy = User::effective().close_directory(&path, meta);
                Ok(Some(Concern::GroupWritableDirectory { path, identity: Identity::of(meta), remedy }))
            }
        }
    }

    /// The verdict on whose something is.
    pub(crate) fn owner(self, path: &Path, meta: &Meta) -> Result<(), Refusal> {
        if self.trusts(meta.uid) { Ok(()) } else { Err(self.foreign_owner(path.to_owned(), meta.uid)) }
    }

    /// May this user change what we act on?
    fn trusts(self, uid: u32) -> bool {
        is_usual(uid)
            || match self.foreign {
                Foreign::Nobody => false,
                Foreign::AnyOne => true,
                Foreign::Only(one) => one == Some(uid),
            }
    }

    /// With what can be done about it: the option, unless it is set and does not help.
    fn foreign_owner(self, path: PathBuf, uid: u32) -> Refusal {
        let us = sys::effective_uid();
        let mut remedy = if us == 0 {
            format!(
                "run this as that user, as with `sudo -u '#{uid}'`, or take it over with `chown -h 0 {}`",
                quoted(&path)
            )
        } else {
            format!("have root give it to this user with `chown -h {us} {}`", quoted(&path))
        };
        if self.foreign == Foreign::Nobody {
            remedy += "; allow a foreign owner if that user is to decide for this program";
        }
        Refusal::ForeignOwner { path, uid, remedy }
    }
}

/// Is this root, or the user that this program runs as?
fn is_usual(uid: u32) -> bool {
    uid == 0 || uid == sys::effective_uid()
}

/// Could others than root and this user have put an entry into its directory? Also where they may no longer, if it is theirs.
pub(crate) fn could_be_others(directory: &Meta, entry: &Meta, is_read_only: impl FnOnce() -> bool) -> bool {
    let is_ours = |uid| is_usual(uid) || namespace::is_outside(uid);
    let is_safe = if directory.mode & WRITE == 0 {
        is_ours(entry.uid)
    } else {
        // What is one's own cannot be given another name there.
        directory.mode & STICKY != 0 && is_usual(entry.uid)
    };
    !(is_safe && is_ours(directory.uid) || is_read_only())
}

/// What a name on the way turned out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    /// A file, directory or link of this user.
    Owned(u32),
    /// Nothing, where a directory should be. One that is made there is looked at again.
    NoDirectory,
    /// Nothing, where the config file would be.
    NoFile,
}
