//! Random documents, and random ways to write each down.

use config_model::{
    AllowedKeys, ApiKey, Config, Document, Features, Model, Models, Problems, Retention, encode,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

/// A name that the rules allow, from the plain to the strange.
fn name() -> impl Strategy<Value = String> {
    let strange = select(vec![
        "*", "a/b", "~0", "~1", "\"", "\\", "é𝄞", "version", "a b", "\u{202e}", "{}", "[1,2]", "//",
    ]);
    prop_oneof![
        3 => "[a-z0-9-]{1,4}",
        1 => strange.prop_map(str::to_owned),
        1 => "\\PC{1,12}",
    ]
    .prop_filter("a rule", |name| {
        name.trim() == name && !name.is_empty() && !name.chars().any(char::is_control)
    })
}

fn allowed_keys() -> impl Strategy<Value = AllowedKeys> {
    let some = proptest::collection::hash_set(name().prop_filter("a star", |name| name != "*"), 0..6);
    prop_oneof![
        1 => Just(AllowedKeys::any()),
        4 => some.prop_map(|keys| AllowedKeys::only(keys.into_iter().map(ApiKey::new))),
    ]
}

fn model() -> impl Strategy<Value = Model> {
    ("[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,8}", any::<bool>(), allowed_keys())
        .prop_map(|(upstream, enabled, allowed_keys)| Model { upstream, enabled, allowed_keys })
}

fn models() -> impl Strategy<Value = Models> {
    proptest::collection::vec((name(), model()), 0..6).prop_map(|models| models.into_iter().collect())
}

fn retention() -> impl Strategy<Value = Retention> {
    let days = || prop_oneof![Just(0), Just(36_500), 0..36_500_u64];
    let bytes = prop_oneof![Just(0), Just((1 << 53) - 1), 0..1_u64 << 53];
    let random = (days(), days(), bytes).prop_map(|(events_days, traces_days, traces_max_bytes)| Retention {
        events_days,
        traces_days,
        traces_max_bytes,
    });
    prop_oneof![Just(Retention::default()), random]
}

fn features() -> impl Strategy<Value = Features> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(auth, telemetry, debug)| Features {
        auth,
        telemetry,
        debug,
    })
}

/// A document that follows every rule.
pub(crate) fn config() -> impl Strategy<Value = Config> {
    (models(), retention(), features())
        .prop_map(|(models, retention, features)| Config { models, retention, features })
        .prop_filter("a rule", |config| {
            let mut problems = Problems::none();
            config.check(&mut problems);
            problems.is_empty()
        })
}

/// Two documents, the second often near the first: some of its models are gone, some changed, some new.
pub(crate) fn change() -> impl Strategy<Value = (Config, Config)> {
    let picks = proptest::collection::vec((0..4_u8, model(), allowed_keys()), 6);
    (config(), config(), picks, any::<[bool; 3]>()).prop_map(|(old, mut new, picks, keep)| {
        for ((alias, model), (pick, other, keys)) in old.models.iter().zip(picks) {
            match pick {
                0 => new.models.shift_remove(alias),
                1 => new.models.insert(alias.clone(), model.clone()),
                2 => new.models.insert(alias.clone(), other),
                _ => new.models.insert(alias.clone(), Model { allowed_keys: keys, ..model.clone() }),
            };
        }
        let [models, retention, features] = keep;
        if models {
            new.models.clone_from(&old.models);
        }
        if retention {
            new.retention = old.retention.clone();
        }
        if features {
            new.features = old.features.clone();
        }
        (old, new)
    })
}

/// Chances, from a seed that proptest can shrink; and whether what is written down may have comments and trailing commas.
pub(crate) struct Dice(u64, bool);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed, false)
    }

    pub(crate) fn jsonc(seed: u64) -> Self {
        Self(seed, true)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// After the last entry.
    fn comma(&mut self) -> &'static str {
        if self.1 && self.below(3) == 0 { self.one(&[",", ", ", ",\n", ",// a\n"]) } else { "" }
    }

    fn blank(&mut self) -> &'static str {
        if self.1 && self.below(6) == 0 {
            return self.one(&[
                "/* \", */",
                "/**/",
                "// }]\n",
                " //\r\n",
                "\n  // \"a\": 1,\n",
                "/*\n*/",
                "// */ \t\n\n",
            ]);
        }
        self.one(&["", "", "", " ", "\n", "\r\n", "\t", "  \n\t ", "\n    "])
    }
}

