//! Old documents are freed on a thread of their own: for a large one that takes milliseconds, which no request should pay.

use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// Something to be dropped.
type Retired = Box<dyn Send>;

/// Has this dropped by the retirement thread, one for the whole process, which is started by the first and never ends. Where
/// there can be no such thread it is dropped here.
pub(crate) fn retire(old: impl Send + 'static) {
    static THREAD: OnceLock<Option<Sender<Retired>>> = OnceLock::new();
    match THREAD.get_or_init(start) {
        // What cannot be sent comes back, and is dropped.
        Some(thread) => drop(thread.send(Box::new(old))),
        None => drop(old),
    }
}

fn start() -> Option<Sender<Retired>> {
    let (send, receive) = channel::<Retired>();
    let run = move || receive.into_iter().for_each(drop);
    let started = thread::Builder::new().name("config-retire".to_owned()).spawn(run);
    started.ok().map(|_detached| send)
}
