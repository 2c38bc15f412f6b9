//! How a store is doing: what an operator looks at first.

use std::path::PathBuf;
use std::time::SystemTime;

use config_watch::Health;

use crate::rejection::Rejection;
use crate::revision::Revision;

/// The state of a store at one moment.
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
    /// When the served document was accepted.
    pub accepted_at: SystemTime,
    /// When the file was last looked at.
    pub looked_at: SystemTime,
    /// Why what is on disk now is not what is served; `None` when it is.
    pub rejection: Option<Rejection>,
    /// What should be mended about the file that is served: its mode, an old version that could not be rewritten,
    /// a save that may not survive a power loss.
    pub warnings: Vec<String>,
    /// How changes are noticed; `None` for a store that does not watch.
    pub watch: Option<Health>,
}
