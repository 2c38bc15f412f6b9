//! Config files of any size.

use config_model::{AllowedKeys, ApiKey, Config, EncodeError, Model, Retention, encode};

/// The gateway's config with so many aliases, each with one key. Five of them make 1 KB, 100,000 make 15 MB.
pub(crate) fn config(aliases: usize) -> Config {
    let model = |number: usize| {
        let allowed_keys = AllowedKeys::only([ApiKey::new(key(number))]);
        (alias(number), Model { upstream: format!("vendor/model-{number:06}"), enabled: true, allowed_keys })
    };
    Config { models: (0..aliases).map(model).collect(), ..Config::default() }
}

pub(crate) fn alias(number: usize) -> String {
    format!("alias-{number:06}")
}

/// The key of that alias.
pub(crate) fn key(number: usize) -> String {
    format!("key-{number:06}-abcdefghijklmnop")
}

/// `sample` as text, with this many days of events: what tells one content from another.
pub(crate) fn text(sample: &Config, days: u64) -> Result<String, EncodeError> {
    let retention = Retention { events_days: days, ..sample.retention.clone() };
    encode(&Config { retention, ..sample.clone() })
}
