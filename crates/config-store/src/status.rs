//! How a store is doing: what an operator looks at first.

use std::path::PathBuf;
use std::time::SystemTime;

use config_watch::Health;

use crate::recovery::Recovered;
use crate::rejection::Rejection;
use crate::revision::Revision;

/// The state of a store at one moment.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let status = store.status();
/// println!("{} serves {}, {} bytes", status.path.display(), status.revision, status.bytes);
/// assert!(!status.stale && status.rejection.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The file, as it was asked for, made absolute.
    pub path: PathBuf,
    /// The revision that is served.
    pub revision: Revision,
    /// How many documents were accepted, the first one included.
    pub generation: u64,
    /// The size of the file that it was read from, in bytes.
    pub bytes: usize,
    /// Is what is served not what the file says now? An edit that was not taken, or not looked at yet, or that was just made.
    pub stale: bool,
    /// When the served document was last accepted, or found in the file again after what was rejected.
    pub accepted_at: SystemTime,
    /// When the file was last looked at.
    pub looked_at: SystemTime,
    /// Why what is on disk now is not what is served; `None` when it is.
    pub rejection: Option<Rejection>,
    /// Set when the file was broken at the start, and what is served is from the history, until the file is valid:
    /// [`Recovery::LastGood`](crate::Recovery::LastGood).
    pub recovered: Option<Recovered>,
    /// What should be mended about the file that is served: its mode, an old version that could not be rewritten,
    /// a save that may not survive a power loss.
    pub warnings: Vec<String>,
    /// How changes are noticed; `None` for a store that does not watch.
    pub watch: Option<Health>,
}
