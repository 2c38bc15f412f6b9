//! The gateway's own rules: names, upstreams, and who may use which model.

use config_model::{AllowedKeys, ApiKey, Config, Model, encode};

use crate::support::{config, problems};

#[test]
fn every_rule_of_names_and_upstreams() {
    let model = |alias: &str, upstream: &str, key: &str| {
        format!(
            r#"{{"version": 1, "models": {{"{alias}": {{"upstream": "{upstream}", "enabled": true, "allowed_keys": ["{key}"]}}}}}}"#
        )
    };
    let (long, longer) = ("é".repeat(128), "é".repeat(128) + "a");
    for name in ["a", "*", "a b", "/", &long, "\\u00ad"] {
        config(&model(name, "u", name));
    }
    for name in ["", " a", "a ", "\\u00a0a", "\\u0000", "a\\u007fb", "a\\u0085b", "\\t", &longer] {
        let refused = problems(model(name, "u", name));
        assert_eq!(refused.len(), 2, "{name}: {refused}");
    }
    let (long, longer) = ("u".repeat(256), "u".repeat(257));
    for upstream in ["_", "0", "a:b/c@d+e-f.g_h", "a/../b", &long] {
        config(&model("a", upstream, "k"));
    }
    for upstream in [
        "", "-a", ".a", "/a", "http://a", "a//b", "a b", "é", "a\\u0000", "a?b", "a#b", "a\\\\b", "a%2f",
        &longer,
    ] {
        assert_eq!(problems(model("a", upstream, "k")).len(), 1, "{upstream}");
    }
    let refused = problems(model("", "", ""));
    insta::assert_snapshot!(refused, @"
    1:27: /models/: an alias must not be empty
    1:44: /models//upstream: must name a model
    1:82: /models//allowed_keys/0: a key must not be empty
    ");
    insta::assert_snapshot!(problems(model("\\u0001", "http://a", "\\u0001")), @r"
    1:27: /models/\u{1}: an alias must not hold control characters
    1:50: /models/\u{1}/upstream: must be a model id, not a URL: it has `//`
    1:96: /models/\u{1}/allowed_keys/0: a key must not hold control characters
    ");
    insta::assert_snapshot!(problems(model(" ", "-", " ")), @"
    1:27: /models/ : an alias must not start or end with white space
    1:45: /models/ /upstream: must start with a letter, a digit or `_`
    1:84: /models/ /allowed_keys/0: a key must not start or end with white space
    ");
    insta::assert_snapshot!(problems(model("a", "a b", &longer)), @"
    1:45: /models/a/upstream: must be a model id: letters, digits and `_.:/@+-`
    1:86: /models/a/allowed_keys/0: a key must be at most 256 bytes
    ");
    insta::assert_snapshot!(problems(model("a", &longer, "k")), @"1:45: /models/a/upstream: must be at most 256 bytes");
}

#[test]
fn route_says_who_may() {
    use config_model::Refusal::{Disabled, KeyNotAllowed, UnknownModel};
    let model = |enabled, allowed_keys| Model { upstream: "u".to_owned(), enabled, allowed_keys };
    let key = |key: &str| ApiKey::new(key);
    let mut config = Config::default();
    config.models.insert("open".to_owned(), model(true, AllowedKeys::any()));
    config.models.insert("shut".to_owned(), model(true, AllowedKeys::only([])));
    config.models.insert("one".to_owned(), model(true, AllowedKeys::only([key("k"), key("é")])));
    config.models.insert("star".to_owned(), model(true, AllowedKeys::only([key("*"), key("k")])));
    config.models.insert("off".to_owned(), model(false, AllowedKeys::any()));
    for (alias, presented, expected) in [
        ("none", Some("k"), Err(UnknownModel)),
        ("OPEN", Some("k"), Err(UnknownModel)),
        ("off", Some("k"), Err(Disabled)),
        ("off", None, Err(Disabled)),
        ("open", Some("k"), Ok(())),
        ("open", Some(""), Ok(())),
        ("open", None, Ok(())),
        ("open", Some("*"), Ok(())),
        ("shut", Some("k"), Err(KeyNotAllowed)),
        ("shut", Some("*"), Err(KeyNotAllowed)),
        ("shut", Some(""), Err(KeyNotAllowed)),
        ("shut", None, Err(KeyNotAllowed)),
        ("one", Some("k"), Ok(())),
        ("one", Some("é"), Ok(())),
        ("one", Some("K"), Err(KeyNotAllowed)),
        ("one", Some("k "), Err(KeyNotAllowed)),
        ("one", Some("*"), Err(KeyNotAllowed)),
        ("one", None, Err(KeyNotAllowed)),
        // Such a list is refused by the rules; made in memory, its star is nobody's.
        ("star", Some("*"), Err(KeyNotAllowed)),
        ("star", Some("other"), Err(KeyNotAllowed)),
        ("star", Some("k"), Ok(())),
        ("star", None, Err(KeyNotAllowed)),
    ] {
        assert_eq!(config.route(alias, presented).map(|_| ()), expected, "{alias} {presented:?}");
        config.features.auth = !config.features.auth;
    }
}

/// A few keys are scanned, more are found by an index: neither shows.
#[test]
fn any_number_of_keys_is_looked_up_the_same() {
    for count in [0, 1, 2, 3, 4, 5, 6, 8, 16, 1000] {
        let names: Vec<_> = (0..count).map(|index| format!("key-{index}")).collect();
        let of = |names: &[String]| AllowedKeys::only(names.iter().map(|name| ApiKey::new(name.as_str())));
        let list = of(&names);
        assert!(names.iter().all(|name| list.allows(name)));
        assert!(["", "*", "key", "key-", "Key-0", "key-1000"].iter().all(|other| !list.allows(other)));
        assert!(list.keys().iter().map(ApiKey::expose).eq(&names));
        assert_eq!(list.clone(), of(&names));
        assert_ne!(of(&[&names[..], &["more".to_owned()]].concat()), list);
        assert_eq!(format!("{list:?}"), format!("AllowedKeys({:?})", list.keys()));

        // With a star and a key that is there already.
        let starred = of(&[&names[..], &["*".to_owned(), "k".to_owned(), "k".to_owned()]].concat());
        assert!(starred.allows("k") && !starred.allows("*") && !starred.is_any());
        let mut made = Config::default();
        made.models
            .insert("a".to_owned(), Model { upstream: "u".to_owned(), enabled: true, allowed_keys: starred });
        let text = encode(&made).unwrap();
        let said: Vec<_> =
            problems(&text).iter().map(|problem| problem.pointer().as_str().to_owned()).collect();
        let place = |index: usize| format!("/models/a/allowed_keys/{index}");
        assert_eq!(said, [place(count), place(count + 2)]);
        let text = text.replace("\"*\"", "\"star\"").replacen("\"k\"", "\"l\"", 1);
        let decoded = config(&text);
        assert!(
            decoded.models["a"].allowed_keys.allows("star") && decoded.models["a"].allowed_keys.allows("l")
        );
    }
}
