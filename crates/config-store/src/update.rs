//! Changing the file, as the store's users ask for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use config_fs::{LocateError, LockError, ReplaceError, shown};
use config_model::{Document, EncodeError, Problems, rewrite_accepted};

use crate::changes::Cause;
use crate::clock;
use crate::log;
use crate::meters;
use crate::reading::OnDisk;
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::snapshot::Snapshot;
use crate::store::{Shared, Store};

/// Why an update was not acknowledged.
///
/// ```
/// use config_model::Config;
/// use config_store::{Store, UpdateError};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let error = store.update(|config| config.retention.events_days = 1 << 40).unwrap_err();
/// let UpdateError::Refused(problems) = error else { panic!("{error}") };
/// assert_eq!(problems.iter().next().unwrap().pointer().as_str(), "/retention/events_days");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// Another process or thread is changing the file, and went on for longer than the wait. Nothing changed.
    #[error("the config file is being changed by another process or thread; try again")]
    Busy,
    /// An editor saved again and again while this was being written. Nothing changed.
    #[error("{} is being saved over and over by another program; try again", shown(.path))]
    KeepsChanging {
        /// The file.
        path: PathBuf,
    },
    /// What is on disk is missing or not valid: it is never overwritten by an update. Mend it first. Or it is valid and this
    /// program does not take it, and the edit left it as it is: one that mends it may be saved. Of a
    /// [rollback](Store::rollback): the entry of the history is damaged or not valid, or the file may not be replaced.
    #[error("nothing was changed, because {0}")]
    OnDisk(Rejection),
    /// The file is not what the caller thinks it is. Take a new snapshot and decide again. Nothing changed.
    #[error("the config was changed meanwhile: expected revision {expected}, found {found}")]
    Conflict {
        /// What the caller named.
        expected: Revision,
        /// What is on disk.
        found: Revision,
    },
    /// There is no such content in the history. Nothing changed.
    #[error("revision {revision} is not in the history, so that nothing was changed")]
    NotInHistory {
        /// What the caller named.
        revision: Revision,
    },
    /// The edit breaks a rule of the schema, by itself or under what this program [lays over](Store::overlay) it, or this
    /// program's [verifiers](crate::Options::verify) do not take it. Nothing changed.
    #[error("the change was refused:\n{0}")]
    Refused(Problems),
    /// The schema's type has no JSON for this document. Nothing changed.
    #[error("the change cannot be written")]
    Encode(#[from] EncodeError),
    /// What would be written reads back as another document: a mistake in the schema, such as a field that is not
    /// serialized. Nothing changed.
    #[error("the change does not survive being written and read; see the schema's serde attributes")]
    NotReproducible,
    /// The file could not be found or opened for the update. Nothing changed.
    #[error("nothing was changed")]
    Locate(#[from] LocateError),
    /// The file could not be locked. Nothing changed.
    #[error("nothing was changed")]
    Lock(#[source] LockError),
    /// The copy of the file before it could not be kept: of one of an older version, or of what a rollback replaces and no
    /// history has. The file itself was not touched.
    #[error("nothing was changed, because no copy of the file before could be kept")]
    Backup(#[source] ReplaceError),
    /// The file could not be saved; the source says what is on disk. What is there is also served.
    #[error("the save did not succeed")]
    Save(#[source] ReplaceError),
}

/// What may come of an update, for logs and metrics.
#[cfg(feature = "metrics")]
pub(crate) const OUTCOMES: [&str; 8] =
    ["saved", "busy", "conflict", "refused", "rejected", "schema", "failed", "given-up"];

impl UpdateError {
    /// For logs and metrics.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Busy | Self::KeepsChanging { .. } => "busy",
            Self::OnDisk(_) => "rejected",
            Self::Conflict { .. } => "conflict",
            Self::Refused(_) | Self::NotInHistory { .. } => "refused",
            Self::Encode(_) | Self::NotReproducible => "schema",
            Self::Locate(_) | Self::Lock(_) | Self::Backup(_) | Self::Save(_) => "failed",
        }
    }

    /// Is it the place that failed, now or for ever, and neither the document nor the program?
    pub(crate) fn is_of_the_place(&self) -> bool {
        match self {
            Self::Busy
            | Self::KeepsChanging { .. }
            | Self::Locate(_)
            | Self::Lock(_)
            | Self::Backup(_)
            | Self::Save(_) => true,
            Self::OnDisk(_)
            | Self::Conflict { .. }
            | Self::NotInHistory { .. }
            | Self::Refused(_)
            | Self::Encode(_)
            | Self::NotReproducible => false,
        }
    }
}

impl From<LockError> for UpdateError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Busy { .. } => Self::Busy,
            other => Self::Lock(other),
        }
    }
}

