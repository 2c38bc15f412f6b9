//! Why what is on disk is not served.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config_fs::{HistoryError, LocateError, ReadError, shown};
use config_model::{ProblemKind, Problems};

use crate::revision::Revision;

/// What is on disk is not taken. The document that was accepted before stays.
///
/// ```
/// use config_model::Config;
/// use config_store::Options;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store = Options::<Config>::new().watch(None).open(&path)?;
/// std::fs::write(&path, "{\"version\": 1, \"models\": []}")?;
/// let rejection = store.reload().unwrap_err();
/// println!("{rejection}"); // with the file, and the line and column of each problem
/// assert_eq!(rejection.problems().map(|problems| problems.len()), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// There is no file, or a symlink on the way leads nowhere. It is never taken for "defaults".
    #[error("{reason}")]
    Missing {
        /// The file.
        path: PathBuf,
        /// What is missing, and the remedy.
        reason: String,
    },
    /// It cannot be read.
    #[error("{reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, and the remedy.
        reason: String,
        /// Refused for what it is or who may change it, not for an accident of reading it.
        refused: bool,
        /// It is larger than the limit.
        too_large: bool,
        /// What the kernel said, as a number, if it said anything.
        errno: Option<i32>,
    },
    /// It is not a valid document, or not one that this program takes.
    #[error("{} {}:\n{problems}", shown(path), verdict(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The content that was rejected.
        revision: Revision,
        /// All that is wrong with it.
        problems: Arc<Problems>,
    },
}

/// Which sort of trouble a [`Rejection`] is: a label for counts and alerts, where its text is for people.
///
/// ```
/// use config_model::Config;
/// use config_store::{Options, RejectionKind};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let rejection = Options::<Config>::new().read(path).err().expect("there is no file");
/// assert_eq!(rejection.kind(), RejectionKind::Missing);
/// assert_eq!(rejection.kind().name(), "missing");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// There is no file.
    Missing,
    /// It could not be read.
    Unreadable,
    /// It was not read, for what it is or who may change it.
    Refused,
    /// It is not strict JSON, or not all of it.
    Syntax,
    /// It is larger than the limit.
    Size,
    /// It is of a newer version than this program.
    NewerVersion,
    /// Its version is missing, or too old.
    Version,
    /// It breaks the schema.
    Invalid,
    /// It breaks the schema under what the program lays over it.
    Overlay,
    /// The program does not take it.
    Veto,
}

impl RejectionKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Missing,
        Self::Unreadable,
        Self::Refused,
        Self::Syntax,
        Self::Size,
        Self::NewerVersion,
        Self::Version,
        Self::Invalid,
        Self::Overlay,
        Self::Veto,
    ];

    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::Syntax => "syntax",
            Self::Size => "size",
            Self::NewerVersion => "newer-version",
            Self::Version => "version",
            Self::Invalid => "invalid",
            Self::Overlay => "overlay",
            Self::Veto => "veto",
        }
    }

    /// Of several problems, that which keeps the others from being looked for comes first.
    fn of(problems: &Problems) -> Self {
        let has = |kind| problems.has(kind);
        let all = |kind| problems.iter().all(|problem| problem.kind() == kind);
        match () {
            () if has(ProblemKind::Syntax) => Self::Syntax,
            () if has(ProblemKind::Size) => Self::Size,
            () if has(ProblemKind::NewerVersion) => Self::NewerVersion,
            () if has(ProblemKind::Version) => Self::Version,
            () if all(ProblemKind::Veto) => Self::Veto,
            () if all(ProblemKind::Overlay) => Self::Overlay,
            () => Self::Invalid,
        }
    }
}

impl Rejection {
    /// Which sort of trouble it is.
    pub fn kind(&self) -> RejectionKind {
        match self {
            Self::Missing { .. } => RejectionKind::Missing,
            Self::Unreadable { refused: true, .. } => RejectionKind::Refused,
            Self::Unreadable { too_large: true, .. } => RejectionKind::Size,
            Self::Unreadable { .. } => RejectionKind::Unreadable,
            Self::Invalid { problems, .. } => RejectionKind::of(problems),
        }
    }

    /// The problems of an invalid document. Its misspelt fields are [`Problems::warnings`] beside them; the rejection's own text,
    /// and so the log, has the problems alone.
    pub fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Invalid { problems, .. } => Some(problems),
            _ => None,
        }
    }

    /// May it be a save that is not finished? Then a moment's patience is due before anyone is told.
    pub(crate) fn may_be_unfinished(&self) -> bool {
        match self {
            Self::Missing { .. } => true,
            Self::Unreadable { refused, .. } => !refused,
            Self::Invalid { problems, .. } => problems.has(ProblemKind::Syntax),
        }
    }

    /// Is it the same trouble as before? Each is reported once.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            // The same content may be wrong for another reason by now: what this program takes may change.
            (
                Self::Invalid { revision, problems, .. },
                Self::Invalid { revision: other, problems: others, .. },
            ) => revision == other && problems == others,
            (Self::Missing { reason, .. }, Self::Missing { reason: other, .. })
            | (Self::Unreadable { reason, .. }, Self::Unreadable { reason: other, .. }) => reason == other,
            _ => false,
        }
    }

    pub(crate) fn of_locate(path: &Path, error: &LocateError) -> Self {
        let (path, reason) = (path.to_owned(), chain(error));
        match error {
            LocateError::NoDirectory { .. } | LocateError::Dangling { .. } => Self::Missing { path, reason },
            other => {
                let refused = matches!(other, LocateError::Refused(_));
                Self::Unreadable { path, reason, refused, too_large: false, errno: errno(error) }
            }
        }
    }

    pub(crate) fn of_read(path: &Path, error: &ReadError) -> Self {
        let (path, reason) = (path.to_owned(), chain(error));
        match error {
            ReadError::Missing { .. } | ReadError::DirectoryGone { .. } => Self::Missing { path, reason },
            other => {
                let refused = matches!(other, ReadError::Refused(_));
                let too_large = matches!(other, ReadError::TooLarge { .. });
                Self::Unreadable { path, reason, refused, too_large, errno: errno(error) }
            }
        }
    }

    pub(crate) fn of_history(path: &Path, error: &HistoryError) -> Self {
        let refused = matches!(error, HistoryError::Refused(_));
        let too_large = matches!(error, HistoryError::TooLarge { .. });
        Self::Unreadable {
            path: path.to_owned(),
            reason: chain(error),
            refused,
            too_large,
            errno: errno(error),
        }
    }

    /// An entry of the history is not what it is named for.
    pub(crate) fn of_damaged(path: &Path) -> Self {
        let reason = format!(
            "{} is damaged: it is not the content that it is named for, as after a power loss; it is not used, and may be removed",
            shown(path)
        );
        Self::Unreadable { path: path.to_owned(), reason, refused: false, too_large: false, errno: None }
    }
}

fn verdict(problems: &Problems) -> &'static str {
    match RejectionKind::of(problems) {
        RejectionKind::Veto => "is not taken by this program",
        RejectionKind::Overlay => "is not valid with what this program lays over it",
        _ => "is not valid",
    }
}

/// What the kernel said, somewhere among the causes.
fn errno(error: &(dyn Error + 'static)) -> Option<i32> {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.filter_map(|error| error.downcast_ref()).find_map(std::io::Error::raw_os_error)
}

/// An error and its causes, in one line: a cause says what the error's own text leaves out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
