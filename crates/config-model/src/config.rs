//! The gateway's schema, version 1: aliases to models, how long to keep what, and what is switched on.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError, ValidationErrorsKind};

use crate::access::AllowedKeys;
use crate::document::Document;
use crate::pointer::Pointer;
use crate::problem::{Problem, Problems};

/// The largest number that programs which read JSON numbers as doubles take exactly: 2^53 - 1.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// The config file of an API gateway.
///
/// ```
/// use config_model::{Config, decode};
/// let config = decode::<Config>(br#"{"version": 1, "features": {"debug": true}}"#)?.document;
/// assert!(config.features.debug && config.features.auth && config.models.is_empty());
/// # Ok::<(), config_model::Problems>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Config {
    /// What clients ask for, to what they get.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::models"))]
    pub models: Models,
    /// How long to keep what.
    #[serde(default)]
    pub retention: Retention,
    /// What is switched on.
    #[serde(default)]
    pub features: Features,
}

/// Models by alias, in the order of the file.
pub type Models = IndexMap<String, Model, foldhash::fast::RandomState>;

/// Where an alias leads. Every field is required: a missing `allowed_keys` must never open a model.
///
/// ```
/// use config_model::{AllowedKeys, Config, Model};
/// let mut config = Config::default();
/// let model = Model { upstream: "gpt-mini".to_owned(), enabled: true, allowed_keys: AllowedKeys::any() };
/// config.models.insert("fast".to_owned(), model);
/// assert!(config.route("fast", None).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Model {
    /// The id of the model at the upstream service; not a URL, so that no config can send requests elsewhere.
    #[validate(custom(function = "check_upstream"))]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 256), regex(pattern = crate::schema::UPSTREAM))
    )]
    pub upstream: String,
    /// Is it served?
    pub enabled: bool,
    /// Who may use it.
    pub allowed_keys: AllowedKeys,
}

/// How long to keep what; 0 keeps for ever.
///
/// ```
/// use config_model::Retention;
/// let Retention { events_days, traces_days, traces_max_bytes } = Retention::default();
/// assert_eq!((events_days, traces_days, traces_max_bytes), (90, 7, 100 << 20));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Retention {
    /// Days that events are kept: at most 36500.
    #[validate(range(max = 36500, message = "must be at most 36500 days; 0 keeps for ever"))]
    pub events_days: u64,
    /// Days that traces are kept: at most 36500.
    #[validate(range(max = 36500, message = "must be at most 36500 days; 0 keeps for ever"))]
    pub traces_days: u64,
    /// Bytes of traces that are kept: at most 2^53 - 1.
    #[validate(range(max = MAX_EXACT, message = "must be at most 9007199254740991 bytes (2^53 - 1); 0 is no limit"))]
    pub traces_max_bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { events_days: 90, traces_days: 7, traces_max_bytes: 100 << 20 }
    }
}

/// What is switched on.
///
/// ```
/// use config_model::Features;
/// assert_eq!(Features::default(), Features { auth: true, telemetry: false, debug: false });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Features {
    /// Every caller must present a key.
    pub auth: bool,
    /// Usage is reported.
    pub telemetry: bool,
    /// More is logged.
    pub debug: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { auth: true, telemetry: false, debug: false }
    }
}

impl Document for Config {
    const VERSION: u32 = 1;
    const SECRETS: &'static [&'static str] = &["/models/*/allowed_keys"];
    const SCHEMA: Option<&'static str> = Some("./config.schema.json");

    fn seed() -> Self {
        Self::default()
    }

    fn check(&self, problems: &mut Problems) {
        let models = Pointer::root().key("models");
        for (alias, model) in &self.models {
            if problems.is_full() {
                break;
            }
            if let Some(message) = check_name(alias) {
                problems.push(Problem::rule(models.key(alias), format!("an alias {message}")).about_key());
            }
            validate(model, || models.key(alias), problems);
            model.allowed_keys.check(|| models.key(alias).key("allowed_keys"), problems);
        }
        validate(&self.retention, || Pointer::root().key("retention"), problems);
    }
}

/// Turns what `validator` finds into problems. Its parameters hold the values found: they are not looked at.
fn validate(part: &impl Validate, at: impl Fn() -> Pointer, problems: &mut Problems) {
    let Err(errors) = part.validate() else { return };
    let mut fields: Vec<_> = errors.into_errors().into_iter().collect();
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (field, kind) in fields {
        let ValidationErrorsKind::Field(errors) = kind else {
            continue;
        };
        for error in errors {
            let message = error.message.unwrap_or(Cow::Borrowed("is not valid"));
            problems.push(Problem::rule(at().key(&field), message));
        }
    }
}

fn check_upstream(upstream: &str) -> Result<(), ValidationError> {
    let is_first = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_inner = |byte: u8| is_first(byte) | matches!(byte, b'.' | b':' | b'/' | b'@' | b'+' | b'-');
    let is_scheme = |pair: &[u8; 2]| pair == b"//";
    let has_scheme = !all(upstream.as_bytes().array_windows(), |pair| !is_scheme(pair));
    let message = if upstream.is_empty() {
        "must name a model"
    } else if upstream.len() > 256 {
        "must be at most 256 bytes"
    } else if has_scheme {
        "must be a model id, not a URL: it has `//`"
    } else if !upstream.bytes().next().is_some_and(is_first) {
        "must start with a letter, a digit or `_`"
    } else if !all(upstream.bytes(), is_inner) {
        "must be a model id: letters, digits and `_.:/@+-`"
    } else {
        return Ok(());
    };
    Err(ValidationError::new("upstream").with_message(Cow::Borrowed(message)))
}

/// What is wrong with an alias or a key, which people type and copy.
pub(crate) fn check_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("must not be empty")
    } else if name.len() <= 256 && all(name.bytes(), |byte| byte.is_ascii_graphic()) {
        // As nearly every one is: the rest looks at each character.
        None
    } else if name.len() > 256 {
        Some("must be at most 256 bytes")
    } else if name.chars().any(char::is_control) {
        Some("must not hold control characters")
    } else if name.trim() != name {
        Some("must not start or end with white space")
    } else {
        None
    }
}

/// Without an end before the last one, which lets the compiler look at many bytes at once.
fn all<T>(bytes: impl Iterator<Item = T>, is_right: impl Fn(T) -> bool) -> bool {
    bytes.fold(true, |all, byte| all & is_right(byte))
}
