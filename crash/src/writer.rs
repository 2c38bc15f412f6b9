//! Ways of saving a file: ours, that of others, and ours with one step left out. Each reads, edits and writes.
#![expect(clippy::disallowed_methods, reason = "saving as one should not is what most of these are for")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use config_model::Document;
use config_store::{Options, Store, UpdateError};

use crate::generations::Generations;

/// A way of saving
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub(crate) enum Writer {
    /// `Store::update_text`
    Store,
    /// Control: temporary file and rename, and no fsync at all
    NoSync,
    /// Control: the temporary file is synced, the directory is not
    NoDirectorySync,
    /// Control: an fsync that failed is tried again
    RetriedSync,
    /// Control: all steps of the replace, but nothing keeps other writers out
    NoLock,
    /// Control: all steps of the replace, through a temporary file whose name can be known
    PredictableName,
    /// The crate `atomic-write-file`, as its documentation says
    AtomicWriteFile,
    /// The crate `tempfile`: `NamedTempFile::persist`
    TempfilePersist,
}

/// A writer on its file.
pub(crate) enum Open<D: Document> {
    Store(Store<D>),
    Other { writer: Writer, path: PathBuf },
}

impl Writer {
    /// Ready to save `path`, which is there, unless `seed` is to make it.
    pub(crate) fn open<D: Document>(self, path: &Path) -> Result<Open<D>> {
        match self {
            Self::Store => {
                let store = Options::new().watch(None).open(path).context("opening the store")?;
                Ok(Open::Store(store))
            }
            writer => Ok(Open::Other { writer, path: path.to_owned() }),
        }
    }

    /// Saves a whole document over whatever is there.
    pub(crate) fn replace_all(self, path: &Path, size: usize) -> io::Result<()> {
        self.write(path, Generations::new(u64::MAX, 0, size).text().as_bytes())
    }

    fn write(self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Store | Self::NoLock => replace(path, bytes, &Steps::default()),
            Self::NoSync => {
                replace(path, bytes, &Steps { sync: Sync::No, sync_directory: false, ..Steps::default() })
            }
            Self::NoDirectorySync => {
                replace(path, bytes, &Steps { sync_directory: false, ..Steps::default() })
            }
            Self::RetriedSync => replace(path, bytes, &Steps { sync: Sync::Retried, ..Steps::default() }),
            Self::PredictableName => replace(path, bytes, &Steps { predictable: true, ..Steps::default() }),
            Self::AtomicWriteFile => {
                let mut file = atomic_write_file::AtomicWriteFile::open(path)?;
                file.write_all(bytes)?;
                file.commit()
            }
            Self::TempfilePersist => {
                let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
                file.write_all(bytes)?;
                file.persist(path)?;
                Ok(())
            }
        }
    }
}

impl<D: Document> Open<D> {
    /// Reads, edits, writes. What is acknowledged is what this returns `Ok` for.
    pub(crate) fn save(&self, edit: impl Fn(&str) -> String) -> Result<()> {
        match self {
            Self::Store(store) => {
                store.update_text(None, |text, _| Ok::<_, UpdateError>(edit(text)))?;
            }
            Self::Other { writer, path } => {
                let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
                writer.write(path, edit(&text).as_bytes()).with_context(|| format!("{writer:?}"))?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    Yes,
    No,
    Retried,
}

/// What a replace does, all of which it should.
struct Steps {
    sync: Sync,
    sync_directory: bool,
    predictable: bool,
}

impl Default for Steps {
    fn default() -> Self {
        Self { sync: Sync::Yes, sync_directory: true, predictable: false }
    }
}

fn replace(path: &Path, bytes: &[u8], steps: &Steps) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut file = OpenOptions::new();
    file.write(true).mode(0o600);
    let (temporary, mut file) = if steps.predictable {
        let temporary = directory.join(format!(".{name}.tmp"));
        let file = file.create(true).truncate(true).open(&temporary)?;
        (temporary, file)
    } else {
        let temporary = directory.join(format!(".{name}.{:016x}.tmp", fastrand::u64(..)));
        let file = file.create_new(true).open(&temporary)?;
        (temporary, file)
    };
    let done = fill(&mut file, bytes, steps.sync).and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = done {
        fs::remove_file(&temporary).ok();
        return Err(error);
    }
    if steps.sync_directory { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn fill(file: &mut File, bytes: &[u8], sync: Sync) -> io::Result<()> {
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    match sync {
        Sync::No => Ok(()),
        Sync::Yes => file.sync_all(),
        Sync::Retried => file.sync_all().or_else(|_| file.sync_all()),
    }
}
