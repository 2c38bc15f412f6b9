//! What was read: hashed, decoded, accepted or not.

use std::path::Path;
use std::sync::Arc;

use config_fs::{Concern, Contents, Passed, Stamp};
use config_model::{Decoded, Document, Limits, Migrated, Problems, decode_with};

use crate::rejection::Rejection;
use crate::revision::Revision;

/// A file that was read and accepted.
pub struct Reading<D> {
    /// What it says.
    pub document: D,
    /// The text, as it stands in the file.
    pub text: String,
    /// The content's name.
    pub revision: Revision,
    /// What is odd about the text, such as unknown fields.
    pub warnings: Problems,
    /// Set when the file is of an older version; it was migrated in memory only.
    pub migrated: Option<Migrated>,
    /// What is odd about the file, such as a mode that lets others read it.
    pub concerns: Vec<Concern>,
    /// The file that was read, if one was, and what led to it.
    pub(crate) source: Option<(Stamp, Passed)>,
}

impl<D> Reading<D> {
    /// The text in the present version.
    pub fn present_text(&self) -> &str {
        self.migrated.as_ref().map_or(&self.text, |migrated| &migrated.text)
    }
}

/// Judges what was read.
pub(crate) fn accept<D: Document>(
    path: &Path,
    contents: Contents,
    limits: Limits,
) -> Result<Reading<D>, Rejection> {
    let (concerns, source) =
        (contents.concerns().to_vec(), Some((contents.stamp(), contents.passed().clone())));
    let reading = accept_bytes(path, contents.into_bytes(), concerns, limits)?;
    Ok(Reading { source, ..reading })
}

/// Judges bytes, wherever they came from.
pub(crate) fn accept_bytes<D: Document>(
    path: &Path,
    bytes: Vec<u8>,
    concerns: Vec<Concern>,
    limits: Limits,
) -> Result<Reading<D>, Rejection> {
    let revision = Revision::of(&bytes);
    let invalid =
        |problems| Rejection::Invalid { path: path.to_owned(), revision, problems: Arc::new(problems) };
    let Decoded { document, warnings, migrated } = decode_with(&bytes, limits).map_err(invalid)?;
    // The decoder accepts UTF-8 alone, so nothing is replaced here.
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Reading { document, text, revision, warnings, migrated, concerns, source: None })
}
