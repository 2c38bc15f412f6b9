//! A JSON Schema of a document: what the decoder and the rules say, as far as a schema can.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::access::AllowedKeys;
use crate::config::Model;
use crate::document::Document;
use crate::pointer::tokens;

/// An upstream's id: ASCII, and no `//`.
pub(crate) const UPSTREAM: &str = "^[A-Za-z0-9_](/?[A-Za-z0-9_.:@+-])*/?$";

/// An alias or a key: no control characters, and no white space at its ends. The classes are spelt out, since `\s` is not the
/// same in each engine.
const NAME: &str = concat!(
    "^[^\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]",
    "([^\\x00-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000])?$"
);

/// The JSON Schema (draft 2020-12) of the files that hold a `D`: for editors, which complete and check with it, and for whatever
/// writes such files.
///
/// It says what the decoder says of types, of fields that are required or have a default, and what the type's own schema says
/// of the rules; `version` is that of the schema, and what [`Document::SECRETS`] lists is `writeOnly`. Unknown fields are
/// allowed, as they only warn, unless it is `strict`.
///
/// It cannot say all: [`Document::check`] may compare values with each other; a length is counted in characters here, in bytes
/// there; `1.0` is a whole number for JSON Schema; and a file of an older version is migrated, not refused.
///
/// ```
/// let schema = config_model::schema::<config_model::Config>(false);
/// assert_eq!(schema["properties"]["retention"]["properties"]["events_days"]["maximum"], 36500);
/// ```
pub fn schema<D: Document + JsonSchema>(strict: bool) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<D>().to_value();
    without_examples(&mut schema);
    of_the_format(&mut schema, D::VERSION);
    for pattern in D::SECRETS {
        let pattern: Vec<_> = tokens(pattern).collect();
        write_only(&mut schema, "", &pattern);
    }
    if strict {
        let root = schema.clone();
        close(&mut schema, &root, Stands::Alone);
    }
    schema
}

/// A type's documentation may go on with Rust code, which is nothing for who edits a file.
fn without_examples(schema: &mut Value) {
    match schema {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if name == "description" => {
                let prose = text.split("```").next().unwrap_or_default().trim_end().len();
                text.truncate(prose);
            }
            other => without_examples(other),
        }),
        Value::Array(values) => values.iter_mut().for_each(without_examples),
        _ => {}
    }
}

/// What every document has, whatever its type.
fn of_the_format(schema: &mut Value, version: u32) {
    let Value::Object(members) = schema else { return };
    let mut properties = Map::new();
    properties.insert("$schema".to_owned(), json!({"description": "Where this schema is, for editors."}));
    let of_file =
        json!({"description": "The version of the file's format.", "type": "integer", "const": version});
    properties.insert("version".to_owned(), of_file);
    if let Some(Value::Object(own)) = members.remove("properties") {
        // A type may have a field of its own for either.
        own.into_iter().filter(|(name, _)| name != "version").for_each(|(name, property)| {
            properties.insert(name, property);
        });
    }
    members.insert("properties".to_owned(), Value::Object(properties));
    let required = members.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required
        && !required.iter().any(|name| name == "version")
    {
        required.insert(0, json!("version"));
    }
}

