//! Whether what a way leads to may be changed: others may have led it there.

use std::path::PathBuf;

use crate::show::shown;
use crate::trust::Refusal;

/// What a way that goes past refusals met.
#[derive(Debug, Default)]
pub(crate) struct Surveyed {
    /// Of directories, and of what is in sticky ones.
    pub(crate) refusals: Vec<Refusal>,
    /// How many of them are of names before the last one.
    pub(crate) before_last: usize,
    /// The first link that others could have put there. One may be read through all the same: where its directory is closed
    /// by now, or only its group may write it, or who made it is allowed to decide what the file is.
    pub(crate) link: Option<PathBuf>,
}

/// Why nothing at the end of a way is to be changed: which of this user's files that is, others could have chosen.
#[derive(Debug)]
pub(crate) enum Doubt {
    /// They could have on the way.
    Way(String),
    /// They can in the file's own directory, until that is closed.
    Directory(String),
}

impl Surveyed {
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        match (self.refusals.first(), &self.link) {
            (Some(refusal), _) if self.before_last > 0 => Some(Doubt::Way(refusal.to_string())),
            (_, Some(link)) => Some(Doubt::Way(format!(
                "{} is a link that others could have put there; look at where it leads, and mend that by its own path",
                shown(link)
            ))),
            (Some(refusal @ Refusal::WritableDirectory { .. }), None) => {
                Some(Doubt::Directory(refusal.to_string()))
            }
            (Some(refusal), None) => Some(Doubt::Way(refusal.to_string())),
            (None, None) => None,
        }
    }
}

impl Doubt {
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::Way(why) | Self::Directory(why) => why,
        }
    }
}
