//! From a path to a store that serves it.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use config_fs::{
    ConfigFile, CreateDirectoriesError, LocateError, LockError, RecoverError, Recovery, ReplaceError, Wait,
    create_directories_with, quoted, shown,
};
use config_model::{Decoded, Document, EncodeError, Problems, decode_with, seed_text};
use config_watch::{Next, StartError, Watch};
use parking_lot::Mutex;

use crate::changes::Cause;
use crate::clock::readable;
use crate::group::Group;
use crate::history::HistoryEntry;
use crate::listeners::Listeners;
use crate::log;
use crate::look::Look;
use crate::memory::Accepted;
use crate::meters::{self, Meters};
use crate::options::Options;
use crate::publish::Current;
use crate::recovery::{Recovered, instead_of};
use crate::rejection::{Rejection, chain};
use crate::revision::Revision;
use crate::seen::Seen;
use crate::settings::Settings;
use crate::snapshot::{Read, Snapshot};
use crate::store::{Shared, Store};
use crate::turn::Turns;
use crate::update::UpdateError;
use crate::vet::Admitted;

/// Why a store could not be opened. The file is as it was, or is missing as before, unless a source says otherwise.
///
/// ```
/// use config_model::Config;
/// use config_store::{OpenError, Rejection, Store};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "")?; // empty is not missing
/// match Store::<Config>::open(&path) {
///     Err(OpenError::Rejected(Rejection::Invalid { problems, .. })) => println!("{problems}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The current directory is gone, so that a relative path means nothing.
    #[error("{path:?} cannot be made absolute; give an absolute path")]
    NoCurrentDirectory {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no valid document to serve.
    #[error("{0}")]
    Rejected(Rejection),
    /// There is no valid document to serve, and one that was accepted before is kept.
    /// [`Recovery::LastGood`](crate::Recovery::LastGood) would serve that; a [rollback](Store::rollback) by a store that was
    /// opened so, or the command in the message, makes it the file's content again.
    #[error("{rejection}\nto go back to what was accepted at {}, revision {}: `cp {} {new} && mv {new} {}`",
        readable(.last_good.time), .last_good.revision.short(), quoted(&.last_good.path), quoted(.target),
        new = quoted(&with_suffix(.target, ".new")))]
    Broken {
        /// The file, as it was asked for, made absolute: its name says which syntax it has.
        path: PathBuf,
        /// The same, symlinks resolved.
        target: Box<Path>,
        /// What is wrong with it.
        rejection: Rejection,
        /// The newest content that this program would serve.
        last_good: Box<HistoryEntry>,
    },
    /// The directories for a first file could not be made.
    #[error(transparent)]
    Directories(#[from] CreateDirectoriesError),
    /// The name of the directory for a first file could not be made durable.
    #[error("the directory of {} could not be synced; look at its disk", shown(.path))]
    Place {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The first file could not be locked.
    #[error("the first file was not written")]
    Lock(#[from] LockError),
    /// The first file could not be written; the source says what is on disk.
    #[error("writing the first file did not succeed")]
    Seed(#[from] ReplaceError),
    /// The schema's own seed does not pass its rules, or this program does not take it: a mistake in the program.
    #[error("the program's own first document is not valid:\n{0}")]
    BadSeed(Problems),
    /// The schema's seed cannot be written as JSON: a mistake in the program.
    #[error("the program's own first document cannot be written")]
    Encode(#[from] EncodeError),
    /// The older file could not be migrated. It is unchanged, unless the source says otherwise.
    #[error("the migration did not succeed")]
    Migration(#[source] UpdateError),
    /// No thread for the watch. A first file, or a migrated one, was written all the same.
    #[error(transparent)]
    Watch(#[from] StartError),
}

impl OpenError {
    /// Why the file was not taken, if that is why.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) | Self::Broken { rejection, .. } => Some(rejection),
            _ => None,
        }
    }
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

impl<D: Document> Store<D> {
    pub(crate) fn open_with(path: &Path, options: Options<D>) -> Result<Self, OpenError> {
        let path = std::path::absolute(path)
            .map_err(|source| OpenError::NoCurrentDirectory { path: path.to_owned(), source })?;
        let options = Options { settings: options.settings.at(&path), ..options };
        let seen = Seen::take(&path);
        let First { mut admitted, cause, undurable, recovered } = first_reading(&path, &options)?;
        let older = admitted.older.filter(|_| recovered.is_none());
        let text = mem::take(&mut admitted.text);
        let mut shared = Shared::start(path, options, admitted, cause, seen);
        if let Some(error) = undurable {
            shared.note_undurable(&mut shared.look.lock(), &error);
        }
        if let Some(from) = older {
            shared.bring_up_to_date(from)?;
        }
        shared.remember_first(recovered, &text);
        log::opened(shared.origin(), &shared.current.get(), shared.opened_by);
        shared.tell_meters();
        let shared = Arc::new(shared);
        let watch = match shared.settings.watch.clone() {
            // The watch looks once when it is armed: an edit since the reading above is not missed.
            Some(watch) => Some(Watch::start(&shared.path, watch, looker(Arc::downgrade(&shared)))?),
            None => None,
        };
        Ok(Self::assemble(shared, watch))
    }
}

/// What a store begins with.
struct First<D> {
    admitted: Admitted<D>,
    cause: Cause,
    /// Why it may not survive a power loss.
    undurable: Option<RecoverError>,
    /// That it is from the history, and what is wrong with the file.
    recovered: Option<(Recovered, Rejection)>,
}

impl<D> First<D> {
    fn new(admitted: Admitted<D>, cause: Cause, undurable: Option<RecoverError>) -> Self {
        Self { admitted, cause, undurable, recovered: None }
    }
}

fn looker<D: Document>(shared: Weak<Shared<D>>) -> impl FnMut(config_watch::Hint) -> Next + Send + 'static {
    move |_| shared.upgrade().map_or(Next::Wait, |shared| shared.look())
}

/// Reads the file, or writes the first one when there verifiably is none.
fn first_reading<D: Document>(path: &Path, options: &Options<D>) -> Result<First<D>, OpenError> {
    let settings = &options.settings;
    let file = match ConfigFile::locate_with(path, settings.trust) {
        Err(LocateError::NoDirectory { path: directory }) if settings.seed => {
            create_directories_with(&directory, settings.trust)?;
            ConfigFile::locate_with(path, settings.trust)
        }
        other => other,
    };
    let file = file.map_err(|error| OpenError::Rejected(Rejection::of_locate(path, &error)))?;
    // Before recovery, which makes a lock file: where nothing is served, nothing is written.
    match read(path, options) {
        Ok(admitted) => Ok(First::new(admitted, Cause::Open, recover(path, &file, settings))),
        Err(Rejection::Missing { .. }) if settings.seed => {
            // What it could not do, the first save will be asked to do again.
            recover(path, &file, settings);
            seed(path, &file, options)
        }
        Err(rejection) => {
            let (admitted, recovered, rejection) = instead_of(rejection, &file, path, options)?;
            let recovered = Some((recovered, rejection));
            Ok(First { recovered, ..First::new(admitted, Cause::Recovery, None) })
        }
    }
}

fn read<D: Document>(path: &Path, options: &Options<D>) -> Result<Admitted<D>, Rejection> {
    options.vetting.admit(path, None, options.settings.read(path)?)
}

/// Removes what a crash left, and makes what was read durable before anyone acts on it. Returns why it is not.
fn recover(path: &Path, file: &ConfigFile, settings: &Settings) -> Option<RecoverError> {
    match file.recover() {
        Ok(Recovery::Done { removed }) if removed > 0 => {
            log::leftovers_removed(settings.origin(path), removed);
        }
        Ok(_) => {}
        Err(error @ RecoverError::NotDurable { .. }) => return Some(error),
        Err(error) => log::not_recovered(settings.origin(path), &error),
    }
    None
}

/// Writes the first file under the lock. One that appeared meanwhile is read instead, and never overwritten.
fn seed<D: Document>(path: &Path, file: &ConfigFile, options: &Options<D>) -> Result<First<D>, OpenError> {
    let text = seed_text::<D>()?;
    let Decoded { document, warnings, .. } =
        decode_with::<D>(text.as_bytes(), options.settings.limits).map_err(OpenError::BadSeed)?;
    let (revision, bytes) = (Revision::of(text.as_bytes()), text.len());
    let read_back = Read { document, revision, bytes, warnings, is_migrated: false };
    let vetted = options.vetting.vet(None, read_back, Some(&text)).map_err(OpenError::BadSeed)?;
    file.sync_directory_name().map_err(|source| OpenError::Place { path: path.to_owned(), source })?;
    let mut locked = file.lock(Wait::AtMost(options.settings.lock_wait))?;
    match locked.create(text.as_bytes()) {
        Ok(_) => {
            let admitted = Admitted { vetted, older: None, text, concerns: Vec::new(), source: None };
            Ok(First::new(admitted, Cause::Seed, None))
        }
        Err(ReplaceError::Exists { .. }) => {
            drop(locked);
            let admitted = read(path, options).map_err(OpenError::Rejected)?;
            Ok(First::new(admitted, Cause::Open, recover(path, file, &options.settings)))
        }
        Err(error) => Err(error.into()),
    }
}

impl<D: Document> Shared<D> {
    fn start(path: PathBuf, options: Options<D>, admitted: Admitted<D>, cause: Cause, seen: Seen) -> Self {
        let Options { settings, vetting } = options;
        let Admitted { vetted, concerns, source, .. } = admitted;
        let seen = source.as_ref().filter(|(stamp, _)| seen.is_of(*stamp)).map(|_| seen);
        let label = settings.label(&path);
        meters::register(&label);
        let shared = Self {
            path,
            label,
            meters: Meters::new(),
            settings,
            vetting: Mutex::new(vetting),
            current: Current::new(&Snapshot::new(vetted, 1)),
            opened_by: cause,
            group: Group::new(),
            writer: Mutex::new(Turns::default()),
            look: Mutex::new(Look::first(seen, cause)),
            listeners: Listeners::none(),
        };
        let mut look = shared.look.lock();
        shared.meters.succeeded(look.accepted_at);
        look.way = source.map(|(_, passed)| passed);
        shared.warn(&mut look, &concerns);
        drop(look);
        shared
    }

    /// Keeps what the store begins with, unless that is from the history.
    fn remember_first(&self, recovered: Option<(Recovered, Rejection)>, text: &str) {
        let mut look = self.look.lock();
        if let Some((recovered, rejection)) = recovered {
            look.accepted_at = recovered.time;
            self.meters.succeeded(recovered.time);
            self.meters.note_rejection(rejection.kind());
            look.recovered = Some(recovered);
            look.reported = Some(rejection);
            return;
        }
        let served = self.current.get().revision();
        // Unless a migration has just kept it, and what it was replaced by.
        if served == Revision::of(text.as_bytes()) {
            let cause = self.opened_by;
            if cause == Cause::Open && !self.settings.keep_opened {
                return;
            }
            let time = look.read_at;
            self.remember(&mut look, Accepted { text, revision: served, cause, time });
        }
    }

    /// Rewrites a file of version `from`, after a copy of it is kept. What cannot be written is served all the same.
    fn bring_up_to_date(&mut self, from: u32) -> Result<(), OpenError> {
        if !self.settings.migrate {
            let remark = "it is migrated in memory; the next update rewrites it";
            self.note_older(&mut self.look.lock(), from, remark);
            return Ok(());
        }
        match self.migrate_file() {
            // Unless another process did meanwhile.
            Ok(cause) => {
                if cause == Cause::Migration {
                    self.opened_by = cause;
                }
            }
            // It is on disk, or may be; why it is not certain to stay has been noted.
            Err(UpdateError::Save(ReplaceError::VisibleNotDurable { .. })) => {
                self.opened_by = Cause::Migration;
            }
            Err(UpdateError::Save(ReplaceError::Unknown { .. })) => {}
            // The document is good, and a full disk or a read-only mount is no reason to serve nothing.
            Err(error) if error.is_of_the_place() => {
                let remark = format!("it was migrated in memory only, because {}", chain(&error));
                self.note_older(&mut self.look.lock(), from, &remark);
            }
            Err(error) => return Err(OpenError::Migration(error)),
        }
        Ok(())
    }
}
