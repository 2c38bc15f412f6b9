//! What was read: hashed, decoded, accepted or not.

use std::path::Path;
use std::sync::Arc;

use config_fs::{Concern, Contents, Passed, Stamp};
use config_model::{Decoded, Document, Limits, Migrated, Problems, decode_with};

use crate::rejection::Rejection;
use crate::revision::Revision;
use crate::snapshot::Snapshot;

/// A file that was read and accepted.
///
/// ```
/// use config_model::Config;
/// use config_store::Options;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// std::fs::write(&path, "{\"version\": 1, \"x-note\": 1}")?;
/// let reading = Options::<Config>::new().read(&path)?;
/// assert!(reading.document.features.auth && reading.warnings.len() == 1);
/// for concern in &reading.concerns {
///     println!("{concern}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

/// What an update finds on disk. Mostly it is what is served, which need not be decoded again.
pub(crate) enum OnDisk<D> {
    Served { snapshot: Snapshot<D>, text: String, concerns: Vec<Concern> },
    Other(Reading<D>),
}

impl<D: Document> OnDisk<D> {
    /// Judges what was read.
    pub(crate) fn of(
        path: &Path,
        contents: Contents,
        limits: Limits,
        served: Snapshot<D>,
    ) -> Result<Self, Rejection> {
        let revision = Revision::of(contents.bytes());
        if served.is_migrated() || revision != served.revision() {
            return accept(path, contents, revision, limits).map(Self::Other);
        }
        let concerns = contents.concerns().to_vec();
        Ok(Self::Served { snapshot: served, text: text(contents.into_bytes()), concerns })
    }

    pub(crate) fn document(&self) -> &D {
        match self {
            Self::Served { snapshot, .. } => snapshot.file(),
            Self::Other(reading) => &reading.document,
        }
    }

    pub(crate) fn revision(&self) -> Revision {
        match self {
            Self::Served { snapshot, .. } => snapshot.revision(),
            Self::Other(reading) => reading.revision,
        }
    }

    /// As it stands in the file.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Served { text, .. } => text,
            Self::Other(reading) => &reading.text,
        }
    }

    /// The text in the present version.
    pub(crate) fn present_text(&self) -> &str {
        match self {
            Self::Served { text, .. } => text,
            Self::Other(reading) => reading.present_text(),
        }
    }

    pub(crate) fn migrated(&self) -> Option<&Migrated> {
        match self {
            Self::Served { .. } => None,
            Self::Other(reading) => reading.migrated.as_ref(),
        }
    }

    /// The text as it stands in the file, and what is odd about that.
    pub(crate) fn into_text(self) -> (String, Vec<Concern>) {
        match self {
            Self::Served { text, concerns, .. } => (text, concerns),
            Self::Other(reading) => (reading.text, reading.concerns),
        }
    }

    pub(crate) fn into_reading(self) -> Reading<D> {
        match self {
            Self::Served { snapshot, text, concerns } => Reading {
                document: snapshot.file().clone(),
                text,
                revision: snapshot.revision(),
                warnings: snapshot.warnings().clone(),
                migrated: None,
                concerns,
                source: None,
            },
            Self::Other(reading) => reading,
        }
    }
}

/// Judges what was read, whose name is `revision`.
pub(crate) fn accept<D: Document>(
    path: &Path,
    contents: Contents,
    revision: Revision,
    limits: Limits,
) -> Result<Reading<D>, Rejection> {
    let (concerns, source) = (contents.concerns().to_vec(), (contents.stamp(), contents.passed().clone()));
    let reading = judge(path, contents.into_bytes(), revision, limits)?;
    Ok(Reading { concerns, source: Some(source), ..reading })
}

/// Judges bytes that were read from `path`, whose name is `revision`.
pub(crate) fn judge<D: Document>(
    path: &Path,
    bytes: Vec<u8>,
    revision: Revision,
    limits: Limits,
) -> Result<Reading<D>, Rejection> {
    let invalid =
        |problems| Rejection::Invalid { path: path.to_owned(), revision, problems: Arc::new(problems) };
    let Decoded { document, warnings, migrated } = decode_with(&bytes, limits).map_err(invalid)?;
    let (concerns, source) = (Vec::new(), None);
    Ok(Reading { document, text: text(bytes), revision, warnings, migrated, concerns, source })
}

/// The decoder accepts UTF-8 alone, so nothing is replaced here.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
