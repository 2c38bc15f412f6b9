//! What other threads leave for the worker: one flag of each kind, so that no flood of events takes memory or time.

use parking_lot::{Condvar, Mutex};
use std::{mem, time::Duration};

/// What was left since the worker last came by.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// The kernel reported something.
    pub(crate) event: bool,
    /// The caller wants a look.
    pub(crate) manual: bool,
    /// The kernel's events are not to be relied on any more. Of several reasons, the last.
    pub(crate) lost: Option<String>,
    /// The worker is to end. This stays once it is set.
    pub(crate) stop: bool,
}

impl Mail {
    fn is_empty(&self) -> bool {
        !(self.event || self.manual || self.stop || self.lost.is_some())
    }
}

/// A condition variable and its flags.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

impl Mailbox {
    /// Leaves something, and wakes the worker. Never blocks for longer than a flag takes to set.
    pub(crate) fn leave(&self, change: impl FnOnce(&mut Mail)) {
        change(&mut self.mail.lock());
        self.arrived.notify_one();
    }

    /// Waits for mail, at most this long, and takes it.
    pub(crate) fn wait(&self, at_most: Duration) -> Mail {
        let mut mail = self.mail.lock();
        if mail.is_empty() {
            // Whether it timed out does not matter: no mail says the same.
            self.arrived.wait_while_for(&mut mail, |mail| mail.is_empty(), at_most);
        }
        let stop = mail.stop;
        mem::replace(&mut mail, Mail { stop, ..Mail::default() })
    }

    /// Whether the worker is to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.mail.lock().stop
    }
}
