//! What is on disk when an edit begins: valid or not, for a broken file is what an editor is needed for most.

use std::path::PathBuf;

use config_fs::{ConfigFile, LocateError, ReadError};
use config_model::{Change, Config, ProblemKind, Problems, decode_with};
use config_store::{Rejection, Revision};

use crate::commands::Context;
use crate::failure::{Exit, Failure};

pub(super) struct Found {
    /// As the operator names it.
    pub(super) path: PathBuf,
    pub(super) revision: Revision,
    /// What the editor is given: the text, in the present version.
    pub(super) given: Vec<u8>,
    pub(super) judged: Result<Config, Problems>,
}

impl Found {
    /// # Errors
    /// There is no file, or it may not be read, or it is of a newer version, which is never rewritten.
    pub(super) fn read(context: &Context) -> Result<Self, Failure> {
        loop {
            // The store's reading: its errors say what to do.
            match context.options().read(context.file()) {
                Ok(reading) => {
                    context.mend(reading.concerns.iter().map(ToString::to_string));
                    let given = reading.present_text().into();
                    return Ok(Self::of(context, reading.revision, given, Ok(reading.document)));
                }
                Err(Rejection::Invalid { problems, .. }) if !problems.has(ProblemKind::NewerVersion) => {}
                Err(other) => return Err(context.rejected(other)),
            }
            let file = located(context)?;
            let limit = u64::try_from(context.limits().max_bytes).unwrap_or(u64::MAX);
            let bytes = file.read(limit).map_err(unread)?.into_bytes();
            match decode_with::<Config>(&bytes, context.limits()) {
                Err(problems) if !problems.has(ProblemKind::NewerVersion) => {
                    return Ok(Self::of(context, Revision::of(&bytes), bytes, Err(problems)));
                }
                // Somebody has just written another one.
                _ => {}
            }
        }
    }

    fn of(context: &Context, revision: Revision, given: Vec<u8>, judged: Result<Config, Problems>) -> Self {
        Self { path: context.file().to_owned(), revision, given, judged }
    }

    /// What differs, secrets masked. Beside a broken file nothing can be compared.
    pub(super) fn changes_to(&self, new: &Config) -> Vec<Change> {
        let old = self.judged.as_ref().ok();
        old.and_then(|old| config_model::diff(old, new).ok()).unwrap_or_default()
    }
}

pub(super) fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::Refused(refusal) => Failure::of(Exit::Refused, &refusal),
        other => Failure::of(Exit::Failed, &other),
    }
}

/// Its directory is held open as long as this is kept: not while somebody types.
pub(super) fn located(context: &Context) -> Result<ConfigFile, Failure> {
    ConfigFile::locate_with(context.file(), context.trust()).map_err(|error| match error {
        LocateError::Refused(refusal) => Failure::of(Exit::Refused, &refusal),
        other => Failure::of(Exit::Failed, &other),
    })
}
