//! No key is in any error, event, status, `Debug` output or log line.

use std::error::Error;
use std::fmt::{Debug, Display, Write as _};
use std::time::Duration;

use config_model::{AllowedKeys, ApiKey, Config, Model, Pointer, Problem};
use config_store::{OpenError, Options, Store, UpdateError};

use super::recorded;
use super::schemas::Service;
use super::support::{Scratch, chain, put, set_mode};

const KEY: &str = "sk-sentinel-4c1f09";

/// Everything that was said in a test, in any way.
#[derive(Default)]
struct Said(String);

impl Said {
    fn debug(&mut self, value: &impl Debug) {
        writeln!(self.0, "{value:?}\n{value:#?}").unwrap();
    }

    fn error(&mut self, error: &impl Error) {
        self.debug(error);
        writeln!(self.0, "{}", chain(error)).unwrap();
    }

    fn display(&mut self, value: impl Display) {
        writeln!(self.0, "{value}").unwrap();
    }

    fn store(&mut self, store: &Store<Config>) {
        self.debug(store);
        self.debug(&store.snapshot());
        self.debug(&store.status());
        self.debug(store.snapshot().warnings());
    }
}

/// Texts with the key in them that are not accepted, and with it in places where it does not belong.
fn broken() -> Vec<String> {
    let keys = |keys: &str| {
        format!(
            "{{\"version\": 1, \"models\": {{\"fast\": {{\"upstream\": \"m\", \"enabled\": true, \"allowed_keys\": {keys}}}}}}}"
        )
    };
    let good = keys(&format!("[\"{KEY}\"]"));
    let mut texts: Vec<_> = [
        "[\"KEY\", \"KEY\"]",
        "[\"KEY\", \"*\"]",
        "[\" KEY\"]",
        "[\"KEY\\u0007\"]",
        "[\"KEY\", 1]",
        "[\"KEY\", {\"KEY\": 1}]",
        "{\"KEY\": true}",
        "{\"KEY\": 1, \"KEY\": 2}",
        "\"KEY\"",
        "[[\"KEY\"]]",
        "[\"KEY\" \"KEY\"]",
        "[KEY]",
        "[\"KEY]",
        "[\"KEY\\q\"]",
        "['KEY']",
    ]
    .iter()
    .map(|text| keys(&text.replace("KEY", KEY)))
    .collect();
    let at = good.find(KEY).unwrap();
    texts.extend(
        [at + 5, at + KEY.len(), at + KEY.len() + 1, good.len() - 1].map(|end| good[..end].to_owned()),
    );
    texts.push(format!("{good}{good}"));
    texts.push(good.replace("\"version\": 1", "\"version\": 2"));
    texts.push(good.replace("\"version\": 1", &format!("\"version\": \"{KEY}\"")));
    texts.push(good.replace("\"enabled\": true", &format!("\"enabled\": \"{KEY}\"")));
    texts.push(good.replace("\"m\"", &format!("\"http://{KEY}\"")));
    texts.push(good.replace("\"m\"", &format!("[\"{KEY}\"]")));
    texts
}

fn good() -> String {
    format!(
        "{{\"version\": 1, \"note\": \"{KEY}\", \"models\": {{\"fast\": {{\"upstream\": \"m\", \"enabled\": true, \"allowed_keys\": [\"{KEY}\"]}}}}}}"
    )
}

#[test]
fn no_key_is_ever_said() {
    recorded::start();
    let mut said = Said::default();
    opening(&mut said);
    serving(&mut said);
    updating(&mut said);
    migrating(&mut said);
    laying_over(&mut said);
    assert!(said.0.len() > 10_000, "something was said");
    let log = recorded::text();
    for text in [&said.0, &log] {
        let at = text.find("sentinel").map(|at| &text[at.saturating_sub(300)..at]);
        assert!(at.is_none(), "...{}[KEY]", at.unwrap_or_default());
    }
    for line in
        ["config opened", "config accepted", "config rejected", "config restored", "others than its owner"]
    {
        assert!(log.contains(line), "not logged: {line}");
    }
}

fn opening(said: &mut Said) {
    for text in broken() {
        let scratch = Scratch::with(&text);
        let error: OpenError = Store::<Config>::open(scratch.config()).unwrap_err();
        said.error(&error);
        let rejection = Options::<Config>::new().read(scratch.config()).err().unwrap();
        said.error(&rejection);
    }
}

