//! How an update wins or starts over: lock, read what is there now, edit, check, replace durably, publish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use config_fs::{Concern, ConfigFile, LocateError, Locked, ReadError, ReplaceError, Wait};
use config_model::{Decoded, Document, Pointer, Problem, ProblemKind, Problems, decode_with};
use parking_lot::MutexGuard;

use crate::changes::Cause;
use crate::clock;
use crate::log;
use crate::look::Look;
use crate::memory::Accepted;
use crate::reading::OnDisk;
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::rollback::{Old, RolledBack};
use crate::snapshot::{Read, Snapshot};
use crate::store::Shared;
use crate::update::UpdateError;
use crate::vet::Vetted;

/// How often an update starts over when an editor, which takes no lock, saves in its middle.
const MAX_TRIES: usize = 10;

/// A text to write, and the document that it must read back as, where that is known.
pub(crate) type Edited<D> = (String, Option<Arc<D>>);

impl<D: Document> Shared<D> {
    /// Rewrites an older file in the present version. [`Cause::Edit`] when another process was faster.
    pub(crate) fn migrate_file(&self) -> Result<Cause, UpdateError> {
        let as_it_is = |on_disk: &OnDisk<D>| Ok((on_disk.present_text().to_owned(), None));
        self.commit(self.settings.lock_wait, None, Cause::Migration, as_it_is).map(|(_, cause)| cause)
    }

    /// The document that is on disk then, and `cause`, or [`Cause::Edit`] when there was nothing to write. Waits at most
    /// `wait` for its turn.
    pub(crate) fn commit<E: From<UpdateError>>(
        &self,
        wait: Duration,
        expected: Option<Revision>,
        cause: Cause,
        mut edit: impl FnMut(&OnDisk<D>) -> Result<Edited<D>, E>,
    ) -> Result<(Snapshot<D>, Cause), E> {
        self.in_turn(wait, |locked| self.try_to_commit(locked, expected, cause, &mut edit))
    }

