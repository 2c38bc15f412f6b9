//! What `update` writes, and what it leaves alone.

use config_model::{AllowedKeys, Config, Model, decode};
use config_store::{Cause, Revision, UpdateError};

use super::support::{Scratch, accepted, days, events_days, identity, mode, put, set_mode, silent};

#[test]
fn what_is_returned_is_on_disk_and_served() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    for days in 1..20 {
        let after = store.update(|config| config.retention.events_days = days).unwrap();
        let bytes = std::fs::read(scratch.config()).unwrap();
        assert_eq!(after.retention.events_days, days);
        assert_eq!(decode::<Config>(&bytes).unwrap().document, *after);
        assert_eq!((after.revision(), after.generation()), (Revision::of(&bytes), days + 1));
        assert_eq!(store.snapshot().generation(), after.generation());
    }
    assert_eq!(scratch.names(), [".config.json.lock", "config.json"]);
}

#[test]
fn only_the_bytes_of_what_changes_change() {
    let text = "{\t\"x-first\": [1e2, \"\\u0041\"],\r\n\t\"features\" : {\"debug\":false, \"x\": {} },\r\n\t\"models\": {},\r\n\t\"version\": 1 ,\r\n\t\"last\": null}";
    let scratch = Scratch::with(text);
    let store = scratch.unwatched::<Config>();
    store.update(|config| config.features.debug = true).unwrap();
    assert_eq!(scratch.text(), text.replace("false", "true"));
    assert_eq!(store.snapshot().warnings().len(), 3, "{}", store.snapshot().warnings());
    store.update(|config| config.features.debug = false).unwrap();
    assert_eq!(scratch.text(), text);
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    let before = identity(&scratch.config());
    let snapshot = store.update(|_| {}).unwrap();
    assert_eq!(snapshot.generation(), 1);
    store.update(|config| config.retention.events_days = 5).unwrap();
    store.update_if(snapshot.revision(), |config| config.features.auth = true).unwrap();
    store.update_text::<UpdateError>(None, |text, _| Ok(text.to_owned())).unwrap();
    assert_eq!(identity(&scratch.config()), before);
    silent(&store, &mut events);
}

#[test]
fn a_wide_mode_is_closed_by_an_update() {
    let scratch = Scratch::with(days(5));
    set_mode(&scratch.config(), 0o644);
    let store = scratch.unwatched::<Config>();
    assert_eq!(store.status().warnings.len(), 1);
    store.update(|_| {}).unwrap();
    assert_eq!(mode(&scratch.config()), 0o644, "what changes nothing writes nothing");
    store.update(|config| config.features.debug = true).unwrap();
    assert_eq!((mode(&scratch.config()), store.status().warnings.len()), (0o600, 0));
}

#[test]
fn compare_and_swap_goes_by_what_is_on_disk() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let first = store.snapshot().revision();
    let second = store.update_if(first, |config| config.features.debug = true).unwrap().revision();
    let error = store.update_if(first, |_| panic!("not to be called")).unwrap_err();
    assert!(
        matches!(error, UpdateError::Conflict { expected, found } if expected == first && found == second),
        "{error:?}"
    );
    // An edit that memory does not know of yet: its revision is the right one, the one served is not.
    put(&scratch.config(), days(7));
    let third = Revision::of(days(7).as_bytes());
    let error = store.update_if(second, |_| panic!("not to be called")).unwrap_err();
    assert!(matches!(error, UpdateError::Conflict { found, .. } if found == third), "{error:?}");
    assert_eq!(scratch.text(), days(7));
    let after = store.update_if(third, |config| config.retention.events_days += 1).unwrap();
    assert_eq!((after.retention.events_days, scratch.text()), (8, days(8)));
}

#[test]
fn a_text_may_change_what_the_schema_does_not_know() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    let with_note = |text: &str, config: &Config| {
        assert_eq!(config.retention.events_days, 5);
        Ok::<_, UpdateError>(text.replace("\"version\": 1", "\"version\": 1, \"note\": \"mine\""))
    };
    let revision = store.snapshot().revision();
    let after = store.update_text(Some(revision), with_note).unwrap();
    assert!(scratch.text().contains("mine"));
    assert_eq!((after.warnings().len(), after.generation()), (1, 2));
    let change = accepted(&mut events);
    assert_eq!(change.cause(), Cause::Update);
    assert!(change.diff().is_empty(), "the schema sees no difference");
    let error = store.update_text(Some(revision), with_note).unwrap_err();
    assert!(matches!(error, UpdateError::Conflict { .. }), "{error:?}");
    silent(&store, &mut events);
}

#[derive(Debug)]
enum MyError {
    Mine,
    Update(UpdateError),
}

impl From<UpdateError> for MyError {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

#[test]
fn a_text_edit_may_fail_for_its_own_reasons() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let before = identity(&scratch.config());
    let error = store.update_text(None, |_, _| Err(MyError::Mine)).unwrap_err();
    assert!(matches!(error, MyError::Mine));
    for broken in ["", "{", "{\"version\": 1, \"models\": 1}", "{\"version\": 2}"] {
        let error = store.update_text(None, |_, _| Ok::<_, MyError>(broken.to_owned())).unwrap_err();
        assert!(matches!(error, MyError::Update(UpdateError::Refused(_))), "{error:?}");
    }
    assert_eq!(identity(&scratch.config()), before);
}

#[test]
fn models_come_and_go() {
    let scratch = Scratch::new();
    let store = scratch.unwatched::<Config>();
    let model = Model { upstream: "gpt".into(), enabled: true, allowed_keys: AllowedKeys::any() };
    for alias in ["fast", "slow", "ключ", "a/b~c", "\"quoted\""] {
        store.update(|config| drop(config.models.insert(alias.into(), model.clone()))).unwrap();
    }
    let again = scratch.unwatched::<Config>();
    assert_eq!(*again.snapshot(), *store.snapshot());
    assert_eq!(again.snapshot().models.len(), 5);
    store.update(|config| config.models.clear()).unwrap();
    assert!(scratch.unwatched::<Config>().snapshot().models.is_empty());
    assert_eq!(events_days(&store), 90);
}
