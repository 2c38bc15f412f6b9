//! Who may use a model: the keys, and the way from an alias and a key to a model.

use std::fmt;
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use serde::de::{SeqAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// The most keys that are scanned: among more, a hash is faster.
const SCANNED: usize = 4;

/// The keys that may use a model: `["*"]` is any key, `[]` is nobody.
///
/// Whether a key is among them takes about the same time however many they are.
///
/// ```
/// use config_model::{AllowedKeys, ApiKey};
/// assert!(AllowedKeys::any().allows("whatever"));
/// let some = AllowedKeys::only([ApiKey::new("key-1")]);
/// assert!(some.allows("key-1") && !some.allows("key-2") && !some.allows("*"));
/// assert!(!AllowedKeys::only([]).allows("key-1"));
/// ```
#[derive(Clone, Default)]
pub struct AllowedKeys {
    keys: Box<[ApiKey]>,
    /// Of more keys than are scanned.
    index: Option<Box<Index>>,
}

/// Where each key is listed first.
#[derive(Clone)]
struct Index {
    places: HashTable<u32>,
    /// Seeded, so that no file can be written whose keys all collide.
    hasher: RandomState,
}

impl Index {
    fn of(keys: &[ApiKey]) -> Option<Box<Self>> {
        if keys.len() <= SCANNED || u32::try_from(keys.len()).is_err() {
            return None;
        }
        let hasher = RandomState::default();
        let mut places = HashTable::with_capacity(keys.len());
        let hash = |place: &u32| hasher.hash_one(exposed(keys, *place));
        for (place, key) in (0..).zip(keys) {
            let is_same = |other: &u32| exposed(keys, *other) == key.expose();
            places.entry(hash(&place), is_same, hash).or_insert(place);
        }
        Some(Box::new(Self { places, hasher }))
    }
}

fn exposed(keys: &[ApiKey], place: u32) -> &str {
    keys.get(place as usize).map(ApiKey::expose).unwrap_or_default()
}

impl AllowedKeys {
    fn new(keys: Vec<ApiKey>) -> Self {
        let keys = keys.into_boxed_slice();
        Self { index: Index::of(&keys), keys }
    }

    /// Any key: `["*"]`.
    pub fn any() -> Self {
        Self::new(vec![ApiKey::new("*")])
    }

    /// These keys and no others; none at all is nobody.
    pub fn only(keys: impl IntoIterator<Item = ApiKey>) -> Self {
        Self::new(keys.into_iter().collect())
    }

    /// Does any key pass?
    pub fn is_any(&self) -> bool {
        matches!(&*self.keys, [only] if only.expose() == "*")
    }

    /// May `key` pass? A `*` among other keys is no wildcard, and nobody's key.
    pub fn allows(&self, key: &str) -> bool {
        self.is_any() || (key != "*" && self.place_of(key).is_some())
    }

    /// The keys as listed.
    pub fn keys(&self) -> &[ApiKey] {
        &self.keys
    }

    /// Where `key` is listed first.
    fn place_of(&self, key: &str) -> Option<usize> {
        let Some(index) = &self.index else {
            return self.keys.iter().position(|listed| listed.expose() == key);
        };
        let is_it = |place: &u32| exposed(&self.keys, *place) == key;
        index.places.find(index.hasher.hash_one(key), is_it).map(|place| *place as usize)
    }

    /// Is a key listed twice?
    fn has_repeated(&self) -> bool {
        match &self.index {
            Some(index) => index.places.len() < self.keys.len(),
            None => {
                self.keys.iter().enumerate().any(|(place, key)| self.place_of(key.expose()) != Some(place))
            }
        }
    }

    /// What is wrong with the keys, whose place is made when there is something.
    pub(crate) fn check(&self, at: impl Fn() -> Pointer, problems: &mut Problems) {
        let is_good = |key: &ApiKey| key.expose() != "*" && check_name(key.expose()).is_none();
        if self.is_any() || (self.keys.iter().all(is_good) && !self.has_repeated()) {
            return;
        }
        let at = at();
        for (place, key) in self.keys.iter().enumerate() {
            if problems.is_full() {
                break;
            }
            let problem = |message: &str| Problem::rule(at.index(place), message);
            if key.expose() == "*" {
                let help = "write [\"*\"] alone for any key, or list the keys without it";
                problems.push(problem("`*` stands beside other keys").with_help(help));
            } else if let Some(message) = check_name(key.expose()) {
                problems.push(problem(&format!("a key {message}")));
            }
            if self.place_of(key.expose()) != Some(place) {
                problems.push(problem("this key is listed twice").with_help("remove one of the two"));
            }
        }
    }
}

/// The keys make it, not how they are looked up.
impl PartialEq for AllowedKeys {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl Eq for AllowedKeys {}

impl fmt::Debug for AllowedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowedKeys").field(&self.keys).finish()
    }
}

impl Serialize for AllowedKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.keys.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AllowedKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(KeysVisitor).map(Self::new)
    }
}

/// As for a `Vec`, but that the list of a single key, which most are, has room for one.
struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Vec<ApiKey>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut listed: A) -> Result<Vec<ApiKey>, A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = listed.next_element()? {
            if keys.is_empty() {
                keys.reserve_exact(1);
            }
            keys.push(key);
        }
        Ok(keys)
    }
}

/// Why a request gets no model.
///
/// ```
/// use config_model::{Config, Document as _, Refusal};
/// let config = Config::seed();
/// assert_eq!(config.route("fast", Some("key-1")), Err(Refusal::UnknownModel));
/// ```
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
