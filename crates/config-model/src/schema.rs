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
        write_only(&mut schema, &pattern);
    }
    if strict {
        close(&mut schema);
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

/// Marks what a pattern of secrets leads to.
fn write_only(schema: &mut Value, pattern: &[Cow<'_, str>]) {
    let Value::Object(members) = schema else { return };
    let Some((token, rest)) = pattern.split_first() else {
        members.insert("writeOnly".to_owned(), Value::Bool(true));
        return;
    };
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        properties
            .iter_mut()
            .filter(|(name, _)| token == "*" || token == *name)
            .for_each(|(_, property)| write_only(property, rest));
    }
    if token == "*" {
        for keyword in ["additionalProperties", "items"] {
            if let Some(inner) = members.get_mut(keyword) {
                write_only(inner, rest);
            }
        }
    }
    // An optional value, or one of several.
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(inner)) = members.get_mut(keyword) {
            for inner in inner {
                write_only(inner, pattern);
            }
        }
    }
}

/// Refuses unknown fields.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object)
                && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
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
