//! A gateway's config as a developer derives it who has only serde.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what counts is whether it can be read")]
pub(crate) struct Plain {
    version: u32,
    #[serde(default)]
    models: HashMap<String, Model>,
    #[serde(default)]
    retention: Retention,
    #[serde(default)]
    features: Features,
    /// Where the corpus puts its values: any JSON.
    #[serde(default, rename = "x-note")]
    note: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what counts is whether it can be read")]
struct Model {
    upstream: String,
    enabled: bool,
    allowed_keys: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Retention {
    events_days: u64,
    traces_days: u64,
    traces_max_bytes: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Features {
    auth: bool,
    telemetry: bool,
    debug: bool,
}
