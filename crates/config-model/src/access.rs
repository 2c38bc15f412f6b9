//! Who may use a model: the keys, and the way from an alias and a key to a model.

use std::fmt;
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::config::{Config, Model, check_name};
use crate::pointer::Pointer;
use crate::problem::{Problem, Problems};
use crate::writer;

/// A caller's secret key. `Debug` does not show it, there is no `Display`; only [`expose`](Self::expose) and the
/// writer of the config file see it.
///
/// Serializing it with anything but that writer is an error: a config that someone puts into a log line or an answer as
/// JSON gives nothing away. It is an error and no mask, since a mask that found its way into a file would be a key.
///
/// ```
/// let key = config_model::ApiKey::new("sk-1");
/// assert!(serde_json::to_string(&key).is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(Box<str>);

impl ApiKey {
    /// A key from its text. Its rules are checked with the document that it is put in.
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self(key.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Serialize for ApiKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !writer::is_writing() {
            return Err(S::Error::custom(
                "a key is written by the config's writer alone: mask it, or expose it",
            ));
        }
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// The keys that may use a model: `["*"]` is any key, `[]` is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowedKeys(Vec<ApiKey>);

impl AllowedKeys {
    /// Any key: `["*"]`.
    pub fn any() -> Self {
        Self(vec![ApiKey::new("*")])
    }

    /// These keys and no others; none at all is nobody.
    pub fn only(keys: impl IntoIterator<Item = ApiKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Does any key pass?
    pub fn is_any(&self) -> bool {
        matches!(self.0.as_slice(), [only] if only.expose() == "*")
    }

    /// May `key` pass? A `*` among other keys is no wildcard, and nobody's key.
    pub fn allows(&self, key: &str) -> bool {
        self.is_any() || (key != "*" && self.0.iter().any(|allowed| allowed.expose() == key))
    }

    /// The keys as listed.
    pub fn keys(&self) -> &[ApiKey] {
        &self.0
    }

    /// The indexes of keys that were listed before, in order. Hashes are sorted, not keys put into a set: a text of
    /// millions of tiny keys is not to take several times its memory once more.
    fn repeated(&self) -> Vec<u32> {
        // Seeded, so that no file can be written whose keys all collide.
        let hasher = RandomState::default();
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is one too")]
        let hash = |key: &ApiKey| hasher.hash_one(key) as u32;
        let mut seen: Vec<(u32, u32)> = self.0.iter().map(hash).zip(0..).collect();
        seen.sort_unstable();
        let key = |index: u32| self.0.get(index as usize);
        let mut repeated = Vec::new();
        for same in seen.chunk_by_mut(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
            // Keys by value, the first one of each first.
            same.sort_by(|one, other| key(one.1).map(ApiKey::expose).cmp(&key(other.1).map(ApiKey::expose)));
            let pairs = same.windows(2).filter_map(|pair| match pair {
                [first, second] if key(first.1) == key(second.1) => Some(second.1),
                _ => None,
            });
            repeated.extend(pairs);
        }
        repeated.sort_unstable();
        repeated
    }

    pub(crate) fn check(&self, at: &Pointer, problems: &mut Problems) {
        if self.is_any() {
            return;
        }
        let repeated = self.repeated();
        for (index, key) in self.0.iter().enumerate() {
            if problems.is_full() {
                break;
            }
            let problem = |message: &str| Problem::rule(at.index(index), message);
            if key.expose() == "*" {
                let help = "write [\"*\"] alone for any key, or list the keys without it";
                problems.push(problem("`*` stands beside other keys").with_help(help));
            } else if let Some(message) = check_name(key.expose()) {
                problems.push(problem(&format!("a key {message}")));
            }
            if u32::try_from(index).is_ok_and(|index| repeated.binary_search(&index).is_ok()) {
                problems.push(problem("this key is listed twice").with_help("remove one of the two"));
            }
        }
    }
}

/// Why a request gets no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No model has this alias.
    #[error("no model has this alias")]
    UnknownModel,
    /// The model is switched off.
    #[error("the model is disabled")]
    Disabled,
    /// The model's `allowed_keys` does not list the caller's key, or the caller has none.
    #[error("the key may not use this model")]
    KeyNotAllowed,
}

impl Config {
    /// The model behind `alias`, for a caller with `key`.
    ///
    /// `allowed_keys` holds whether or not `features.auth` asks every caller for a key: without a key, only a model
    /// that is open to any key is reached.
    ///
    /// ```
    /// use config_model::{Config, Refusal, decode};
    /// let config = decode::<Config>(br#"{"version": 1, "models": {
    ///     "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["key-1"]}}}"#).unwrap().document;
    /// assert_eq!(config.route("fast", Some("key-1")).unwrap().upstream, "gpt-mini");
    /// assert_eq!(config.route("fast", Some("key-2")), Err(Refusal::KeyNotAllowed));
    /// assert_eq!(config.route("slow", Some("key-1")), Err(Refusal::UnknownModel));
    /// ```
    pub fn route(&self, alias: &str, key: Option<&str>) -> Result<&Model, Refusal> {
        let model = self.models.get(alias).ok_or(Refusal::UnknownModel)?;
        if !model.enabled {
            return Err(Refusal::Disabled);
        }
        let allowed = key.map_or_else(|| model.allowed_keys.is_any(), |key| model.allowed_keys.allows(key));
        if allowed { Ok(model) } else { Err(Refusal::KeyNotAllowed) }
    }
}