impl<D: Document> Store<D> {
    /// Changes the config: `edit` gets what is on disk now, read under the lock that all processes share, so that no
    /// update is lost; what this program [lays over](Self::overlay) it is neither seen nor written. On return the change is
    /// durable, and served; a power loss does not take it back.
    ///
    /// Only the bytes of the values that change are touched: order, indentation and unknown fields stay. An edit that
    /// changes nothing writes nothing, but is as durable on return as one that does.
    ///
    /// Updates of several threads that come at the same time are saved by one write, each checked by itself: their edits
    /// run one after the other, and what is returned has all of them. When the write fails, each of them gets its error.
    ///
    /// `edit` may run more than once, the last time on what the file then is: when another program saves in between, or when
    /// an edit before it in the same write is given up. It must not call this store's `update`, which would wait for
    /// itself until [`UpdateError::Busy`].
    ///
    /// A crash at any point leaves the old file or the new one, whole.
    ///
    /// ```
    /// # use config_store::Store;
    /// # use config_model::Config;
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let store: Store<Config> = Store::open(directory.path().join("config.json")).unwrap();
    /// store.update(|config| config.features.debug = true)?;
    /// assert!(store.snapshot().features.debug);
    /// # Ok::<(), config_store::UpdateError>(())
    /// ```
    pub fn update(&self, edit: impl FnMut(&mut D)) -> Result<Snapshot<D>, UpdateError> {
        let shared = self.shared();
        shared.measured(|error| Some(error), || shared.update_together(edit))
    }

    /// [`update`](Self::update), but only if the file still has the revision `expected`: compare and swap.
    ///
    /// # Errors
    /// [`UpdateError::Conflict`] when it moved; else as [`update`](Self::update).
    pub fn update_if(
        &self,
        expected: Revision,
        edit: impl FnMut(&mut D),
    ) -> Result<Snapshot<D>, UpdateError> {
        let shared = self.shared();
        shared.measured(
            |error| Some(error),
            || shared.update_alone(shared.settings.lock_wait, Some(expected), edit),
        )
    }

    /// [`update`](Self::update) on the text itself, for tools that change places the schema does not know. `edit` gets
    /// the text in the present version and what it means; what it returns must be a valid document.
    ///
    /// # Errors
    /// What `edit` returns, or as [`update`](Self::update).
    pub fn update_text<E: From<UpdateError>>(
        &self,
        expected: Option<Revision>,
        mut edit: impl FnMut(&str, &D) -> Result<String, E>,
    ) -> Result<Snapshot<D>, E> {
        let edit = |old: &OnDisk<D>| match edit(old.present_text(), old.document()) {
            Ok(text) => Ok((text, None)),
            Err(theirs) => Err(Ended::Theirs(theirs)),
        };
        let shared = self.shared();
        let commit = || shared.commit(shared.settings.lock_wait, expected, Cause::Update, edit);
        let done = shared.measured(Ended::ours, || commit().map(|(snapshot, _)| snapshot));
        done.map_err(|ended| match ended {
            Ended::Ours(error) => error.into(),
            Ended::Theirs(error) => error,
        })
    }
}

/// Whose error it is.
enum Ended<E> {
    Ours(UpdateError),
    /// Of who asked for the update.
    Theirs(E),
}

impl<E> Ended<E> {
    fn ours(&self) -> Option<&UpdateError> {
        match self {
            Self::Ours(error) => Some(error),
            Self::Theirs(_) => None,
        }
    }
}

impl<E> From<UpdateError> for Ended<E> {
    fn from(error: UpdateError) -> Self {
        Self::Ours(error)
    }
}

impl<D: Document> Shared<D> {
    /// Does an update, and says what came of it when no lock is held any more.
    pub(crate) fn measured<E>(
        &self,
        ours: impl Fn(&E) -> Option<&UpdateError>,
        update: impl FnOnce() -> Result<Snapshot<D>, E>,
    ) -> Result<Snapshot<D>, E> {
        let began = clock::now();
        let done = update();
        let took = clock::now().saturating_duration_since(began);
        let outcome = match &done {
            Ok(snapshot) => {
                log::updated(self.origin(), snapshot.revision(), took);
                "saved"
            }
            Err(error) => {
                let error = ours(error);
                let outcome = error.map_or("given-up", UpdateError::outcome);
                log::update_failed(self.origin(), error, outcome, took);
                outcome
            }
        };
        meters::updated(&self.label, outcome, took);
        self.tell_meters();
        done
    }

    /// An update that is saved by itself.
    pub(crate) fn update_alone(
        &self,
        wait: Duration,
        expected: Option<Revision>,
        mut edit: impl FnMut(&mut D),
    ) -> Result<Snapshot<D>, UpdateError> {
        let edit = |old: &OnDisk<D>| {
            let mut new = old.document().clone();
            edit(&mut new);
            Ok((rewrite_accepted(old.present_text(), old.document(), &new)?, Some(Arc::new(new))))
        };
        self.commit(wait, expected, Cause::Update, edit).map(|(snapshot, _)| snapshot)
    }
}
