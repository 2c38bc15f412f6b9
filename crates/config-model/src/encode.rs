//! A document to text: anew for a first file, or into the text that is there, whose other bytes stay.

use serde_json::Value;

use crate::diff::mask;
use crate::document::Document;
use crate::edit::{Edits, edits};
use crate::pointer::Pointer;
use crate::record::{document_in, value_in};
use crate::render::{Style, render};
use crate::secret::Secrets;
use crate::syntax::parse_strict;
use crate::tree::{Node, Tree};

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
    let mut text = String::new();
    let tree = document_in(document, &mut text)?;
    Ok(render(tree.root(), "", &Style::default()) + "\n")
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
    let edits = {
        let (mut old_text, mut new_text) = (room(source), room(source));
        recorded_edits(source, &document_in(old, &mut old_text)?, &document_in(new, &mut new_text)?)?
    };
    Ok(edits.apply())
}

/// As [`rewrite`], on values: for a change that names its place by a pointer. See [`effective`].
pub fn rewrite_value(source: &str, old: &Value, new: &Value) -> Result<String, EncodeError> {
    let edits = {
        let (mut old_text, mut new_text) = (room(source), room(source));
        recorded_edits(source, &value_in(old, &mut old_text)?, &value_in(new, &mut new_text)?)?
    };
    Ok(edits.apply())
}

fn recorded_edits<'t>(source: &'t str, old: &Tree<'_>, new: &Tree<'_>) -> Result<Edits<'t>, EncodeError> {
    let tree = parse_strict(source).ok_or(EncodeError::BrokenSource)?;
    Ok(edits(&tree, old, new))
}

/// For a document that says about what `source` says, without its white space.
fn room(source: &str) -> String {
    String::with_capacity(source.len())
}

/// All that `source` means: its own fields, unknown ones too, and the defaults of those that it leaves out.
pub fn effective<D: Document>(source: &str, document: &D) -> Result<Value, EncodeError> {
    let mut text = room(source);
    let defaults = document_in(document, &mut text)?;
    let tree = parse_strict(source).ok_or(EncodeError::BrokenSource)?;
    let mut value = tree.root().to_value();
    fill(&mut value, defaults.root());
    Ok(value)
}

/// What `document` says, with every secret masked: for people, logs and answers.
pub fn masked_document<D: Document>(document: &D) -> Result<Value, EncodeError> {
    let mut text = String::new();
    let mut value = document_in(document, &mut text)?.root().to_value();
    mask(&Pointer::root(), &mut value, Secrets(D::SECRETS));
    Ok(value)
}

fn fill(value: &mut Value, defaults: Node<'_, '_>) {
    let Value::Object(value) = value else {
        return;
    };
    for (name, default) in defaults.members() {
        let name = name.string();
        match value.get_mut(name.as_ref()) {
            Some(present) => fill(present, default),
            None => {
                value.insert(name.into_owned(), default.to_value());
            }
        }
    }
}
