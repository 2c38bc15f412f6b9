//! What differs between two documents, with secrets masked.

use std::fmt;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::encode::{EncodeError, value_of};
use crate::pointer::Pointer;
use crate::problem::clean;
use crate::secret::Secrets;

/// What stands for a secret in a diff.
pub const MASK: &str = "[secret]";

/// Longest value that a line of a diff shows, in bytes.
const SHOWN: usize = 256;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub pointer: Pointer,
    /// What happened there. Secret values are masked.
    pub kind: ChangeKind,
}

/// What happened at a place.
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
    let mut changes = Vec::new();
    compare(&Pointer::root(), &value_of(old)?, &value_of(new)?, Secrets(D::SECRETS), &mut changes);
    Ok(changes)
}

/// `value`, which stands at `pointer` in a document of this schema, with every secret in it masked.
pub fn masked<D: Document>(pointer: &Pointer, value: &Value) -> Value {
    mask(pointer, value, Secrets(D::SECRETS))
}

fn compare(pointer: &Pointer, old: &Value, new: &Value, secrets: Secrets, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    if let (Value::Object(old), Value::Object(new), false) = (old, new, secrets.covers(pointer)) {
        for (name, before) in old {
            let inner = pointer.key(name);
            if let Some(after) = new.get(name) {
                compare(&inner, before, after, secrets, changes);
            } else {
                let kind = ChangeKind::Removed(mask(&inner, before, secrets));
                changes.push(Change { pointer: inner, kind });
            }
        }
        for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let inner = pointer.key(name);
            let kind = ChangeKind::Added(mask(&inner, after, secrets));
            changes.push(Change { pointer: inner, kind });
        }
        return;
    }
    let kind =
        ChangeKind::Changed { before: mask(pointer, old, secrets), after: mask(pointer, new, secrets) };
    changes.push(Change { pointer: pointer.clone(), kind });
}

/// `value`, which stands at `pointer`, with every secret in it masked.
pub(crate) fn mask(pointer: &Pointer, value: &Value, secrets: Secrets) -> Value {
    if secrets.covers(pointer) {
        return Value::String(MASK.to_owned());
    }
    match value {
        Value::Object(members) => {
            let masked =
                members.iter().map(|(name, value)| (name.clone(), mask(&pointer.key(name), value, secrets)));
            Value::Object(masked.collect::<Map<_, _>>())
        }
        Value::Array(elements) => {
            let masked =
                elements.iter().enumerate().map(|(index, value)| mask(&pointer.index(index), value, secrets));
            Value::Array(masked.collect())
        }
        other => other.clone(),
    }
}
