//! What differs between two documents, with secrets masked.

use std::fmt;

use serde_json::Value;

use crate::clean::clean;
use crate::compare::{ByName, has_same_text, is_same};
use crate::document::Document;
use crate::encode::EncodeError;
use crate::pointer::Pointer;
use crate::record::document_in;
use crate::secret::Secrets;
use crate::tree::{Kind, Node};

/// What stands for a secret in a diff.
pub const MASK: &str = "[secret]";

/// Longest value that a line of a diff shows, in bytes.
const SHOWN: usize = 256;

/// One difference.
///
/// ```
/// use config_model::{Config, diff};
/// let (old, mut new) = (Config::default(), Config::default());
/// new.features.debug = true;
/// let changes = diff(&old, &new)?;
/// assert_eq!(changes[0].to_string(), "~ /features/debug: false -> true");
/// assert_eq!(changes[0].pointer.as_str(), "/features/debug");
/// # Ok::<(), config_model::EncodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub pointer: Pointer,
    /// What happened there. Secret values are masked.
    pub kind: ChangeKind,
}

/// What happened at a place.
///
/// ```
/// use config_model::{ApiKey, AllowedKeys, ChangeKind, Config, MASK, Model, diff};
/// let (old, mut new) = (Config::default(), Config::default());
/// let allowed_keys = AllowedKeys::only([ApiKey::new("key-1")]);
/// new.models.insert("fast".to_owned(), Model { upstream: "gpt-mini".to_owned(), enabled: true, allowed_keys });
/// let changes = diff(&old, &new)?;
/// let ChangeKind::Added(model) = &changes[0].kind else { panic!() };
/// assert_eq!((changes[0].kind.name(), &model["allowed_keys"]), ("added", &MASK.into()));
/// # Ok::<(), config_model::EncodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeKind {
    /// It was not there before.
    Added(Value),
    /// It is there no more.
    Removed(Value),
    /// It has another value.
    Changed {
        /// The value it had.
        before: Value,
        /// The value it has.
        after: Value,
    },
}

impl ChangeKind {
    /// A stable name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Changed { .. } => "changed",
        }
    }

    /// The value before, if there was one.
    pub fn before(&self) -> Option<&Value> {
        match self {
            Self::Added(_) => None,
            Self::Removed(before) | Self::Changed { before, .. } => Some(before),
        }
    }

    /// The value after, if there is one.
    pub fn after(&self) -> Option<&Value> {
        match self {
            Self::Removed(_) => None,
            Self::Added(after) | Self::Changed { after, .. } => Some(after),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Value| clean(&value.to_string(), SHOWN);
        match &self.kind {
            ChangeKind::Added(after) => write!(f, "+ {}: {}", self.pointer, show(after)),
            ChangeKind::Removed(before) => write!(f, "- {}: {}", self.pointer, show(before)),
            ChangeKind::Changed { before, after } => {
                write!(f, "~ {}: {} -> {}", self.pointer, show(before), show(after))
            }
        }
    }
}

/// The differences from `old` to `new`, in the order of the schema; arrays are compared as a whole.
///
/// Values at [`Document::SECRETS`] are replaced by [`MASK`]: that they changed is seen, not what they are.
pub fn diff<D: Document>(old: &D, new: &D) -> Result<Vec<Change>, EncodeError> {
    let (mut old_text, mut new_text) = (String::new(), String::new());
    let (old, new) = (document_in(old, &mut old_text)?, document_in(new, &mut new_text)?);
    let mut changes = Vec::new();
    compare(&Pointer::root(), old.root(), new.root(), Secrets(D::SECRETS), &mut changes);
    Ok(changes)
}

/// `value`, which stands at `pointer` in a document of this schema, with every secret in it masked.
pub fn masked<D: Document>(pointer: &Pointer, value: &Value) -> Value {
    let mut value = value.clone();
    mask(pointer, &mut value, Secrets(D::SECRETS));
    value
}

fn compare(
    pointer: &Pointer,
    old: Node<'_, '_>,
    new: Node<'_, '_>,
    secrets: Secrets,
    changes: &mut Vec<Change>,
) {
    let masked = |pointer: &Pointer, node: Node<'_, '_>| {
        let mut value = node.to_value();
        mask(pointer, &mut value, secrets);
        value
    };
    if old.kind() == Kind::Object && new.kind() == Kind::Object && !secrets.covers(pointer) {
        let (mut olds, mut news) = (ByName::new(old), ByName::new(new));
        for (name, before) in old.members() {
            let after = news.find(name);
            if after.is_some_and(|after| has_same_text(before, after)) {
                continue;
            }
            let inner = pointer.key(&name.string());
            if let Some(after) = after {
                compare(&inner, before, after, secrets, changes);
            } else {
                let kind = ChangeKind::Removed(masked(&inner, before));
                changes.push(Change { pointer: inner, kind });
            }
        }
        for (name, after) in new.members().filter(|(name, _)| olds.find(*name).is_none()) {
            let inner = pointer.key(&name.string());
            let kind = ChangeKind::Added(masked(&inner, after));
            changes.push(Change { pointer: inner, kind });
        }
    } else if !is_same(old, new) {
        let kind = ChangeKind::Changed { before: masked(pointer, old), after: masked(pointer, new) };
        changes.push(Change { pointer: pointer.clone(), kind });
    }
}

/// Masks every secret in `value`, which stands at `pointer`.
pub(crate) fn mask(pointer: &Pointer, value: &mut Value, secrets: Secrets) {
    if secrets.covers(pointer) {
        *value = Value::String(MASK.to_owned());
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                mask(&pointer.key(name), value, secrets);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter_mut().enumerate() {
                mask(&pointer.index(index), value, secrets);
            }
        }
        _ => {}
    }
}
