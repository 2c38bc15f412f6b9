//! A document to text: anew for a first file, or into the text that is there, whose other bytes stay.

use serde_json::Value;

use crate::diff::mask;
use crate::document::Document;
use crate::edit::edits;
use crate::fold::folded;
use crate::pointer::Pointer;
use crate::record::{document_in, folded_document_in, folded_value_in};
use crate::render::{Style, render};
use crate::secret::Secrets;
use crate::syntax::{parse_accepted, parse_folded};
use crate::tree::{Node, Tree};

/// A document cannot be written.
///
/// ```
/// use config_model::{Config, EncodeError, rewrite};
/// let config = Config::default();
/// let error = rewrite("{ no JSON", &config, &config).unwrap_err();
/// assert!(matches!(error, EncodeError::BrokenSource));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The schema's type is not an object.
    #[error("the schema's type must be written as an object, with a name for each field")]
    NotAnObject,
    /// The schema's own code refused, or has no JSON for a value.
    #[error("the schema's type cannot be written as JSON")]
    Serialize(#[source] serde_json::Error),
    /// The text to change is neither JSON nor JSONC.
    #[error("the text to change is neither JSON nor JSONC")]
    BrokenSource,
}

/// A new text for `document`, with its version first, two spaces of indentation and a line end at its end.
pub fn encode<D: Document>(document: &D) -> Result<String, EncodeError> {
    let mut text = String::new();
    let tree = document_in(document, &mut text)?;
    Ok(render(tree.root(), "", &Style::default()) + "\n")
}

/// The text of a first file: the schema's [`seed`](Document::seed), after where its [schema](Document::SCHEMA) is.
///
/// ```
/// let text = config_model::seed_text::<config_model::Config>().unwrap();
/// assert!(text.starts_with("{\n  \"$schema\": \"./config.schema.json\",\n  \"version\": 1,\n"));
/// ```
pub fn seed_text<D: Document>() -> Result<String, EncodeError> {
    let text = encode(&D::seed())?;
    Ok(match (D::SCHEMA, text.strip_prefix('{')) {
        // The version is there, and comes after it.
        (Some(schema), Some(members)) => format!("{{\n  \"$schema\": {},{members}", Value::from(schema)),
        _ => text,
    })
}

/// `source` with `new` in place of `old`, which is what was decoded from it: only the bytes of values that differ
/// change. Order, white space, line ends, comments, unknown fields and the digits of untouched numbers stay. A member
/// that is removed takes with it the comments on its lines; a comment on a line of its own stays.
///
/// A `source` in either [`Syntax`](crate::Syntax) stays in it: which one a file may have is for the decoder to say.
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
    rewritten(
        source,
        parse_folded,
        |text| folded_document_in(old, text),
        |text| folded_document_in(new, text),
    )
}

/// As [`rewrite`], in less time, for a `source` that [`decode`](crate::decode) has just accepted: it is not checked again.
/// What comes of another text says anything or nothing. So the result must be decoded before it is used, as any text.
pub fn rewrite_accepted<D: Document>(source: &str, old: &D, new: &D) -> Result<String, EncodeError> {
    let tree = |source| Some(folded(source));
    rewritten(source, tree, |text| folded_document_in(old, text), |text| folded_document_in(new, text))
}

/// As [`rewrite`], on values: for a change that names its place by a pointer. See [`effective`].
pub fn rewrite_value(source: &str, old: &Value, new: &Value) -> Result<String, EncodeError> {
    rewritten(source, parse_folded, |text| folded_value_in(old, text), |text| folded_value_in(new, text))
}

fn rewritten<'s>(
    source: &'s str,
    tree: impl FnOnce(&'s str) -> Option<Tree<'s>>,
    old: impl FnOnce(&mut String) -> Result<Tree<'_>, EncodeError>,
    new: impl FnOnce(&mut String) -> Result<Tree<'_>, EncodeError>,
) -> Result<String, EncodeError> {
    let edits = {
        let (mut old_text, mut new_text) = (room(source), room(source));
        let (old, new) = (old(&mut old_text)?, new(&mut new_text)?);
        edits(&tree(source).ok_or(EncodeError::BrokenSource)?, &old, &new)
    };
    Ok(edits.apply())
}

/// For a document that says about what `source` says, without its white space.
fn room(source: &str) -> String {
    String::with_capacity(source.len())
}

/// All that `source` means: its own fields, unknown ones too, and the defaults of those that it leaves out.
pub fn effective<D: Document>(source: &str, document: &D) -> Result<Value, EncodeError> {
    let mut text = room(source);
    let defaults = document_in(document, &mut text)?;
    let tree = parse_accepted(source).ok_or(EncodeError::BrokenSource)?;
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
