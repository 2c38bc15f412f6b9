//! Starting on a file that is broken: with an error that names the way back, or, when the program wants it, with what was
//! accepted last.

use std::path::Path;
use std::time::SystemTime;

use config_fs::{ConfigFile, shown};
use config_model::{Document, ProblemKind};

use crate::clock::readable;
use crate::history::{HistoryEntry, list};
use crate::log;
use crate::open::OpenError;
use crate::options::Options;
use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::vet::Admitted;

/// What a store does that is opened on a broken file: [`Options::recovery`] takes it.
///
/// ```
/// use config_model::Config;
/// use config_store::{OpenError, Options, Recovery, Store};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(&path)?;
/// let accepted = store.snapshot().revision();
/// drop(store);
/// # use std::io::Write as _;
/// // An editor, and a typing mistake.
/// std::fs::OpenOptions::new().append(true).open(&path)?.write_all(b"}")?;
///
/// let error = Store::<Config>::open(&path).unwrap_err();
/// assert!(matches!(&error, OpenError::Broken { last_good, .. } if last_good.revision == accepted));
///
/// let store: Store<Config> = Options::new().recovery(Recovery::LastGood).open(&path)?;
/// assert_eq!(store.status().recovered.unwrap().revision, accepted);
/// assert!(store.status().rejection.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Recovery {
    /// It is not opened, and the error says what was accepted last and how to go back to it.
    #[default]
    Fail,
    /// It serves the newest content of its history that this program still takes, and says so in
    /// [`Status::recovered`](crate::Status::recovered), among its warnings and as an error in the log, until the file is valid.
    /// The file is left as it is; an update is refused until then.
    ///
    /// Only for a file that is there and not valid, or larger than the limit; and, with [`seed(false)`](Options::seed), for
    /// one that is missing. One that cannot be read, or that others may write, is never passed over: who could change it
    /// could have broken it.
    LastGood,
}

/// That what is served is not what the file says, nor ever was since the store was opened.
///
/// ```
/// fn health(status: &config_store::Status) -> &'static str {
///     match (&status.recovered, &status.rejection) {
///         (Some(_), _) => "broken at the start, mend it",
///         (None, Some(_)) => "an edit was not taken",
///         (None, None) => "fine",
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// What is served.
    pub revision: Revision,
    /// When that was accepted.
    pub time: SystemTime,
}

impl Recovered {
    pub(crate) fn warning(&self, path: &Path) -> String {
        format!(
            "{} is not what is served: at the start it was broken, and what was accepted at {} is served instead, revision {}, \
             until it is mended",
            shown(path),
            readable(self.time),
            self.revision.short()
        )
    }
}

impl<D> Options<D> {
    /// What to do when the file is broken at the start. Default: [`Recovery::Fail`]; [`Recovery`] shows the other.
    #[must_use]
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.settings.recovery = recovery;
        self
    }

    /// How many accepted contents to keep in a directory beside the file, `.NAME.history`, 0700; 0 keeps none, and leaves those
    /// that are there. The number is noted there, for programs that set none. Default: what was noted, or else 20.
    ///
    /// Each content takes as much room as the file. That one could not be kept is a warning, and fails nothing.
    #[must_use]
    pub fn history(mut self, bound: usize) -> Self {
        self.settings.history = Some(bound);
        self
    }

    /// Is what the store is opened with kept in the [history](Self::history) at once? Default: yes. With no, it is kept with the
    /// first save: for a program that opens a store to save once, on a disk that is nearly full, the history must not take the
    /// room that the save needs.
    #[must_use]
    pub fn keep_opened(mut self, keep: bool) -> Self {
        self.settings.keep_opened = keep;
        self
    }
}

/// What to serve instead of a file that was rejected, or the error that says why nothing is.
pub(crate) fn instead_of<D: Document>(
    rejection: Rejection,
    file: &ConfigFile,
    path: &Path,
    options: &Options<D>,
) -> Result<(Admitted<D>, Recovered, Rejection), OpenError> {
    let is_broken = match &rejection {
        Rejection::Invalid { .. } | Rejection::Missing { .. } => true,
        Rejection::Unreadable { too_large, .. } => *too_large,
    };
    // One of a newer version is its program's, and nothing to be replaced.
    let is_newer = rejection.problems().is_some_and(|problems| problems.has(ProblemKind::NewerVersion));
    let newest = if is_broken { last_good(path, options) } else { None };
    match (newest, options.settings.recovery) {
        (None, _) => Err(OpenError::Rejected(rejection)),
        (_, Recovery::Fail) if is_newer => Err(OpenError::Rejected(rejection)),
        (Some((last_good, _)), Recovery::Fail) => {
            let (path, target) = (path.to_owned(), file.target().into());
            Err(OpenError::Broken { path, target, rejection, last_good: Box::new(last_good) })
        }
        (Some((entry, admitted)), Recovery::LastGood) => {
            let recovered = Recovered { revision: entry.revision, time: entry.time };
            log::last_good(options.settings.origin(path), &recovered, &rejection);
            Ok((admitted, recovered, rejection))
        }
    }
}

/// The newest entry that this program would serve. Those that are not usable are told of.
fn last_good<D: Document>(path: &Path, options: &Options<D>) -> Option<(HistoryEntry, Admitted<D>)> {
    let entries = list(path, &options.settings).unwrap_or_else(|rejection| {
        log::passed_over(options.settings.origin(path), &rejection);
        Vec::new()
    });
    entries.into_iter().find_map(|entry| {
        let reading = entry.read(options);
        match reading.and_then(|reading| options.vetting.admit(&entry.path, None, reading)) {
            Ok(admitted) => Some((entry, admitted)),
            Err(rejection) => {
                log::passed_over(options.settings.origin(path), &rejection);
                None
            }
        }
    })
}
