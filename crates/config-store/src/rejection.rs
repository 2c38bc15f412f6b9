//! Why what is on disk is not served.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use config_fs::{LocateError, ReadError, shown};
use config_model::{ProblemKind, Problems};

use crate::revision::Revision;

/// What is on disk is not taken. The document that was accepted before stays.
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

impl Rejection {
    /// The problems of an invalid document.
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

    pub(crate) fn of_locate(path: &std::path::Path, error: &LocateError) -> Self {
        let (path, reason) = (path.to_owned(), chain(error));
        match error {
            LocateError::NoDirectory { .. } | LocateError::Dangling { .. } => Self::Missing { path, reason },
            other => {
                let refused = matches!(other, LocateError::Refused(_));
                Self::Unreadable { path, reason, refused, errno: errno(error) }
            }
        }
    }

    pub(crate) fn of_read(path: &std::path::Path, error: &ReadError) -> Self {
        let (path, reason) = (path.to_owned(), chain(error));
        match error {
            ReadError::Missing { .. } | ReadError::DirectoryGone { .. } => Self::Missing { path, reason },
            other => {
                let refused = matches!(other, ReadError::Refused(_));
                Self::Unreadable { path, reason, refused, errno: errno(error) }
            }
        }
    }
}

fn verdict(problems: &Problems) -> &'static str {
    let all = |kind| problems.iter().all(|problem| problem.kind() == kind);
    if all(ProblemKind::Veto) {
        "is not taken by this program"
    } else if all(ProblemKind::Overlay) {
        "is not valid with what this program lays over it"
    } else {
        "is not valid"
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
