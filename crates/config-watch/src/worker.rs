//! The one thread: it waits, polls, arms and calls the look. Everything that it decides is in [`Settle`].
#![expect(clippy::disallowed_methods, reason = "this is the rim of the crate, which reads the clocks")]

use crate::{
    Health, Hint, Mode, Next, Options,
    arm::Armed,
    fingerprint::{Poller, Seen},
    hops::Hops,
    log,
    mailbox::{Mail, Mailbox},
    settle::Settle,
};
use parking_lot::Mutex;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// What the owner and the worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) health: Mutex<Health>,
}

pub(crate) struct Worker<F> {
    path: PathBuf,
    options: Options,
    shared: Arc<Shared>,
    epoch: Instant,
    settle: Settle,
    poller: Poller,
    armed: Armed,
    look: F,
}

impl<F: FnMut(Hint) -> Next> Worker<F> {
    /// Arms, and makes the first look due. `path` must be absolute.
    pub(crate) fn new(path: PathBuf, options: Options, look: F) -> Self {
        let health = Health {
            mode: Mode::PollOnly,
            armed: Vec::new(),
            rearms: 0,
            last_look: None,
            last_change: None,
            panics: 0,
            last_error: None,
        };
        let mut worker = Self {
            shared: Arc::new(Shared { mailbox: Arc::default(), health: Mutex::new(health) }),
            epoch: Instant::now(),
            settle: Settle::new(options.poll_interval()),
            // Before the first look, so that no change can fall between that and the first comparison.
            poller: Poller::new(path.clone(), SystemTime::now()),
            armed: Armed::default(),
            path,
            options,
            look,
        };
        // Armed or not, the first look is due.
        worker.settle.rearmed(Duration::ZERO);
        if worker.options.is_native() {
            worker.arm();
        }
        worker
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub(crate) fn run(mut self) {
        loop {
            let wait = self.settle.wake().saturating_sub(self.now());
            let mail = self.shared.mailbox.wait(wait);
            if mail.stop {
                return;
            }
            self.read(mail);
            // Whatever the wake-up was for, the poll comes before the look: then what the look is about to see is not
            // hinted at once more by the next tick, and a directory that went away is noticed at its last event.
            let hops = Hops::walk(&self.path);
            self.poll(&hops);
            self.rearm(&hops);
            self.look();
        }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn read(&mut self, mail: Mail) {
        let now = self.now();
        if mail.event {
            self.settle.event(now);
        }
        if mail.manual {
            self.settle.manual(now);
        }
        if let Some(error) = mail.lost {
            self.settle.lost(now);
            self.armed.lose(error);
            self.report();
        }
    }

    fn poll(&mut self, hops: &Hops) {
        let wall = SystemTime::now();
        let seen = self.poller.poll(wall, hops.access());
        if seen == Seen::Changed {
            self.shared.health.lock().last_change = Some(wall);
        }
        self.settle.polled(self.now(), seen != Seen::Same);
    }

    fn rearm(&mut self, hops: &Hops) {
        if !self.options.is_native() {
            return;
        }
        let moved = self.armed.has_moved(hops);
        if self.settle.arm_due(self.now(), moved) {
            let armed = self.arm();
            self.shared.health.lock().rearms += u64::from(armed);
        }
    }

    /// Arms anew; false if no directory is armed then.
    fn arm(&mut self) -> bool {
        // The new one is armed before the assignment drops the old one: no event falls between them.
        self.armed = Armed::arm(&self.path, self.options.debounce_window(), &self.shared.mailbox);
        let now = self.now();
        let troubled = self.armed.is_troubled();
        let in_vain = troubled && self.armed.directories().is_empty();
        if !in_vain {
            self.settle.rearmed(now);
        }
        if troubled {
            self.settle.failed_to_arm(now);
        }
        self.report();
        !self.armed.directories().is_empty()
    }

    /// Puts the state of the arming into the health. The log gets one line when trouble begins and one when it ends.
    fn report(&self) {
        let blindness = self.armed.blindness();
        let mode = self.armed.mode();
        let mut health = self.shared.health.lock();
        match (&health.last_error, &blindness) {
            (None, Some(error)) => log::degraded(&self.path, mode, error),
            (Some(_), None) => log::recovered(&self.path, mode),
            _ => {}
        }
        health.mode = mode;
        health.armed = self.armed.directories().to_vec();
        health.last_error = blindness;
    }

    fn look(&mut self) {
        let Some(cause) = self.settle.due(self.now()) else {
            return;
        };
        // The owner may have gone while this wake-up was polling.
        if self.shared.mailbox.is_stopped() {
            return;
        }
        let looked = catch_unwind(AssertUnwindSafe(|| (self.look)(Hint::new(cause))));
        self.settle.looked(self.now(), looked.as_ref().copied().unwrap_or(Next::Wait));
        let mut health = self.shared.health.lock();
        health.last_look = Some(SystemTime::now());
        if looked.is_err() {
            health.panics += 1;
            // A dead thread would mean silence for ever. The panic's own message went to the panic hook.
            log::look_panicked(&self.path);
        }
    }
}
