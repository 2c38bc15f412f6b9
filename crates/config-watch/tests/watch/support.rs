//! A watch whose hints arrive at a channel, and waiting with a deadline.

use config_watch::{Cause, Health, Next, Options, Watch};
use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// What the crate promises.
pub(crate) const PROMISE: Duration = Duration::from_secs(1);

/// How long a test waits for what takes well under a second. A machine under load is no bug.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Watched {
    pub(crate) watch: Watch,
    pub(crate) hints: Receiver<(Instant, Cause)>,
}

/// An empty directory, by its real name.
pub(crate) fn scratch() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let real = scratch.path().canonicalize().unwrap();
    (scratch, real)
}

impl Watched {
    /// Starts, and waits until everything that went before has been hinted at.
    pub(crate) fn start(path: &Path, options: Options) -> Self {
        let (sender, hints) = channel();
        let watch = Watch::start(path, options, move |hint| {
            // The test may be over before the watch is.
            let _ = sender.send((Instant::now(), hint.cause()));
            Next::Wait
        })
        .unwrap();
        assert_eq!(hints.recv_timeout(PATIENCE).unwrap().1, Cause::Rearmed);
        let watched = Self { watch, hints };
        watched.settle();
        watched
    }

    pub(crate) fn health(&self) -> Health {
        self.watch.health()
    }

    /// Waits for silence: longer than one poll interval and one debounce window of the default options.
    pub(crate) fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.hints.recv_timeout(Duration::from_millis(700)) {
                Ok(_) => assert!(Instant::now() < deadline, "hints do not end"),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("the worker is gone"),
            }
        }
    }

    /// Edits, and requires a hint that comes after the end of the edit and within the promise. Then settles.
    pub(crate) fn hinted(&self, what: &str, edit: impl FnOnce()) {
        edit();
        let edited = Instant::now();
        let hinted = self.wait(what, |at, _| at >= edited);
        let late = hinted.duration_since(edited);
        assert!(late <= PROMISE * slack(), "{what}: the hint came after {late:?}");
        self.settle();
    }

    /// Waits for a hint with this cause.
    pub(crate) fn wait_for(&self, cause: Cause) -> Instant {
        self.wait(&format!("{cause:?}"), |_, found| found == cause)
    }

    fn wait(&self, what: &str, matches: impl Fn(Instant, Cause) -> bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let (at, cause) = self.hints.recv_timeout(left).unwrap_or_else(|error| panic!("{what}: {error}"));
            if matches(at, cause) {
                return at;
            }
        }
    }
}

/// The promise holds for a machine that runs the worker when it is due. Tests side by side on two slow cores are not
/// that, so by default they only tell the promise from being missed altogether.
fn slack() -> u32 {
    if std::env::var_os("CONFIG_WATCH_STRICT").is_some() { 1 } else { 3 }
}
