//! The private copy: `.TARGET.edit-XXXXXX/NAME` beside `TARGET`, which the links of `NAME` lead to, so that it is found by
//! whichever link. It is 0600 in a 0700 directory, which holds the editor's own files too. Beside the file, because that place
//! outlives a reboot, and has to be written to by the save anyway, unless somebody else may rename what is there.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{self, Path, PathBuf};

use config_fs::{ConfigFile, FileStatus, Trust};
use config_store::Revision;
use tempfile::TempDir;

use crate::failure::{Exit, Failure};
use crate::output::{aside, command, shown};

/// How many letters and digits make a name of its own, by which [`config_fs::ConfigFile::edits`] knows it.
const RANDOM: usize = 6;

/// How much of a file's name stands behind the hash of its path.
const LONGEST: usize = 180;

pub(super) struct PrivateCopy {
    directory: PathBuf,
    path: PathBuf,
    /// The directory, wherever it is moved.
    open: File,
}

impl PrivateCopy {
    pub(super) fn of(file: &ConfigFile, given: &[u8]) -> Result<Self, Failure> {
        let name = file.path().file_name().unwrap_or_default();
        let directory = private_directory(file, name)?;
        let path = directory.path().join(name);
        create(&path, given).map_err(|error| no_copy(&error, directory.path()))?;
        let open = File::open(directory.path()).map_err(|error| no_copy(&error, directory.path()))?;
        // From here on nothing removes it that was not told to.
        Ok(Self { directory: directory.keep(), path, open })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the editor left there.
    pub(super) fn read(&self, max_bytes: usize) -> Result<Vec<u8>, Failure> {
        let failed = |error: io::Error| {
            Failure::of(Exit::Failed, &error)
                .about(&format!("what the editor left cannot be read: {}", shown(&self.path)))
        };
        // A named pipe would be waited for.
        if !fs::metadata(&self.path).map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is no file any more")));
        }
        let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        File::open(&self.path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
        Ok(bytes)
    }

    /// Puts `text` where the editor looks, in place of what [`keep_beside`](Self::keep_beside) has.
    pub(super) fn write(&self, text: &[u8]) -> Result<(), Failure> {
        self.put(&self.path, text)
    }

    /// Keeps `text` under a name of its own: `mine-config.json`.
    pub(super) fn keep_beside(&self, name: &str, text: &[u8]) -> Result<(), Failure> {
        let mut full = OsString::from(format!("{name}-"));
        full.push(self.path.file_name().unwrap_or_default());
        self.put(&self.directory.join(full), text)
    }

    /// Under a name that nobody reads until it is whole.
    fn put(&self, path: &Path, text: &[u8]) -> Result<(), Failure> {
        let put = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            file.write_all(text)?;
            file.persist(path)?;
            Ok(())
        };
        put().map_err(|error| {
            Failure::of(Exit::Failed, &error).about(&format!("{} could not be written", shown(path)))
        })
    }

    /// Where what was typed is, if there is any: the copy, or its directory when the editor left something else there.
    pub(super) fn differing_from(&self, given: &[u8]) -> Option<PathBuf> {
        if fs::symlink_metadata(&self.directory).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return self.moved();
        }
        if !fs::metadata(&self.path).is_ok_and(|found| found.is_file()) {
            // A directory that cannot be looked into may hold it.
            let is_empty = fs::read_dir(&self.directory).is_ok_and(|mut entries| entries.next().is_none());
            return (!is_empty).then(|| self.directory.clone());
        }
        if !self.read(given.len()).is_ok_and(|bytes| bytes == given) {
            return Some(self.path.clone());
        }
        self.left_beside(given).map(|_| self.directory.clone())
    }

    /// What the editor left beside the copy that says something else: what it rescued before it died, or saved by another name.
    pub(super) fn left_beside(&self, given: &[u8]) -> Option<PathBuf> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().filter_map(Result::ok);
        let mut others = entries.map(|entry| entry.path()).filter(|path| *path != self.path);
        others.find(|path| match fs::metadata(path) {
            Ok(found) if found.is_file() && found.len() == 0 => false,
            Ok(found) if found.is_file() => !fs::read(path).is_ok_and(|bytes| bytes == given),
            Ok(_) => true,
            // Such as the link by which an editor says who has the file open.
            Err(error) => error.kind() != ErrorKind::NotFound,
        })
    }

    /// Where the copy is if its directory, or one above, has another name now.
    fn moved(&self) -> Option<PathBuf> {
        let now = fs::read_link(format!("/proc/self/fd/{}", self.open.as_raw_fd())).ok()?;
        let copy = now.join(self.path.file_name()?);
        // Of one that was removed the kernel says a name that nothing has.
        copy.is_file().then_some(copy)
    }

    /// Removes the copy and what the editor left beside it.
    pub(super) fn remove(&self) {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                aside(&format!("warning: {} could not be removed: {error}\n", shown(&self.directory)));
            }
            _ => {}
        }
    }
}

