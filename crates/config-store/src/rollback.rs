//! Going back to a content of the history: an update like any other, also of a file that is broken.

use std::path::{Path, PathBuf};

use config_fs::{Locked, ReadError, quoted};
use config_model::{Document, ProblemKind};

use crate::changes::Cause;
use crate::history::list;
use crate::open::with_suffix;
use crate::reading::{OnDisk, Reading};
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::snapshot::Snapshot;
use crate::store::{Shared, Store};
use crate::update::UpdateError;

/// What a [rollback](Store::rollback) came to.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store = config_store::Store::<config_model::Config>::open(&path)?;
/// let first = store.snapshot().revision();
/// store.update(|config| config.features.debug = true)?;
/// let done = store.rollback(first)?;
/// assert_eq!((done.snapshot.revision(), done.copy), (first, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RolledBack<D> {
    /// What is served, and on disk.
    pub snapshot: Snapshot<D>,
    /// Where what the file said before is kept, if it is not in the history, as it was broken or never served.
    pub copy: Option<PathBuf>,
}

/// What an update or a rollback finds on disk.
pub(crate) enum Old<D> {
    Valid(OnDisk<D>),
    /// What no program serves.
    Broken {
        bytes: Vec<u8>,
        revision: Revision,
    },
    Missing,
}

impl<D: Document> Old<D> {
    /// Its version, if that is an older one.
    pub(crate) fn older(&self) -> Option<u32> {
        match self {
            Self::Valid(on_disk) => on_disk.migrated().map(|migrated| migrated.from),
            Self::Broken { .. } | Self::Missing => None,
        }
    }

    /// What a copy is kept of, and its suffix: of an older version, as in `config.json.v1-0123456789ab.bak`; of what no
    /// history has, if else it `is_lost`. Named by its content, so that the same file is copied once.
    pub(crate) fn to_copy(&self, is_lost: impl FnOnce(&str, Revision) -> bool) -> Option<(String, &[u8])> {
        match self {
            Self::Valid(on_disk) => {
                let from = self.older().map(|from| format!("v{from}"));
                let (text, revision) = (on_disk.text(), on_disk.revision());
                let why = from.or_else(|| is_lost(text, revision).then(|| "replaced".to_owned()))?;
                Some((format!("{why}-{}.bak", revision.short()), text.as_bytes()))
            }
            Self::Broken { bytes, revision } => Some((format!("replaced-{}.bak", revision.short()), bytes)),
            Self::Missing => None,
        }
    }
}

impl<D: Document> Store<D> {
    /// Goes back to a content of the [history](Self::history): an [update](Self::update), checked, durable on return, and
    /// served. A text of the schema's present version is written as it was, byte for byte; one of an older version, migrated.
    ///
    /// A file that is broken or missing does not stand in its way: that is what it is for. What the file says is never lost: it is
    /// in the history, or is copied to `NAME.replaced-REVISION.bak` beside it first. Only a file of a newer version is
    /// refused, as by every update, and one that is larger than the limit, which is not copied: the error says how to move it
    /// away.
    ///
    /// A crash at any point leaves the old file or the new one, whole, and perhaps the copy.
    ///
    /// # Errors
    /// [`UpdateError::NotInHistory`]; [`UpdateError::OnDisk`] when what is kept, or the file, is not usable; else as
    /// [`update`](Self::update).
    pub fn rollback(&self, to: Revision) -> Result<RolledBack<D>, UpdateError> {
        self.shared().roll_back_measured(None, to)
    }

    /// [`rollback`](Self::rollback), but only if the file still has the revision `expected`.
    ///
    /// # Errors
    /// [`UpdateError::Conflict`] when it moved; else as [`rollback`](Self::rollback).
    pub fn rollback_if(&self, expected: Revision, to: Revision) -> Result<RolledBack<D>, UpdateError> {
        self.shared().roll_back_measured(Some(expected), to)
    }
}

