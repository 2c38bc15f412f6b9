//! What a store counts and measures is what `observability.md` lists.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use config_model::Config;
use config_store::{Options, Recovery, Store, UpdateError};
use insta::assert_snapshot;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::support::{Scratch, days, put_by_rename, touch};

const PAGE: &str = include_str!("../../src/observability.md");

/// A recorder of this thread alone: the store does nothing on others here.
fn recorded<T>(run: impl FnOnce(&dyn Fn() -> String) -> T) -> T {
    let recorder: PrometheusRecorder =
        PrometheusBuilder::new().set_buckets(&[1000.0]).unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || run(&|| handle.render()))
}

fn open(scratch: &Scratch) -> Store<Config> {
    Options::new().name("front").watch(None).open(scratch.config()).unwrap()
}

/// The values that are not 0, but for times.
fn values(text: &str) -> String {
    let lines =
        text.lines().filter(|line| !line.starts_with('#') && !line.ends_with(" 0") && !line.is_empty());
    let mut lines: Vec<_> = lines
        .filter(|line| {
            !line.contains("_bucket") && !line.contains("seconds_sum") && !line.contains("timestamp")
        })
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn what_happens_is_counted() {
    let scratch = Scratch::with(days(5));
    recorded(|rendered| {
        let store = open(&scratch);
        put_by_rename(&scratch.config(), days(6));
        store.reload().unwrap();
        touch(&scratch.config());
        store.reload().unwrap();
        for broken in ["{\"version\": 1", "[]", "{\"version\": 1, \"models\": 1}", "{\"version\": 9}"] {
            put_by_rename(&scratch.config(), broken);
            for _ in 0..3 {
                store.reload().unwrap_err();
            }
        }
        put_by_rename(&scratch.config(), days(6));
        store.reload().unwrap();
        let first = store.snapshot().revision();
        store.update(|config| config.retention.events_days = 77).unwrap();
        store.update_if(first, |config| config.features.debug = true).unwrap_err();
        store.update_text(None, |_, _| Err::<String, _>(UpdateError::Busy)).unwrap_err();
        store.update_text::<UpdateError>(None, |_, _| Ok("[]".to_owned())).unwrap_err();
        store.collect_metrics();
        assert_snapshot!(values(&rendered()), @r#"
        config_document_bytes{store="front"} 55
        config_rejections_total{store="front",kind="invalid"} 2
        config_rejections_total{store="front",kind="newer-version"} 1
        config_rejections_total{store="front",kind="syntax"} 1
        config_reloads_total{store="front",outcome="accepted"} 1
        config_reloads_total{store="front",outcome="rejected"} 4
        config_reloads_total{store="front",outcome="restored"} 1
        config_reloads_total{store="front",outcome="unchanged"} 1
        config_update_duration_seconds_count{store="front",outcome="conflict"} 1
        config_update_duration_seconds_count{store="front",outcome="given-up"} 1
        config_update_duration_seconds_count{store="front",outcome="refused"} 1
        config_update_duration_seconds_count{store="front",outcome="saved"} 1
        config_updates_total{store="front",outcome="conflict"} 1
        config_updates_total{store="front",outcome="given-up"} 1
        config_updates_total{store="front",outcome="refused"} 1
        config_updates_total{store="front",outcome="saved"} 1
        config_watch_mode{store="front",mode="none"} 1
        "#);
    });
}

#[test]
fn staleness_and_the_watch_are_found_by_asking() {
    let scratch = Scratch::with(days(5));
    recorded(|rendered| {
        let store = open(&scratch);
        let is_stale = || {
            store.collect_metrics();
            assert_eq!(rendered().contains("config_stale{store=\"front\"} 1\n"), store.status().stale);
            store.status().stale
        };
        assert!(!is_stale());
        put_by_rename(&scratch.config(), days(6));
        assert!(is_stale(), "nobody has looked at it");
        store.reload().unwrap();
        assert!(!is_stale());
        touch(&scratch.config());
        assert!(!is_stale(), "the same bytes");
        put_by_rename(&scratch.config(), "[]");
        assert!(is_stale());
        store.reload().unwrap_err();
        assert!(is_stale());
        put_by_rename(&scratch.config(), days(6));
        store.reload().unwrap();
        assert!(!is_stale());
        store.update(|config| config.features.debug = true).unwrap();
        assert!(!is_stale(), "it is this store's own");
        std::fs::remove_file(scratch.config()).unwrap();
        assert!(is_stale());
    });
}

/// The time of the last success.
fn at(text: &str) -> Duration {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("config_last_success_timestamp_seconds{store=\"front\"} "));
    Duration::from_secs_f64(line.unwrap().parse().unwrap())
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

#[test]
fn a_time_is_that_of_the_last_success() {
    let scratch = Scratch::with(days(5));
    recorded(|rendered| {
        let store = open(&scratch);
        let opened = at(&rendered());
        let since = since_1970(store.status().accepted_at);
        assert!(opened.abs_diff(since) < Duration::from_millis(1), "{opened:?} {since:?}");
        put_by_rename(&scratch.config(), "[]");
        store.reload().unwrap_err();
        assert_eq!(at(&rendered()), opened);
        put_by_rename(&scratch.config(), days(5));
        store.reload().unwrap();
        let restored = at(&rendered());
        assert!(restored > opened);
        store.update(|config| config.features.debug = true).unwrap();
        assert!(at(&rendered()) > restored);
    });
}

/// A store without a name has its path.
#[test]
fn the_names_and_labels_are_those_that_are_listed() {
    let scratch = Scratch::with(days(5));
    let text = recorded(|rendered| {
        let store: Store<Config> = Options::new().watch(None).open(scratch.config()).unwrap();
        store.update(|config| config.features.debug = true).unwrap();
        store.collect_metrics();
        rendered()
    });
    let path = format!("store=\"{}\"", scratch.config().display());
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once('{').unwrap();
        assert!(labels.contains(&path), "{line}");
        let labels = labels
            .split('"')
            .step_by(2)
            .filter_map(|label| label.strip_suffix('='))
            .map(|label| label.trim_start_matches(','));
        let labels: BTreeSet<_> = labels.filter(|label| *label != "le").map(str::to_owned).collect();
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        found.insert((name.to_owned(), labels));
    }
    let table = PAGE.split_once("| Metric |").unwrap().1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let listed = rows.map(|row| {
        let cells: Vec<_> = row.split('|').collect();
        let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let kind = cells[2].trim();
        assert!(text.contains(&format!("# TYPE {} {kind}\n", quoted(cells[1])[0])), "{row}");
        assert!(text.contains(&format!("# HELP {} ", quoted(cells[1])[0])), "{row}");
        (quoted(cells[1]).remove(0), quoted(cells[3]).into_iter().collect())
    });
    assert_eq!(found, listed.collect());
}

/// What was counted before goes to nobody. What is so now, and every series from 0, is there.
#[test]
fn a_recorder_may_come_late() {
    let scratch = Scratch::with(days(5));
    let store = open(&scratch);
    let text = recorded(|rendered| {
        store.collect_metrics();
        rendered()
    });
    assert_snapshot!(values(&text), @r#"
    config_document_bytes{store="front"} 54
    config_watch_mode{store="front",mode="none"} 1
    "#);
    assert!(text.contains("config_reloads_total{store=\"front\",outcome=\"rejected\"} 0\n"), "{text}");
    // Each that is listed: what begins with 1 is no increase.
    let (_, row) = PAGE.split_once("| `config_updates_total` |").unwrap();
    let cell = row.lines().next().unwrap().split('|').nth(2).unwrap();
    let outcomes: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
    assert_eq!(outcomes.len(), 8);
    for outcome in outcomes {
        assert!(text.contains(&format!("config_updates_total{{store=\"front\",outcome=\"{outcome}\"}} 0\n")));
    }
}

/// Started on a broken file, it is no younger than what it serves.
#[test]
fn what_is_served_instead_of_a_broken_file_is_no_success() {
    let scratch = Scratch::with(days(5));
    let store = open(&scratch);
    let accepted = store.history().unwrap()[0].time;
    drop(store);
    put_by_rename(&scratch.config(), "{");
    recorded(|rendered| {
        let last_good = Options::<Config>::new().name("front").watch(None).recovery(Recovery::LastGood);
        let store = last_good.open(scratch.config()).unwrap();
        assert_eq!(store.status().accepted_at, accepted);
        assert!(at(&rendered()).abs_diff(since_1970(accepted)) < Duration::from_millis(1));
        assert_snapshot!(values(&rendered()), @r#"
        config_document_bytes{store="front"} 54
        config_rejections_total{store="front",kind="syntax"} 1
        config_reloads_total{store="front",outcome="rejected"} 1
        "#);
        // Found in the file again, it is.
        put_by_rename(&scratch.config(), days(5));
        store.reload().unwrap();
        let restored = store.status().accepted_at;
        assert!(restored > accepted);
        assert!(at(&rendered()).abs_diff(since_1970(restored)) < Duration::from_millis(1));
    });
}

/// A recorder that waits keeps nobody from reading or saving.
#[test]
fn a_recorder_that_waits_makes_no_other_save_wait() {
    use std::sync::mpsc::{Sender, channel};
    use std::sync::{Arc, Mutex};

    /// Waits at each histogram until it is told to go on.
    struct Stuck(Sender<()>, Arc<Mutex<()>>);
    impl metrics::Recorder for Stuck {
        fn describe_counter(&self, _: metrics::KeyName, _: Option<metrics::Unit>, _: metrics::SharedString) {}
        fn describe_gauge(&self, _: metrics::KeyName, _: Option<metrics::Unit>, _: metrics::SharedString) {}
        fn describe_histogram(
            &self,
            _: metrics::KeyName,
            _: Option<metrics::Unit>,
            _: metrics::SharedString,
        ) {
        }
        fn register_counter(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Counter {
            metrics::Counter::noop()
        }
        fn register_gauge(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Gauge {
            metrics::Gauge::noop()
        }
        fn register_histogram(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Histogram {
            self.0.send(()).unwrap();
            drop(self.1.lock().unwrap());
            metrics::Histogram::noop()
        }
    }

    let scratch = Scratch::with(days(5));
    let store = open(&scratch);
    let (stuck, is_stuck) = channel();
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap();
    std::thread::scope(|scope| {
        let (store, recorder) = (&store, Stuck(stuck, Arc::clone(&gate)));
        let waiting = scope.spawn(move || {
            metrics::with_local_recorder(&recorder, || {
                store.update(|config| config.features.debug = true).unwrap();
            });
        });
        is_stuck.recv().unwrap();
        assert!(store.snapshot().features.debug);
        store.update(|config| config.retention.events_days = 8).unwrap();
        store.reload().unwrap();
        assert!(!store.status().stale && !waiting.is_finished());
        drop(closed);
    });
}
