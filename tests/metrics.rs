//! What a dashboard and a log see of a gateway whose config is edited well, badly and by `configctl`.

use std::collections::BTreeMap;

use acceptance::configctl::configctl;
use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::programs::has;
use acceptance::time::eventually;

/// What was rejected or accepted so far, and what is so now.
fn numbers(gateway: &Logged) -> BTreeMap<String, String> {
    let (kind, text) = gateway.metrics();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert!(series.contains("{store=\"gateway\""), "{line}");
            (series.replace("store=\"gateway\"", ""), value.to_owned())
        })
        .collect()
}

/// The numbers, once they say all of this. A scrape reads one series after the other, so that what happens meanwhile may be
/// in one of them and not yet in the next.
fn shown(gateway: &Logged, expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    eventually(&format!("{expected:?}"), || {
        let now = numbers(gateway);
        expected.iter().all(|(series, value)| now[*series] == *value).then_some(now)
    })
}

fn last_success(numbers: &BTreeMap<String, String>) -> f64 {
    numbers["config_last_success_timestamp_seconds{}"].parse().expect("a time")
}

#[test]
fn a_dashboard_sees_what_became_of_each_edit() {
    let place = Place::with(&with_alias("first").replace("\"*\"", "\"sk-sentinel\""));
    let gateway = Logged::start(&place.file());
    let length = || place.text().len().to_string();
    let begin = shown(
        &gateway,
        &[
            ("config_stale{}", "0"),
            ("config_reloads_total{,outcome=\"accepted\"}", "0"),
            ("config_watch_mode{,mode=\"native\"}", "1"),
            ("config_document_bytes{}", &length()),
        ],
    );

    place.rename_over(with_alias("sonnet"));
    let good = shown(
        &gateway,
        &[
            ("config_stale{}", "0"),
            ("config_reloads_total{,outcome=\"accepted\"}", "1"),
            ("config_document_bytes{}", &length()),
        ],
    );
    assert_eq!(gateway.aliases(), ["sonnet"]);
    assert!(last_success(&good) > last_success(&begin));

    place.write(with_alias("third").replace("\"enabled\": true", "\"enabled\": \"sk-sentinel\""));
    let bad = shown(
        &gateway,
        &[
            ("config_stale{}", "1"),
            ("config_reloads_total{,outcome=\"rejected\"}", "1"),
            ("config_rejections_total{,kind=\"invalid\"}", "1"),
        ],
    );
    assert!((last_success(&bad) - last_success(&good)).abs() < 1e-6);
    assert_eq!(gateway.aliases(), ["sonnet"]);

    place.rename_over(with_alias("sonnet"));
    shown(&gateway, &[("config_stale{}", "0"), ("config_reloads_total{,outcome=\"restored\"}", "1")]);
    let set = configctl(&place.file(), &["set", "/retention/events_days", "7"]);
    assert_eq!(set.code, 0, "{set:?}");
    shown(
        &gateway,
        &[
            ("config_stale{}", "0"),
            ("config_reloads_total{,outcome=\"accepted\"}", "2"),
            ("config_document_bytes{}", &length()),
        ],
    );

    let (_, text) = gateway.metrics();
    for secret in ["sentinel", "sonnet", "third", &place.file().to_string_lossy()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let health = gateway.health();
    assert_eq!((&health["stale"], &health["status"]), (&false.into(), &"ok".into()));
}

/// The names by which a log is searched, in that of the real program; `crates/config-store` holds all of them to its list.
#[test]
fn a_log_names_what_happened() {
    let place = Place::with(&with_alias("first"));
    let said = |gateway: &Logged, event: &str| {
        let text = format!("event=\"{event}\"");
        eventually(event, || gateway.logged(&text).pop().filter(|line| line.contains("store=\"gateway\"")))
    };
    let gateway = Logged::start(&place.file());
    assert!(said(&gateway, "opened").contains("cause=open"));
    place.rename_over(with_alias("sonnet"));
    assert!(said(&gateway, "accepted").contains("cause=edit"));
    place.rename_over("{\"version\": 7}");
    // The fields come after the message, which has a line for each problem.
    assert!(said(&gateway, "rejected").contains("kind=\"newer-version\""));
    assert!(gateway.logged("config rejected")[0].contains(" WARN config_store: "));
    drop(gateway);
    if !has("strace") {
        return;
    }
    // The store syncs the file when it is opened.
    place.rename_over(with_alias("third"));
    let log = place.directory().join("calls").to_string_lossy().into_owned();
    let strace = ["strace", "-f", "-o", &log, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1"];
    let gateway = Logged::under(&strace, &place.file());
    assert!(said(&gateway, "undurable").contains("may not survive a power loss"));
    assert_eq!(gateway.aliases(), ["third"]);
}
