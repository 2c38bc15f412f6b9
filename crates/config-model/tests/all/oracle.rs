//! What another program makes of JSONC: `jsonc-parser`, with all switched off that JSONC does not have.

use config_model::parse_value;
use jsonc_parser::{JsonValue, ParseOptions, parse_to_value};
use serde_json::Value;

/// What is accepted there and refused here, on purpose.
pub(crate) const STRICTER: [&str; 9] = [
    "a control character stands in a string",
    "this string is not closed on its line",
    "a control character stands in a comment",
    "some programs end a comment here, and others do not",
    "this name was already used in the same object",
    "this number is too large for a double",
    "arrays and objects are nested deeper than 64 levels",
    "the text is empty",
    "the text starts with a byte order mark",
];

/// The value of a text, if it is accepted.
pub(crate) fn jsonc(text: &str) -> Option<Value> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_value(text, &options).ok().map(|value| value.map_or(Value::Null, plain))
}

fn plain(value: JsonValue<'_>) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Boolean(value) => value.into(),
        JsonValue::String(value) => value.into_owned().into(),
        // What has no room in 64 bits is a double in a document.
        JsonValue::Number(digits) => {
            parse_value(digits).unwrap_or_else(|_| digits.parse::<f64>().map_or(Value::Null, Value::from))
        }
        JsonValue::Array(elements) => elements.into_iter().map(plain).collect(),
        JsonValue::Object(members) => {
            members.into_iter().map(|(name, value)| (name.into_owned(), plain(value))).collect()
        }
    }
}
