//! What the watch says about itself.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
    time::SystemTime,
};

/// How changes are noticed at the moment.
///
/// ```
/// use config_watch::{Mode, Next, Options, Watch};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let polling = Options::default().native(false);
/// let watch = Watch::start(path, polling, |_| Next::Wait)?;
/// assert_eq!(watch.health().mode, Mode::PollOnly);
/// assert_eq!(Mode::PollOnly.name(), "poll-only");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Every directory on the way reports events, and the poll stands behind them.
    Native,
    /// Some directories on the way report events. One is missing, or could not be armed; the poll covers it.
    Partial,
    /// No directory reports events. The poll does everything.
    PollOnly,
}

impl Mode {
    /// For programs and people: `native`, `partial` or `poll-only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Partial => "partial",
            Self::PollOnly => "poll-only",
        }
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The state of a [`Watch`](crate::Watch) at one moment.
///
/// ```
/// use config_watch::{Next, Options, Watch};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let watch = Watch::start(path, Options::default(), |_| Next::Wait)?;
/// let health = watch.health();
/// println!("{}, {} directories report", health.mode, health.armed.len());
/// if let Some(error) = health.last_error {
///     println!("not all do: {error}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// How changes are noticed.
    pub mode: Mode,
    /// The directories that report events, by a path without symbolic links.
    pub armed: Vec<PathBuf>,
    /// How often they were armed anew since the start.
    pub rearms: u64,
    /// When the last look returned.
    pub last_look: Option<SystemTime>,
    /// When the poll last saw the status of the file differ. A change of times or mode alone counts.
    pub last_change: Option<SystemTime>,
    /// How often a look panicked. The watch goes on.
    pub panics: u64,
    /// Why the kernel's events are not complete. None once they are again, or when none were asked for.
    pub last_error: Option<String>,
}