impl<D: Document> Shared<D> {
    fn roll_back_measured(
        &self,
        expected: Option<Revision>,
        to: Revision,
    ) -> Result<RolledBack<D>, UpdateError> {
        let mut copy = None;
        let roll_back = || {
            let done = self.roll_back(expected, to)?;
            copy = done.copy;
            Ok(done.snapshot)
        };
        let snapshot = self.measured(|error| Some(error), roll_back)?;
        Ok(RolledBack { snapshot, copy })
    }

    fn roll_back(&self, expected: Option<Revision>, to: Revision) -> Result<RolledBack<D>, UpdateError> {
        let text = self.kept(to)?.present_text().to_owned();
        self.in_turn(self.settings.lock_wait, |locked| self.try_to_roll_back(locked, expected, &text))
    }

    /// The newest usable entry of this revision.
    fn kept(&self, revision: Revision) -> Result<Reading<D>, UpdateError> {
        let entries = list(&self.path, &self.settings).map_err(UpdateError::OnDisk)?;
        let mut failed = UpdateError::NotInHistory { revision };
        for entry in entries.iter().filter(|entry| entry.revision == revision) {
            match entry.read_by(&self.settings) {
                Ok(reading) => return Ok(reading),
                Err(rejection) => failed = UpdateError::OnDisk(rejection),
            }
        }
        Err(failed)
    }

    fn try_to_roll_back(
        &self,
        locked: &mut Locked<'_>,
        expected: Option<Revision>,
        text: &str,
    ) -> Result<Option<RolledBack<D>>, UpdateError> {
        let old = self.read_whatever(locked)?;
        let found = match &old {
            Old::Valid(on_disk) => Some(on_disk.revision()),
            Old::Broken { revision, .. } => Some(*revision),
            Old::Missing => None,
        };
        if let (Some(expected), Some(found)) = (expected, found)
            && expected != found
        {
            return Err(UpdateError::Conflict { expected, found });
        }
        match old {
            Old::Valid(on_disk) if on_disk.text() == text => {
                Ok(self.keep(locked, on_disk)?.map(|snapshot| RolledBack { snapshot, copy: None }))
            }
            Old::Missing if expected.is_some() => {
                let error = ReadError::Missing { path: locked.file().target().to_owned() };
                Err(UpdateError::OnDisk(Rejection::of_read(&self.path, &error)))
            }
            old => {
                let new = self.check((text.to_owned(), None))?;
                self.save(locked, &old, new, Cause::Rollback)
            }
        }
    }

    /// What is there, whatever it says; but what may not be read, or is of a newer version, is not to be replaced.
    fn read_whatever(&self, locked: &mut Locked<'_>) -> Result<Old<D>, UpdateError> {
        let contents = match locked.read(self.settings.max_bytes_read()) {
            Ok(contents) => contents,
            Err(ReadError::Missing { .. }) => return Ok(Old::Missing),
            Err(error @ ReadError::TooLarge { .. }) => {
                return Err(UpdateError::OnDisk(self.to_be_moved(locked.file().target(), &error)));
            }
            Err(error) => return Err(UpdateError::OnDisk(Rejection::of_read(&self.path, &error))),
        };
        let bytes = contents.bytes().to_vec();
        match OnDisk::of(&self.path, contents, self.settings.limits, self.current.get()) {
            Ok(on_disk) => Ok(Old::Valid(on_disk)),
            Err(Rejection::Invalid { revision, problems, .. })
                if !problems.has(ProblemKind::NewerVersion) =>
            {
                Ok(Old::Broken { bytes, revision })
            }
            Err(other) => Err(UpdateError::OnDisk(other)),
        }
    }

    /// What is too large to be read is too large to be copied: whoever moves it away keeps it.
    fn to_be_moved(&self, target: &Path, error: &ReadError) -> Rejection {
        let mut rejection = Rejection::of_read(&self.path, error);
        if let Rejection::Unreadable { reason, .. } = &mut rejection {
            let aside = with_suffix(target, ".large");
            *reason = format!("{reason}; or move it away first: `mv {} {}`", quoted(target), quoted(&aside));
        }
        rejection
    }
}
