//! Subscriptions as streams: whoever polls is woken, whatever the executor.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use config_model::Config;
use config_store::Event;
use futures_executor::block_on;
use futures_util::stream::select;
use futures_util::{Stream, StreamExt as _};

use super::support::{Scratch, days, put};

const BROKEN: &str = "{\"version\": 1, \"retention\": 1}";

/// An executor that does nothing but count.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Task {
    fn woken(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }

    fn poll<S: Stream>(self: &Arc<Self>, stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
        stream.poll_next(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }
}

#[test]
fn a_task_is_woken_by_a_change_and_by_nothing_else() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let task = Arc::<Task>::default();
    let mut changes = pin!(store.subscribe().into_stream());
    assert!(task.poll(changes.as_mut()).is_pending());
    put(&scratch.config(), BROKEN);
    store.reload().unwrap_err();
    assert_eq!(task.woken(), 0, "woken for what it is not told");
    for value in [6, 7] {
        put(&scratch.config(), days(value));
        store.reload().unwrap();
    }
    assert_eq!(task.woken(), 1, "once, until it polls again");
    let Poll::Ready(Some(change)) = task.poll(changes.as_mut()) else { panic!("nothing") };
    assert_eq!((change.before().retention.events_days, change.after().retention.events_days), (5, 7));
    assert!(task.poll(changes.as_mut()).is_pending());
    drop(store);
    assert_eq!(task.woken(), 1, "the end is told too");
    assert!(matches!(task.poll(changes), Poll::Ready(None)));
}

#[test]
fn a_task_that_waits_for_a_part_goes_on_waiting() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let task = Arc::<Task>::default();
    let mut changes = pin!(store.subscribe_to(|config| &config.retention).into_stream());
    assert_eq!(changes.get_ref().seen().events_days, 5);
    for _ in 0..3 {
        assert!(task.poll(changes.as_mut()).is_pending());
        store.update(|config| config.features.debug ^= true).unwrap();
        assert!(task.poll(changes.as_mut()).is_pending(), "another part");
        task.woken();
        store.update(|config| config.retention.events_days += 1).unwrap();
        assert_eq!(task.woken(), 1, "it would sleep for ever");
        assert!(matches!(task.poll(changes.as_mut()), Poll::Ready(Some(_))));
    }
}

/// Between two polls a stream may move to another task.
#[test]
fn who_polled_last_is_woken() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let (first, second) = (Arc::<Task>::default(), Arc::<Task>::default());
    let mut events = pin!(store.events().into_stream());
    assert!(first.poll(events.as_mut()).is_pending());
    assert!(second.poll(events.as_mut()).is_pending());
    put(&scratch.config(), BROKEN);
    store.reload().unwrap_err();
    assert_eq!((first.woken(), second.woken()), (0, 1));
    assert!(matches!(second.poll(events), Poll::Ready(Some(Event::Rejected(_)))));
}

#[test]
fn a_task_hears_of_the_last_value() {
    let scratch = Scratch::with(days(0));
    let store = scratch.unwatched::<Config>();
    let last = 200;
    let mut days = store.subscribe_to(|config| &config.retention.events_days).into_stream();
    let whole = store.subscribe().into_stream();
    thread::scope(|scope| {
        let part = scope.spawn(move || {
            let mut seen = 0;
            block_on(async {
                while seen < last {
                    let change = days.next().await.unwrap();
                    assert_eq!(*change.before(), seen, "a gap");
                    seen = *change.after();
                }
            });
        });
        // Both in one task.
        let both = select(whole.map(|_| ()), store.events().into_stream().map(|_| ()));
        let both = scope.spawn(move || block_on(both.count()));
        for value in 1..=last {
            store.update(|config| config.retention.events_days = value).unwrap();
        }
        part.join().unwrap();
        drop(store);
        assert!(both.join().unwrap() >= 2);
    });
}