/// Marks what a pattern of secrets leads to, from the place `at` on.
fn write_only(root: &mut Value, at: &str, pattern: &[Cow<'_, str>]) {
    let Some(Value::Object(members)) = root.pointer_mut(at) else { return };
    let Some((token, rest)) = pattern.split_first() else {
        members.insert("writeOnly".to_owned(), Value::Bool(true));
        return;
    };
    let (mut inner, mut same) = (Vec::new(), Vec::new());
    for (keyword, value) in members.iter() {
        let below = |name: &str| format!("{at}/{keyword}/{}", name.replace('~', "~0").replace('/', "~1"));
        let is_meant = |name: &str| token == "*" || token == name;
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                inner.extend(properties.keys().filter(|name| is_meant(name)).map(|name| below(name)));
            }
            ("prefixItems", Value::Array(items)) => {
                let places = (0..items.len()).map(|index| index.to_string());
                inner.extend(places.filter(|index| is_meant(index)).map(|index| below(&index)));
            }
            ("patternProperties", Value::Object(patterns)) if token == "*" => {
                inner.extend(patterns.keys().map(|name| below(name)));
            }
            ("additionalProperties" | "items", _) if token == "*" => inner.push(format!("{at}/{keyword}")),
            // An optional value, or one of several; of a type that holds itself.
            ("anyOf" | "oneOf" | "allOf", Value::Array(several)) => {
                same.extend((0..several.len()).map(|index| below(&index.to_string())));
            }
            ("$ref", Value::String(to)) => same.extend(to.strip_prefix('#').map(str::to_owned)),
            _ => {}
        }
    }
    for place in inner {
        write_only(root, &place, rest);
    }
    for place in same.iter().filter(|place| *place != at) {
        write_only(root, place, pattern);
    }
}

/// What makes one object of the fields of several schemas.
const COMPOSED: [&str; 4] = ["anyOf", "oneOf", "allOf", "$ref"];

/// What schema stands for a value, of which there may be more in the same place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Alone,
    WithOthers,
}

/// Refuses unknown fields. Of an object that several schemas describe, such as a variant and what all have in common, none of
/// them knows all fields: only the outermost may say that there are no others.
fn close(schema: &mut Value, root: &Value, stands: Stands) {
    let is_closed = stands == Stands::Alone && knows_fields(schema, root, 0);
    let Value::Object(members) = schema else { return };
    if is_closed && !members.contains_key("additionalProperties") {
        let is_composed = COMPOSED.iter().any(|keyword| members.contains_key(*keyword));
        let keyword = if is_composed { "unevaluatedProperties" } else { "additionalProperties" };
        members.insert(keyword.to_owned(), Value::Bool(false));
    }
    for (keyword, value) in members.iter_mut() {
        let stands = match keyword.as_str() {
            "properties" | "patternProperties" | "prefixItems" | "items" | "additionalProperties" => {
                Stands::Alone
            }
            "anyOf" | "oneOf" | "allOf" | "$defs" => Stands::WithOthers,
            _ => continue,
        };
        match (keyword.as_str(), value) {
            ("items" | "additionalProperties", value) => close(value, root, stands),
            (_, Value::Object(named)) => named.values_mut().for_each(|value| close(value, root, stands)),
            (_, Value::Array(several)) => several.iter_mut().for_each(|value| close(value, root, stands)),
            _ => {}
        }
    }
}

/// Does it say which fields an object has, so that there may be unknown ones? Not if any object will do.
fn knows_fields(schema: &Value, root: &Value, depth: usize) -> bool {
    let Value::Object(members) = schema else { return false };
    if !may_be_object(schema) {
        return false;
    }
    if members.get("properties").is_some_and(Value::is_object) {
        return true;
    }
    let mut parts = Vec::new();
    for keyword in COMPOSED {
        match members.get(keyword) {
            Some(Value::Array(several)) => parts.extend(several),
            Some(Value::String(to)) => parts.extend(to.strip_prefix('#').and_then(|to| root.pointer(to))),
            _ => {}
        }
    }
    parts.retain(|part| may_be_object(part));
    // A type that holds itself has a field that it is: no chain of references is long.
    !parts.is_empty() && parts.iter().all(|part| depth < 32 && knows_fields(part, root, depth + 1))
}

fn may_be_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        Some(kind) => kind == "object",
        None => schema.get("const").is_none() && schema.get("enum").is_none(),
    }
}

fn name(description: &str) -> Value {
    json!({"description": description, "type": "string", "minLength": 1, "maxLength": 256, "pattern": NAME})
}

/// The models by alias.
pub(crate) fn models(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": name("What clients ask for."),
        "additionalProperties": generator.subschema_for::<Model>(),
    })
}

impl JsonSchema for AllowedKeys {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("AllowedKeys")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": name("A caller's key."),
            "uniqueItems": true,
            "if": {"contains": {"const": "*"}},
            "then": {"maxItems": 1},
        })
    }
}