    /// Under the lock that all processes share: has `attempt` made until it comes to something, and waits at most `wait` for its
    /// turn.
    pub(crate) fn in_turn<T, E: From<UpdateError>>(
        &self,
        wait: Duration,
        attempt: impl FnMut(&mut Locked<'_>) -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        let began = clock::now();
        let mut turns = self.writer.try_lock_for(wait).ok_or(UpdateError::Busy)?;
        clock::pause(turns.begin(clock::now()));
        // One wait for both locks: behind many that wait in vain, each waits for its own time only. But for a quarter of
        // it, who had to wait for other threads still waits for other processes.
        let left = wait.saturating_sub(clock::now().saturating_duration_since(began)).max(wait / 4);
        let done = self.attempts(clock::now(), left, attempt);
        turns.end(clock::now());
        MutexGuard::unlock_fair(turns);
        done
    }

    fn attempts<T, E: From<UpdateError>>(
        &self,
        began: Instant,
        wait: Duration,
        mut attempt: impl FnMut(&mut Locked<'_>) -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        for _ in 0..MAX_TRIES {
            let file = self.locate().map_err(|error| self.not_located(error))?;
            let left = wait.saturating_sub(clock::now().saturating_duration_since(began));
            let mut locked = file.lock(Wait::AtMost(left)).map_err(UpdateError::from)?;
            if let Some(done) = attempt(&mut locked)? {
                return Ok(done);
            }
        }
        Err(UpdateError::KeepsChanging { path: self.path.clone() }.into())
    }

    fn locate(&self) -> Result<ConfigFile, LocateError> {
        ConfigFile::locate_with(&self.path, self.settings.trust)
    }

    fn not_located(&self, error: LocateError) -> UpdateError {
        match Rejection::of_locate(&self.path, &error) {
            told @ (Rejection::Missing { .. } | Rejection::Unreadable { refused: true, .. }) => {
                UpdateError::OnDisk(told)
            }
            _ => UpdateError::Locate(error),
        }
    }

    /// `None` when someone who takes no lock saved in between.
    fn try_to_commit<E: From<UpdateError>>(
        &self,
        locked: &mut Locked<'_>,
        expected: Option<Revision>,
        cause: Cause,
        edit: &mut impl FnMut(&OnDisk<D>) -> Result<Edited<D>, E>,
    ) -> Result<Option<(Snapshot<D>, Cause)>, E> {
        let old = self.read_locked(locked)?;
        if let Some(expected) = expected.filter(|expected| *expected != old.revision()) {
            return Err(UpdateError::Conflict { expected, found: old.revision() }.into());
        }
        let (text, meant) = edit(&old)?;
        if text == old.text() {
            if meant.is_some_and(|meant| *meant != *old.document()) {
                return Err(UpdateError::NotReproducible.into());
            }
            return Ok(self.keep(locked, old)?.map(|snapshot| (snapshot, Cause::Edit)));
        }
        let new = self.check((text, meant))?;
        Ok(self.save(locked, &Old::Valid(old), new, cause)?.map(|saved| (saved.snapshot, cause)))
    }

    fn read_locked(&self, locked: &mut Locked<'_>) -> Result<OnDisk<D>, UpdateError> {
        let contents = locked.read(self.settings.max_bytes_read());
        let contents = contents
            .map_err(|error: ReadError| UpdateError::OnDisk(Rejection::of_read(&self.path, &error)))?;
        let on_disk = OnDisk::of(&self.path, contents, self.settings.limits, self.current.get());
        on_disk.map_err(UpdateError::OnDisk)
    }

    /// What would be written goes through the one decoder before a byte of it is.
    pub(crate) fn check(&self, (text, meant): Edited<D>) -> Result<Checked<D>, UpdateError> {
        let decoded =
            decode_with::<D>(text.as_bytes(), self.settings.limits).map_err(UpdateError::Refused)?;
        if let Some(migrated) = decoded.migrated {
            return Err(UpdateError::Refused(older(migrated.from, D::VERSION)));
        }
        if meant.is_some_and(|meant| *meant != decoded.document) {
            return Err(UpdateError::NotReproducible);
        }
        let Decoded { document, warnings, .. } = decoded;
        let revision = Revision::of(text.as_bytes());
        let read = Read { document, revision, bytes: text.len(), warnings, is_migrated: false };
        Ok(Checked { text, read })
    }

    /// From just before the rename until the document is served, no look may come in between: it would take our own save
    /// for an edit by another program. `None` when someone else saved since the file was read. With the copy of what was there,
    /// where one was kept.
    pub(crate) fn save(
        &self,
        locked: &mut Locked<'_>,
        old: &Old<D>,
        new: Checked<D>,
        cause: Cause,
    ) -> Result<Option<RolledBack<D>>, UpdateError> {
        let mut look = self.look.lock();
        let Checked { text, read } = new;
        // Beside what is served now, and before anything is written. It may take its time: what was read is looked for after it.
        let vetted = self.vet(&look, read, &text);
        if !self.is_there(locked)? {
            return Ok(None);
        }
        let new = vetted.map_err(UpdateError::Refused)?;
        let served = self.accepted(&look, old);
        let copy = match old.to_copy(|text, revision| {
            cause == Cause::Rollback && !self.is_kept(locked.file(), text, revision)
        }) {
            Some((suffix, bytes)) => match locked.keep_copy(&suffix, bytes) {
                Err(ReplaceError::Changed { .. }) => return Ok(None),
                kept => Some(kept.map_err(UpdateError::Backup)?),
            },
            None => None,
        };
        if let Some(copy) = &copy {
            log::copy_kept(self.origin(), copy, old.older());
        }
        let replaced = self.replace(&mut look, locked, text.as_bytes());
        match replaced {
            // Visible, it is what every other process sees now: memory moves on, and the caller is told.
            Ok(true) | Err(ReplaceError::VisibleNotDurable { .. }) => {
                let snapshot = self.adopt_own(&mut look, new, cause);
                // Not before the rename: who reads it now has read it later.
                let time = look.accepted_at;
                let new = Accepted { text: &text, revision: snapshot.revision(), cause, time };
                self.remember_save(&mut look, locked, served, new);
                replaced.map(|_| Some(RolledBack { snapshot, copy })).map_err(UpdateError::Save)
            }
            Ok(false) => Ok(None),
            Err(error @ ReplaceError::Unknown { .. }) => {
                // Whichever it is, it is served, and is as doubtful as before.
                let noted = look.undurable.take();
                self.look_at_once(&mut look);
                look.undurable = noted;
                Err(UpdateError::Save(error))
            }
            Err(error) => Err(UpdateError::Save(error)),
        }
    }

    /// Replaces the file, and keeps account of whether it is durable. False: someone else changed the file or its lock.
    fn replace(&self, look: &mut Look, locked: &mut Locked<'_>, bytes: &[u8]) -> Result<bool, ReplaceError> {
        let replaced = locked.replace(bytes);
        // Whatever came of it, the next look reads: the save took time, in which others may have saved.
        look.seen = None;
        match replaced {
            Ok(stamp) => {
                look.durable = Some(stamp);
                look.undurable = None;
                Ok(true)
            }
            Err(ReplaceError::Changed { .. } | ReplaceError::LockLost { .. }) => Ok(false),
            Err(error) => {
                if matches!(error, ReplaceError::VisibleNotDurable { .. } | ReplaceError::Unknown { .. }) {
                    self.note_undurable(look, &error);
                }
                Err(error)
            }
        }
    }

    /// What is replaced, if it was served.
    fn accepted<'a>(&self, look: &Look, old: &'a Old<D>) -> Option<Accepted<'a>> {
        let Old::Valid(on_disk) = old else { return None };
        let (text, revision) = (on_disk.text(), on_disk.revision());
        let is_served = revision == self.current.get().revision() && look.recovered.is_none();
        is_served.then_some(Accepted { text, revision, cause: look.cause, time: look.accepted_at })
    }

    fn adopt_own(&self, look: &mut Look, new: Vetted<D>, cause: Cause) -> Snapshot<D> {
        look.pending = None;
        look.reported = None;
        // The file is a new one of ours. The directories are what they were.
        look.concerns.retain(Concern::is_of_the_way);
        look.older = None;
        self.publish(look, new, cause)
    }

    /// The edit changed nothing. What is on disk may still be newer than what is served, and whoever wrote it, an editor or
    /// a process that died, may not have made it durable: it is acknowledged now, and must be.
    ///
    /// `None` when it was saved again since it was read. A look may have served that already, and what was read before
    /// must not take its place.
    pub(crate) fn keep(
        &self,
        locked: &mut Locked<'_>,
        on_disk: OnDisk<D>,
    ) -> Result<Option<Snapshot<D>>, UpdateError> {
        let mut look = self.look.lock();
        let found = self.found(&look, on_disk);
        if !self.is_there(locked)? {
            return Ok(None);
        }
        let found = found.map_err(UpdateError::OnDisk)?;
        if look.undurable.is_some() {
            // After a sync that failed, another proves nothing: the same bytes are written anew.
            match self.replace(&mut look, locked, found.text().as_bytes()) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => {
                    let noted = look.undurable.take();
                    self.adopt_or_settle(&mut look, found, locked);
                    look.undurable = noted;
                    return Err(UpdateError::Save(error));
                }
            }
        } else if look.durable.is_none() || look.durable != locked.stamp() {
            if let Err(error) = locked.confirm() {
                self.adopt_or_settle(&mut look, found, locked);
                self.note_undurable(&mut look, &error);
                return Err(UpdateError::Save(error));
            }
            look.durable = locked.stamp();
        }
        Ok(Some(self.adopt_or_settle(&mut look, found, locked)))
    }

    /// Does the path still lead to what was read through the lock? The lock is in the directory that the path led to when
    /// it was taken: a link or a directory that was swapped since would make the save one into a place that nobody reads.
    fn is_there(&self, locked: &Locked<'_>) -> Result<bool, UpdateError> {
        let stamp = match self.locate() {
            Ok(file) => file.stamp(),
            // Too many open files, a device that fails: it is not the path that changed.
            Err(error @ LocateError::Io { .. }) => return Err(UpdateError::Locate(error)),
            Err(_) => return Ok(false),
        };
        match stamp {
            Err(error @ ReadError::Io { .. }) => {
                Err(UpdateError::OnDisk(Rejection::of_read(&self.path, &error)))
            }
            // Where nothing is, nothing was read.
            stamp => Ok(stamp.is_ok_and(|stamp| stamp == locked.stamp())),
        }
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
pub(crate) struct Checked<D> {
    text: String,
    read: Read<D>,
}
