//! What is on disk when an edit begins: valid or not, for a broken file is what an editor is needed for most.

use std::path::PathBuf;

use config_fs::ConfigFile;
use config_model::{Change, Config, Decoded, ProblemKind, Problems, decode_with};
use config_store::{Rejection, Revision};

use crate::commands::Context;
use crate::failure::{Exit, Failure};

pub(super) struct Found {
    /// As the operator names it.
    pub(super) path: PathBuf,
    /// Where its links lead.
    pub(super) target: PathBuf,
    pub(super) revision: Revision,
    /// What the editor is given: the text, in the present version.
    pub(super) given: Vec<u8>,
    pub(super) judged: Result<Config, Problems>,
}

impl Found {
    /// # Errors
    /// There is no file, or it may not be read, or it is of a newer version, which is never rewritten.
    pub(super) fn read(context: &Context) -> Result<Self, Failure> {
        let limits = context.limits();
        // The store's reading first: its errors say what to do.
        match context.options().read(context.file()) {
            Err(Rejection::Invalid { problems, .. }) if !problems.has(ProblemKind::NewerVersion) => {}
            Err(other) => return Err(other.into()),
            Ok(reading) => context.mend(reading.concerns.iter().map(ToString::to_string)),
        }
        let file = ConfigFile::locate_with(context.file(), context.trust())
            .map_err(|error| Failure::of(Exit::Failed, &error))?;
        let limit = u64::try_from(limits.max_bytes).unwrap_or(u64::MAX);
        let contents = file.read(limit).map_err(|error| Failure::of(Exit::Failed, &error))?;
        let revision = Revision::of(contents.bytes());
        let (path, target) = (context.file().to_owned(), file.target().to_owned());
        let bytes = contents.into_bytes();
        let (given, judged) = match decode_with(&bytes, limits) {
            Ok(Decoded { document, migrated, .. }) => {
                (migrated.map_or(bytes, |migrated| migrated.text.into_bytes()), Ok(document))
            }
            Err(problems) => (bytes, Err(problems)),
        };
        Ok(Self { path, target, revision, given, judged })
    }

    /// What differs, secrets masked. Beside a broken file nothing can be compared.
    pub(super) fn changes_to(&self, new: &Config) -> Vec<Change> {
        let old = self.judged.as_ref().ok();
        old.and_then(|old| config_model::diff(old, new).ok()).unwrap_or_default()
    }
}