/// A text of `document`, laid out at random, with members left out that are defaults, unknown fields anywhere that the
/// schema knows its fields, and any escapes.
pub(crate) fn written(document: &Config, dice: &mut Dice) -> String {
    let mut members = vec![("version".to_owned(), "1".to_owned())];
    let all: Value = serde_json::from_str(&encode(document).unwrap()).unwrap();
    let models = all["models"].clone();
    if !document.models.is_empty() || dice.below(2) == 0 {
        let inner = models.as_object().unwrap().iter().map(|(alias, model)| {
            let text = known(model, &Value::Null, dice);
            (alias.clone(), text)
        });
        let inner = inner.collect();
        members.push(("models".to_owned(), object(inner, false, dice)));
    }
    for (name, value, default) in [
        (
            "retention",
            serde_json::to_value(&document.retention).unwrap(),
            serde_json::to_value(Retention::default()).unwrap(),
        ),
        (
            "features",
            serde_json::to_value(&document.features).unwrap(),
            serde_json::to_value(Features::default()).unwrap(),
        ),
    ] {
        if value != default || dice.below(2) == 0 {
            members.push((name.to_owned(), known(&value, &default, dice)));
        }
    }
    dice.blank().to_owned() + &object(members, true, dice) + dice.blank()
}

/// An object whose fields the schema knows: some defaults are left out, some unknown fields are put in.
fn known(value: &Value, defaults: &Value, dice: &mut Dice) -> String {
    let mut members = Vec::new();
    for (name, value) in value.as_object().unwrap() {
        if defaults.get(name) != Some(value) || dice.below(2) == 0 {
            members.push((name.clone(), text(value, dice)));
        }
    }
    object(members, true, dice)
}

/// Any value, laid out at random.
pub(crate) fn text(value: &Value, dice: &mut Dice) -> String {
    match value {
        Value::String(value) => string(value, dice),
        Value::Array(elements) => {
            let elements: Vec<_> =
                elements.iter().map(|element| around(&text(element, dice), dice)).collect();
            format!(
                "[{}]",
                elements.join(",") + if elements.is_empty() { dice.blank() } else { dice.comma() }
            )
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), text(value, dice))).collect();
            object(members, false, dice)
        }
        other => other.to_string(),
    }
}

fn around(text: &str, dice: &mut Dice) -> String {
    dice.blank().to_owned() + text + dice.blank()
}

const UNKNOWN: [&str; 10] = [
    "1.50",
    "1e2",
    "-0",
    "12345678901234567890123",
    "1E-400",
    "\"\\u0041\\/\"",
    "{ \"a\":[1 ,2], \"b\" : {} }",
    "[\n\t{\"version\": 7}, 1.0,\r\n null]",
    "{\"models\": {}}",
    "\"S3ntinel\"",
];

fn object(mut members: Vec<(String, String)>, is_known: bool, dice: &mut Dice) -> String {
    for index in 0..if is_known { dice.below(3) } else { 0 } {
        members.push((format!("x-{index}"), dice.one(&UNKNOWN).to_owned()));
    }
    for index in (1..members.len()).rev() {
        let other = dice.below(index + 1);
        members.swap(index, other);
    }
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| around(&string(&name, dice), dice) + ":" + &around(&value, dice))
        .collect();
    format!("{{{}}}", members.join(",") + if members.is_empty() { dice.blank() } else { dice.comma() })
}

fn string(value: &str, dice: &mut Dice) -> String {
    let mut out = String::from("\"");
    for character in value.chars() {
        if dice.below(8) == 0 {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out += &if dice.below(2) == 0 { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
            }
        } else {
            match character {
                '"' => out += "\\\"",
                '\\' => out += "\\\\",
                '/' if dice.below(2) == 0 => out += "\\/",
                other => out.push(other),
            }
        }
    }
    out + "\""
}