/// An editor goes by path, for as long as it likes: nobody else may lead that path elsewhere. So where the file's directory is a
/// group's, or another user's who is allowed, it is in one for temporary files that outlive a reboot, or else in any.
fn private_directory(file: &ConfigFile, name: &OsStr) -> Result<TempDir, Failure> {
    let (beside, prefix) = (file.target().parent().unwrap_or(Path::new("/")), file.edit_prefix());
    let own = make_directory(beside, &prefix).map_err(|error| no_copy(&error, beside))?;
    if is_out_of_reach(&own, name) {
        return Ok(own);
    }
    let mut made = elsewhere(file).filter_map(|other| {
        let place = other.target().parent()?;
        make_directory(place, &other.edit_prefix()).ok()
    });
    made.find(|made| is_out_of_reach(made, name)).ok_or_else(|| {
        no_copy(&io::Error::other("others could take it away"), beside).with_help(
            "close the directory, or set $TMPDIR to one that nobody else may write in, as by `mkdir -m 700`",
        )
    })
}

/// What stands for the file where its own directory is not private enough: a hash of its path, and its name, as far as both fit.
fn elsewhere(file: &ConfigFile) -> impl Iterator<Item = ConfigFile> {
    let target = path::absolute(file.target()).unwrap_or_else(|_| file.target().to_owned());
    let mut name = OsString::from(format!("{}.", Revision::of(target.as_os_str().as_bytes()).short()));
    let full = target.file_name().unwrap_or_default().as_bytes();
    name.push(OsStr::from_bytes(full.get(..LONGEST).unwrap_or(full)));
    let mut places = vec![PathBuf::from("/var/tmp"), env::temp_dir()];
    places.dedup();
    places.into_iter().filter_map(move |place| ConfigFile::locate(place.join(&name)).ok())
}

/// Edits of the file by this user that are under way, or were left, wherever they are.
pub(super) fn own_edits(file: &ConfigFile) -> Vec<FileStatus> {
    let beside = file.edits().unwrap_or_default();
    beside.into_iter().chain(edits_elsewhere(file)).filter(FileStatus::is_own).collect()
}

/// Those that are not beside it.
pub(crate) fn edits_elsewhere(file: &ConfigFile) -> impl Iterator<Item = FileStatus> {
    elsewhere(file).filter_map(|other| other.edits().ok()).flatten()
}

fn make_directory(place: &Path, prefix: &OsStr) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).rand_bytes(RANDOM).permissions(Permissions::from_mode(0o700)).tempdir_in(place)
}

/// May nobody but this user and root rename it, or anything on the way to it?
fn is_out_of_reach(directory: &TempDir, name: &OsStr) -> bool {
    let located = ConfigFile::locate_with(directory.path().join(name), Trust::new());
    located.is_ok_and(|located| located.concerns().is_empty())
}

fn no_copy(error: &io::Error, place: &Path) -> Failure {
    let failure =
        Failure::of(Exit::Failed, error).about(&format!("no private copy could be made in {}", shown(place)));
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => failure.with_help(format!(
            "who edits the file needs to write in its directory, as a save does: {} says what keeps this user from it",
            command("doctor")
        )),
        _ => failure,
    }
}

fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text)
}
