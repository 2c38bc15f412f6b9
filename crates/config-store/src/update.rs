//! Changing the file: lock, read what is there now, edit, check, replace durably, publish.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use config_fs::{ConfigFile, LocateError, LockError, Locked, ReadError, ReplaceError, Wait};
use config_model::{
    Document, EncodeError, Migrated, Pointer, Problem, ProblemKind, Problems, decode_with, rewrite,
};

use parking_lot::MutexGuard;

use crate::changes::Cause;
use crate::clock;
use crate::reading::{Reading, accept, bound};
use crate::rejection::Rejection;
use crate::reload::Look;
use crate::revision::Revision;
use crate::snapshot::Snapshot;
use crate::store::{Shared, Store};

/// How often an update starts over when an editor, which takes no lock, saves in its middle.
const MAX_TRIES: usize = 10;

/// Why an update was not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// Another process or thread is changing the file, and went on for longer than the wait. Nothing changed.
    #[error("the config file is being changed by another process or thread; try again")]
    Busy,
    /// An editor saved again and again while this was being written. Nothing changed.
    #[error("{} is being saved over and over by another program; try again", .path.display())]
    KeepsChanging {
        /// The file.
        path: PathBuf,
    },
    /// What is on disk is missing or not valid: it is never overwritten by an update. Mend it first.
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
    /// The edit breaks a rule of the schema. Nothing changed.
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
    /// The copy of an older file could not be kept. Nothing changed.
    #[error("nothing was changed, because no copy of the older file could be kept")]
    Backup(#[source] ReplaceError),
    /// The file could not be saved; the source says what is on disk. When it is the new content, it is also served.
    #[error("the save did not succeed")]
    Save(#[source] ReplaceError),
}

impl UpdateError {
    /// Is it that this place cannot be written at all?
    pub(crate) fn is_read_only(&self) -> bool {
        match self {
            Self::Lock(error) => matches!(error, LockError::ReadOnly { .. }),
            Self::Backup(ReplaceError::NotSaved { source, .. })
            | Self::Save(ReplaceError::NotSaved { source, .. }) => {
                use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
                matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem)
            }
            _ => false,
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
    /// update is lost. On return the change is durable, and served; a power loss does not take it back.
    ///
    /// Only the bytes of the values that change are touched: order, indentation and unknown fields stay. An edit that
    /// changes nothing writes nothing. `edit` may run more than once, when an editor saves in between, and must not call
    /// this store's `update`, which would wait for itself until [`UpdateError::Busy`].
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
        self.update_document(None, edit)
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
        self.update_document(Some(expected), edit)
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
        let edit = |text: &str, old: &D| edit(text, old).map(|text| (text, None));
        self.shared().commit(expected, Cause::Update, edit).map(|(snapshot, _)| snapshot)
    }

    fn update_document(
        &self,
        expected: Option<Revision>,
        mut edit: impl FnMut(&mut D),
    ) -> Result<Snapshot<D>, UpdateError> {
        let edit = |text: &str, old: &D| {
            let mut new = old.clone();
            edit(&mut new);
            Ok((rewrite(text, old, &new)?, Some(new)))
        };
        self.shared().commit(expected, Cause::Update, edit).map(|(snapshot, _)| snapshot)
    }
}

/// A text to write, and the document that it must read back as, where that is known.
type Edited<D> = (String, Option<D>);

impl<D: Document> Shared<D> {
    /// Rewrites an older file in the present version. [`Cause::Edit`] when another process was faster.
    pub(crate) fn migrate_file(&self) -> Result<Cause, UpdateError> {
        self.commit(None, Cause::Migration, |text, _| Ok((text.to_owned(), None))).map(|(_, cause)| cause)
    }

    /// The document that is on disk then, and `cause`, or [`Cause::Edit`] when there was nothing to write.
    fn commit<E: From<UpdateError>>(
        &self,
        expected: Option<Revision>,
        cause: Cause,
        edit: impl FnMut(&str, &D) -> Result<Edited<D>, E>,
    ) -> Result<(Snapshot<D>, Cause), E> {
        let (began, wait) = (clock::now(), self.options.lock_wait);
        let mut turns = self.writer.try_lock_for(wait).ok_or(UpdateError::Busy)?;
        clock::pause(turns.begin(clock::now()));
        // One wait for both locks: behind many that wait in vain, each waits for its own time only. But for a quarter of
        // it, who had to wait for other threads still waits for other processes.
        let left = wait.saturating_sub(clock::now().saturating_duration_since(began)).max(wait / 4);
        let done = self.commit_in_turn(clock::now(), left, expected, cause, edit);
        turns.end(clock::now());
        MutexGuard::unlock_fair(turns);
        done
    }

    fn commit_in_turn<E: From<UpdateError>>(
        &self,
        began: Instant,
        wait: Duration,
        expected: Option<Revision>,
        cause: Cause,
        mut edit: impl FnMut(&str, &D) -> Result<Edited<D>, E>,
    ) -> Result<(Snapshot<D>, Cause), E> {
        for _ in 0..MAX_TRIES {
            let file = ConfigFile::locate(&self.path).map_err(|error| self.not_located(error))?;
            let left = wait.saturating_sub(clock::now().saturating_duration_since(began));
            let mut locked = file.lock(Wait::AtMost(left)).map_err(UpdateError::from)?;
            if let Some(done) = self.try_to_commit(&mut locked, expected, cause, &mut edit)? {
                return Ok(done);
            }
        }
        Err(UpdateError::KeepsChanging { path: self.path.clone() }.into())
    }

    fn not_located(&self, error: LocateError) -> UpdateError {
        match Rejection::of_locate(&self.path, &error) {
            missing @ Rejection::Missing { .. } => UpdateError::OnDisk(missing),
            _ => UpdateError::Locate(error),
        }
    }

    /// `None` when someone who takes no lock saved in between.
    fn try_to_commit<E: From<UpdateError>>(
        &self,
        locked: &mut Locked<'_>,
        expected: Option<Revision>,
        cause: Cause,
        edit: &mut impl FnMut(&str, &D) -> Result<Edited<D>, E>,
    ) -> Result<Option<(Snapshot<D>, Cause)>, E> {
        let old = self.read_locked(locked)?;
        if let Some(expected) = expected.filter(|expected| *expected != old.revision) {
            return Err(UpdateError::Conflict { expected, found: old.revision }.into());
        }
        let (text, meant) = edit(old.present_text(), &old.document)?;
        if text == old.text {
            if meant.is_some_and(|meant| meant != old.document) {
                return Err(UpdateError::NotReproducible.into());
            }
            return Ok(self.adopt_unchanged(locked, old).map(|snapshot| (snapshot, Cause::Edit)));
        }
        let new = self.check((text, meant))?;
        if let Some(migrated) = &old.migrated {
            keep_copy(locked, &old, migrated)?;
        }
        Ok(self.save(locked, new, cause)?.map(|snapshot| (snapshot, cause)))
    }

    fn read_locked(&self, locked: &mut Locked<'_>) -> Result<Reading<D>, UpdateError> {
        let contents = locked.read(bound(self.options.limits));
        let contents = contents
            .map_err(|error: ReadError| UpdateError::OnDisk(Rejection::of_read(&self.path, &error)))?;
        accept(&self.path, contents, self.options.limits).map_err(UpdateError::OnDisk)
    }

    /// What would be written goes through the one decoder before a byte of it is.
    fn check(&self, (text, meant): Edited<D>) -> Result<Checked<D>, UpdateError> {
        let decoded = decode_with::<D>(text.as_bytes(), self.options.limits).map_err(UpdateError::Refused)?;
        if let Some(migrated) = decoded.migrated {
            return Err(UpdateError::Refused(older(migrated.from, D::VERSION)));
        }
        if meant.is_some_and(|meant| meant != decoded.document) {
            return Err(UpdateError::NotReproducible);
        }
        let revision = Revision::of(text.as_bytes());
        Ok(Checked { text, revision, document: decoded.document, warnings: decoded.warnings })
    }

    /// From just before the rename until the document is served, no look may come in between: it would take our own save
    /// for an edit by another program. `None` when someone else saved since the file was read.
    fn save(
        &self,
        locked: &mut Locked<'_>,
        new: Checked<D>,
        cause: Cause,
    ) -> Result<Option<Snapshot<D>>, UpdateError> {
        let mut look = self.look.lock();
        if !self.is_there(locked) {
            return Ok(None);
        }
        let replaced = locked.replace(new.text.as_bytes());
        // Whatever came of it, the next look reads: the save took time, in which others may have saved.
        look.seen = None;
        match replaced {
            Ok(_) => Ok(Some(self.adopt_own(&mut look, new, cause))),
            Err(ReplaceError::Changed { .. }) => Ok(None),
            Err(error @ ReplaceError::VisibleNotDurable { .. }) => {
                // It is what every other process sees now: memory moves on, and the caller is told.
                self.adopt_own(&mut look, new, cause);
                Err(UpdateError::Save(error))
            }
            Err(error) => Err(UpdateError::Save(error)),
        }
    }

    fn adopt_own(&self, look: &mut Look, new: Checked<D>, cause: Cause) -> Snapshot<D> {
        let Checked { text: _, revision, document, warnings } = new;
        look.pending = None;
        look.reported = None;
        look.concerns.clear();
        look.older = None;
        self.publish(look, document, revision, warnings, cause)
    }

    /// The edit changed nothing. What is on disk may still be newer than what is served.
    ///
    /// `None` when it was saved again since it was read. A look may have served that already, and what was read before
    /// must not take its place.
    fn adopt_unchanged(&self, locked: &Locked<'_>, on_disk: Reading<D>) -> Option<Snapshot<D>> {
        let mut look = self.look.lock();
        self.is_there(locked).then(|| self.adopt_or_settle(&mut look, on_disk))
    }

    /// Does the path still lead to what was read through the lock? The lock is in the directory that the path led to when
    /// it was taken: a link or a directory that was swapped since would make the save one into a place that nobody reads.
    fn is_there(&self, locked: &Locked<'_>) -> bool {
        let file = ConfigFile::locate(&self.path);
        file.is_ok_and(|file| file.stamp().is_ok_and(|stamp| stamp.is_some() && stamp == locked.stamp()))
    }
}

fn older(from: u32, present: u32) -> Problems {
    let pointer = Pointer::root().key("version");
    let message = format!("the new text is of version {from}, not {present}");
    let mut problems = Problems::none();
    problems.push(
        Problem::new(ProblemKind::Version, pointer, message)
            .with_help("change the text in its present version"),
    );
    problems
}

/// A text that may be written.
struct Checked<D> {
    text: String,
    revision: Revision,
    document: D,
    warnings: Problems,
}

/// Beside the file: `config.json.v1-0123456789ab.bak`. Named by its content, so that a repeated migration of the same
/// file keeps one copy.
fn keep_copy<D>(locked: &mut Locked<'_>, old: &Reading<D>, migrated: &Migrated) -> Result<(), UpdateError> {
    let suffix = format!("v{}-{}.bak", migrated.from, old.revision.short());
    let copy = locked.keep_copy(&suffix, old.text.as_bytes()).map_err(UpdateError::Backup)?;
    tracing::info!(copy = %copy.display(), from = migrated.from, "kept a copy of the older config");
    Ok(())
}
