//! Kernel events for the directories on the way to the file.

use crate::{health::Mode, hops::Hops, mailbox::Mailbox};
use notify_debouncer_mini::{
    DebounceEventResult, Debouncer, new_debouncer,
    notify::{self, RecommendedWatcher, RecursiveMode},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

/// What is armed, and for which directories. It is never changed, only replaced: a directory that is watched a second
/// time on the same debouncer answers Ok and then falls silent.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    hops: Hops,
    directories: Vec<PathBuf>,
    trouble: Option<String>,
    debouncer: Option<Native>,
    /// Dropping a debouncer does not wait for its thread. With this gone, what still comes from there is ignored.
    alive: Arc<()>,
}

impl Armed {
    /// Arms as many of the directories on the way to `path` as there are and can be.
    pub(crate) fn arm(path: &Path, debounce: Duration, mailbox: &Arc<Mailbox>) -> Self {
        // First the identities, then the watches: a directory that is swapped in between is seen to have moved.
        let mut armed = Self { hops: Hops::walk(path), ..Self::default() };
        if armed.hops.directories().next().is_none() {
            return armed;
        }
        let alive = Arc::downgrade(&armed.alive);
        let mailbox = Arc::clone(mailbox);
        let debouncer = new_debouncer(debounce, move |result| deliver(&alive, &mailbox, result));
        match debouncer {
            Ok(debouncer) => armed.watch(Native(Some(debouncer))),
            Err(error) => armed.trouble = Some(error.to_string()),
        }
        armed
    }

    /// Whether the way to the file is another one by now.
    pub(crate) fn has_moved(&self, now: &Hops) -> bool {
        now.has_moved_from(&self.hops)
    }

    /// Which directories report events.
    pub(crate) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Whether some of the directories that exist report no events.
    pub(crate) fn is_troubled(&self) -> bool {
        self.trouble.is_some()
    }

    /// Why the kernel's events are not complete, whether that can be helped by arming again or not.
    pub(crate) fn blindness(&self) -> Option<String> {
        self.trouble.clone().or_else(|| self.hops.obstacle())
    }

    pub(crate) fn mode(&self) -> Mode {
        match (self.directories.is_empty(), self.hops.obstacle().is_none() && self.trouble.is_none()) {
            (true, _) => Mode::PollOnly,
            (false, true) => Mode::Native,
            (false, false) => Mode::Partial,
        }
    }

    /// Takes note that the events are not to be relied on any more.
    pub(crate) fn lose(&mut self, error: String) {
        self.trouble = Some(error);
    }

    fn watch(&mut self, mut native: Native) {
        for directory in self.hops.directories() {
            match native.watch(directory) {
                Ok(()) => self.directories.push(directory.to_owned()),
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
        self.debouncer = Some(native);
    }
}

/// A debouncer whose panics are errors. notify ignores that its thread could not be started, and panics when it is asked
/// for something afterwards, or dropped. A process at its thread limit is to go on with the poll.
#[derive(Debug)]
struct Native(Option<Debouncer<RecommendedWatcher>>);

impl Native {
    fn watch(&mut self, directory: &Path) -> notify::Result<()> {
        let gone = || notify::Error::generic("the thread that waits for events is gone");
        let debouncer = self.0.as_mut().ok_or_else(gone)?;
        let watch = || debouncer.watcher().watch(directory, RecursiveMode::NonRecursive);
        catch_unwind(AssertUnwindSafe(watch)).unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let debouncer = self.0.take();
        // Whether it panicked or not, there is nothing left of it.
        drop(catch_unwind(AssertUnwindSafe(|| drop(debouncer))));
    }
}

/// Runs on the debouncer's thread, so it does no work. There is no filter by name: when Kubernetes swaps `..data`, the
/// name of the file never comes up.
fn deliver(alive: &Weak<()>, mailbox: &Mailbox, result: DebounceEventResult) {
    if alive.strong_count() == 0 {
        return;
    }
    mailbox.leave(|mail| match result {
        Ok(_) => mail.event = true,
        Err(error) => mail.lost = Some(error.to_string()),
    });
}
