//! `vi config.json`, `:wq`: the new alias is served within 1 s.

use std::thread;
use std::time::Duration;

use acceptance::configctl::Watching;
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::programs::has;
use acceptance::time::{eventually, now};
use acceptance::vi::vi;

#[test]
fn what_vi_saves_is_served_within_a_second() {
    if !has("vi") {
        return;
    }
    let place = Place::with(&with_alias("alias0"));
    let (watching, loaded) = Watching::start(&place.file());
    assert_eq!(loaded["event"], "loaded");
    let gateway = Gateway::start(&place.file());
    let mut times: Vec<Duration> = Vec::new();
    for save in 0..20 {
        let (old, new) = (format!("alias{save}"), format!("alias{}", save + 1));
        let keys = format!(":%s/{old}/{new}/g\r:wq\r");
        let served_at = thread::scope(|scope| {
            scope.spawn(|| vi(&place.file(), &old, &keys));
            eventually("the gateway serves the edit", || (gateway.aliases() == [new.clone()]).then(now))
        });
        // From the write itself: vi needs a moment more to end.
        let took = served_at.duration_since(place.written_at()).expect("served after it was written");
        let accepted = watching.next();
        assert_eq!(accepted["event"], "accepted", "{accepted}");
        assert_eq!(accepted["cause"], "edit");
        assert!(took < Duration::from_secs(1), "save {save} took {took:?}");
        times.push(took);
    }
    times.sort();
    println!(
        "vi edit to served, 20 times: median {:?}, max {:?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
}
