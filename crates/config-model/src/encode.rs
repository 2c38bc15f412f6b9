//! A document to text: anew for a first file, or into the text that is there, whose other bytes stay.

use serde_json::{Map, Value};

use crate::diff::mask;
use crate::document::Document;
use crate::edit::rewrite_tree;
use crate::pointer::Pointer;
use crate::render::{Style, render};
use crate::secret::Secrets;
use crate::syntax::parse_strict;
use crate::writer::writing;

/// A document cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The schema's type is not an object.
    #[error("the schema's type must be written as an object, with a name for each field")]
    NotAnObject,
    /// The schema's own code refused, or has no JSON for a value.
    #[error("the schema's type cannot be written as JSON")]
    Serialize(#[source] serde_json::Error),
    /// The text to change is not strict JSON.
    #[error("the text to change is not strict JSON")]
    BrokenSource,
}

/// A new text for `document`, with its version first, two spaces of indentation and a line end at its end.
pub fn encode<D: Document>(document: &D) -> Result<String, EncodeError> {
    let value = value_of(document)?;
    Ok(render(&value, "", &Style::default()) + "\n")
}

/// `source` with `new` in place of `old`, which is what was decoded from it: only the bytes of values that differ
/// change. Order, white space, line ends, unknown fields and the digits of untouched numbers stay.
///
/// ```
/// use config_model::{Config, decode, rewrite};
/// let source = "{ \"version\": 1,\n\t\"features\": {\"debug\": false}, \"x-note\": 1e2 }";
/// let old = decode::<Config>(source.as_bytes()).unwrap().document;
/// let mut new = old.clone();
/// new.features.debug = true;
/// assert_eq!(rewrite(source, &old, &new).unwrap(), source.replace("false", "true"));
/// ```
pub fn rewrite<D: Document>(source: &str, old: &D, new: &D) -> Result<String, EncodeError> {
    rewrite_value(source, &value_of(old)?, &value_of(new)?)
}

/// As [`rewrite`], on values: for a change that names its place by a pointer. See [`effective`].
pub fn rewrite_value(source: &str, old: &Value, new: &Value) -> Result<String, EncodeError> {
    let tree = parse_strict(source).ok_or(EncodeError::BrokenSource)?;
    Ok(rewrite_tree(&tree, old, new))
}

/// All that `source` means: its own fields, unknown ones too, and the defaults of those that it leaves out.
pub fn effective<D: Document>(source: &str, document: &D) -> Result<Value, EncodeError> {
    let defaults = value_of(document)?;
    let tree = parse_strict(source).ok_or(EncodeError::BrokenSource)?;
    let mut value = tree.root().to_value();
    fill(&mut value, defaults);
    Ok(value)
}

/// What `document` says, with every secret masked: for people, logs and answers.
pub fn masked_document<D: Document>(document: &D) -> Result<Value, EncodeError> {
    Ok(mask(&Pointer::root(), &value_of(document)?, Secrets(D::SECRETS)))
}

fn fill(value: &mut Value, defaults: Value) {
    let (Value::Object(value), Value::Object(defaults)) = (value, defaults) else {
        return;
    };
    for (name, default) in defaults {
        match value.get_mut(&name) {
            Some(present) => fill(present, default),
            None => {
                value.insert(name, default);
            }
        }
    }
}

/// The document with its version in front.
pub(crate) fn value_of<D: Document>(document: &D) -> Result<Value, EncodeError> {
    let Value::Object(fields) = writing(|| serde_json::to_value(document)).map_err(EncodeError::Serialize)?
    else {
        return Err(EncodeError::NotAnObject);
    };
    let mut all = Map::with_capacity(fields.len() + 1);
    all.insert("version".to_owned(), Value::from(D::VERSION));
    all.extend(fields.into_iter().filter(|(name, _)| name != "version"));
    Ok(Value::Object(all))
}
