//! The directories on the way to a file, to be looked at again.

use std::path::PathBuf;
use std::sync::Arc;

use crate::concern::Identity;
use crate::sys;

/// The directories that led to a file when it was [located](crate::ConfigFile::locate), and what they were then.
///
/// Nothing of the file shows that one of them was opened to others, or closed.
///
/// ```
/// use std::os::unix::fs::PermissionsExt as _;
///
/// use config_fs::ConfigFile;
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// # let path = directory.join("config.json");
/// std::fs::write(&path, "{}")?;
/// let passed = ConfigFile::locate(&path)?.read(64 << 20)?.passed().clone();
/// assert!(passed.is_unchanged());
/// std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o777))?;
/// assert!(!passed.is_unchanged());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed(Arc<[(PathBuf, Identity)]>);

impl Passed {
    pub(crate) fn new(directories: Vec<(PathBuf, Identity)>) -> Self {
        Self(directories.into())
    }

    /// Is each of them there by its name as it was, with the same mode and owner? Opens nothing: to those who watch a
    /// directory, that would be news. One that cannot be looked at counts as unchanged.
    pub fn is_unchanged(&self) -> bool {
        self.0.iter().all(|(path, before)| {
            let now = sys::stat_at(sys::CWD, path.as_os_str());
            now.map_or(true, |now| Identity::of(&now) == *before)
        })
    }
}
