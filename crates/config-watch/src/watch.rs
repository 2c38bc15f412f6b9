//! The handle: start, ask, stop.

use crate::{
    Health, Hint, Next, Options,
    worker::{Shared, Worker},
};
use std::{
    io,
    path::{self, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// A file that is being watched, for as long as this lives.
///
/// Dropping it stops the watch and waits for its thread, so that no look runs afterwards. That takes as long as a look
/// that is just running, and far less than a poll interval otherwise. Do not drop it while holding a lock that the look
/// takes. A look may drop it itself: it is then the last one, and nothing is waited for.
///
/// ```
/// use config_watch::{Next, Options, Watch};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let (send, looks) = std::sync::mpsc::channel();
/// let watch = Watch::start(&path, Options::default(), move |_| {
///     send.send(()).ok();
///     Next::Wait
/// })?;
/// looks.recv()?; // the first, at once
/// watch.look_now();
/// looks.recv()?;
/// drop(watch);
/// while looks.try_recv().is_ok() {}
/// assert!(looks.recv().is_err()); // and no more
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the watch ends when this is dropped"]
pub struct Watch {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
}

/// Why a watch could not be started. That the kernel offers no events is no such reason: see [`Health`].
///
/// ```
/// use config_watch::{Next, Options, StartError, Watch};
/// let error = Watch::start("/etc/gateway/..", Options::default(), |_| Next::Wait).unwrap_err();
/// assert!(matches!(error, StartError::NoFileName { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The path is empty, or ends in `/` or `..`: it names no file.
    #[error("{path:?} does not name a file")]
    NoFileName {
        /// The path as given.
        path: PathBuf,
    },
    /// The path is relative, and the current directory could not be found out.
    #[error("{path:?} is relative, and the current directory is not known")]
    NoCurrentDirectory {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no thread.
    #[error("no thread to watch {path:?} with")]
    NoThread {
        /// The path, absolute.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Watch {
    /// Watches `path`, which need not exist, nor its directory. A relative one is taken from the current directory as it
    /// is now.
    ///
    /// On return the directories are armed, as far as they can be. The worker thread then calls `look` with
    /// [`Cause::Rearmed`](crate::Cause::Rearmed) at once, so an edit that came after the caller's own first read and
    /// before the arming is not missed; after that at every hint, one call at a time. A look that panics is counted in
    /// the [`Health`], and the watch goes on.
    pub fn start(
        path: impl Into<PathBuf>,
        options: Options,
        look: impl FnMut(Hint) -> Next + Send + 'static,
    ) -> Result<Self, StartError> {
        let path = path.into();
        if path.file_name().is_none() {
            return Err(StartError::NoFileName { path });
        }
        let path = match path::absolute(&path) {
            Ok(absolute) => absolute,
            Err(source) => return Err(StartError::NoCurrentDirectory { path, source }),
        };
        let worker = Worker::new(path.clone(), options, look);
        let shared = worker.shared();
        let thread = thread::Builder::new().name("config-watch".to_owned()).spawn(|| worker.run());
        match thread {
            Ok(thread) => Ok(Self { shared, worker: Some(thread) }),
            Err(source) => Err(StartError::NoThread { path, source }),
        }
    }

    /// Asks for a look. It returns at once; several requests before the look make one.
    pub fn look_now(&self) {
        self.shared.mailbox.leave(|mail| mail.manual = true);
    }

    /// How the watch is doing.
    pub fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.mailbox.leave(|mail| mail.stop = true);
        let Some(worker) = self.worker.take() else { return };
        // A thread cannot wait for itself. Inside a look, the worker ends by itself when the look returns.
        if worker.thread().id() != thread::current().id() {
            // An error would be a panic, which the hook has reported, and a drop has nobody to tell.
            drop(worker.join());
        }
    }
}
