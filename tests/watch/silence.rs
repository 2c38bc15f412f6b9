//! What leaves the bytes as they are is no news, and does not deafen the watch for what is.

use acceptance::configctl::Watching;
use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::system::{alone, shell};
use acceptance::time::eventually;

use crate::layout::{PROMISE, SILENCE, edit};

/// What is done in the directory of the config file, by the programs that do it.
const ACTS: &[(&str, &str)] = &[
    ("read", "cat config.json; head -c 1 config.json; cat config.json"),
    ("listed", "ls -la . ; find . ; stat config.json"),
    ("touched", "touch config.json"),
    ("touched to an hour ago", "touch -d '1 hour ago' config.json"),
    ("chmod 0400 and back", "chmod 0400 config.json; cat config.json; chmod 0600 config.json"),
    ("the same bytes in place", "cp config.json same; cat same > config.json; rm same"),
    ("the same bytes renamed over", "cp config.json same; mv same config.json"),
    ("the same bytes renamed over, with their times", "cp -p config.json same; mv same config.json"),
];

#[test]
fn what_changes_no_byte_is_no_news() {
    let _turn = alone();
    let place = Place::with(&with_alias("alias"));
    let gateway = Logged::start(&place.file());
    let (watching, _) = Watching::start(&place.file());
    for (number, (act, script)) in ACTS.iter().enumerate() {
        // A line for each document so far; what comes after them would be about the act.
        let generation = gateway.health()["generation"].clone();
        eventually("the log is complete", || (generation == gateway.log().len()).then_some(()));
        shell(place.directory(), script);
        assert_eq!(watching.next_within(SILENCE), None, "{act}");
        let health = gateway.health();
        assert_eq!((&health["generation"], &health["status"]), (&generation, &"ok".into()), "{act}");
        assert_eq!(generation, gateway.log().len(), "{act}: {:?}", gateway.log().last());
        // The next edit is the next event.
        let alias = format!("after-{number}");
        let saved = edit(&place.file(), &alias);
        let late = gateway.served(&alias, &saved, PROMISE);
        let accepted = watching.next();
        assert_eq!(accepted["event"], "accepted", "{act}: {accepted}");
        let added = accepted["changes"].as_array().and_then(|changes| changes.last()).expect("a change");
        assert_eq!(added["pointer"], format!("/models/{alias}"), "{act}: {accepted}");
        println!("{act}: no event; {}; edit served after {late:.0?}", gateway.watch());
    }
}