fn serving(said: &mut Said) {
    let scratch = Scratch::with(good());
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    said.store(&store);
    for text in broken() {
        put(&scratch.config(), text);
        said.error(&store.reload().unwrap_err());
        said.store(&store);
        let error = store.update(|config| config.features.debug = true).unwrap_err();
        assert!(matches!(error, UpdateError::OnDisk(_)), "{error:?}");
        said.error(&error);
        put(&scratch.config(), good());
        store.reload().unwrap();
    }
    set_mode(&scratch.config(), 0o644);
    store.reload().unwrap();
    put(&scratch.config(), good().replace(KEY, &format!("{KEY}-2")));
    store.reload().unwrap();
    for event in std::iter::from_fn(|| events.next_within(Duration::ZERO)) {
        said.debug(&event);
        if let config_store::Event::Accepted(change) = event {
            said.display(change.diff());
            said.debug(&change.diff());
        }
    }
}

fn updating(said: &mut Said) {
    let scratch = Scratch::with(good());
    let store = scratch.quick::<Config>();
    let (mut changes, first) = (store.subscribe(), store.snapshot().revision());
    let model = |upstream: &str, keys: &[&str]| Model {
        upstream: upstream.to_owned(),
        enabled: true,
        allowed_keys: AllowedKeys::only(keys.iter().map(|key| ApiKey::new(*key))),
    };
    let refused = [model(KEY, &[KEY, KEY]), model("m", &[KEY, " "]), model(&format!("//{KEY}"), &[KEY, "*"])];
    for model in refused {
        let error = store.update(|config| drop(config.models.insert("x".into(), model.clone()))).unwrap_err();
        assert!(matches!(error, UpdateError::Refused(_)), "{error:?}");
        said.error(&error);
    }
    for text in broken() {
        said.error(&store.update_text(None, |_, _| Ok::<_, UpdateError>(text.clone())).unwrap_err());
    }
    store.update(|config| drop(config.models.insert("y".into(), model("m", &[KEY, "other"])))).unwrap();
    let change = changes.next_within(super::support::LONG).unwrap();
    said.debug(&change);
    said.display(change.diff());
    said.error(&store.update_if(first, |_| {}).unwrap_err());
    std::fs::remove_file(scratch.config()).unwrap();
    said.error(&store.update(|config| config.features.debug = true).unwrap_err());
    said.error(&store.reload().unwrap_err());
    said.store(&store);
}

fn migrating(said: &mut Said) {
    let old = format!("{{\"version\": 1, \"timeout\": 30, \"token\": \"{KEY}\"}}");
    for text in [old.replace("30", "0"), old.replace("30", &format!("\"{KEY}\""))] {
        said.error(&Store::<Service>::open(Scratch::with(text).config()).unwrap_err());
    }
    let scratch = Scratch::with(&old);
    let store: Store<Service> = scratch.unwatched();
    assert_eq!(store.snapshot().token, KEY);
    said.debug(&store);
    said.debug(&store.status());
}

/// What a program lays over the file may be a key from its environment; what it says no to may be in the place of one.
fn laying_over(said: &mut Said) {
    let place = || Pointer::root().key("models").key("x").key("allowed_keys").key(KEY);
    let model = |keys: &[&str]| Model {
        upstream: "m".to_owned(),
        enabled: true,
        allowed_keys: AllowedKeys::only(keys.iter().map(|key| ApiKey::new(*key))),
    };
    let (one, twice) = (model(&[KEY]), model(&[KEY, KEY]));
    let scratch = Scratch::with(good());
    let options = Options::new().watch(None).verify(move |old: Option<&Config>, _: &Config| {
        old.map_or(Ok(()), |_| Err(Problem::veto(place(), "is not taken")))
    });
    said.debug(&options);
    let store = options.open(scratch.config()).unwrap();
    said.error(&store.overlay(|config| config.features.debug = true).unwrap_err());
    said.error(&store.update(|config| config.features.debug = true).unwrap_err());
    put(&scratch.config(), good().replace("\"m\"", "\"n\""));
    said.error(&store.reload().unwrap_err());
    said.store(&store);
    let store = Scratch::with(good()).unwatched::<Config>();
    let mut changes = store.subscribe();
    said.error(
        &store.overlay(move |config| drop(config.models.insert("x".into(), twice.clone()))).unwrap_err(),
    );
    store.overlay(move |config| drop(config.models.insert("x".into(), one.clone()))).unwrap();
    let change = changes.next_within(super::support::LONG).unwrap();
    said.debug(&change);
    said.display(change.diff());
    said.store(&store);
    let part = store.subscribe_to(|config| &config.models);
    said.debug(&part);
}
