//! Pass after pass over one tree, each past one more problem that serde stopped at.

use serde::de::{DeserializeOwned, DeserializeSeed};

use crate::de::Value;
use crate::failure::{Failure, echoes};
use crate::session::{Path, Session};
use crate::syntax::MAX_DEPTH;
use crate::tree::Node;

/// Fewest and most passes over one text. Each gets past one more problem, and costs as much as the text has values:
/// a large text has fewer of them, so that its time is bounded.
const PASSES: (usize, usize) = (8, 1024);

/// Values that all passes together may visit, more or less.
const VISITS: usize = 1 << 24;

/// Reads the whole tree, pass by pass, until nothing new is found. `None` when no value could be made at all.
pub(crate) fn read<D: DeserializeOwned>(root: Node<'_, '_>, session: &Session) -> Option<D> {
    let (fewest, most) = PASSES;
    for _ in 0..(VISITS / root.ids().len().max(1)).clamp(fewest, most) {
        session.next_pass();
        let value = Value { node: Some(root), path: &Path::Root, session, field_of: None };
        match D::deserialize(value).map_err(|failure| settle(&value, failure, false)) {
            Ok(document) => return Some(document),
            Err(Failure::Handled) if !session.is_enough() => {}
            Err(_) => break,
        }
    }
    None
}

/// Reads `value` with `seed`. What cannot be read even as a neutral value is left out by the next pass, where the
/// schema can do without it: an entry of a map or an array.
pub(crate) fn child<'de, S: DeserializeSeed<'de>>(
    seed: S,
    value: Value<'_, '_, '_>,
    can_be_left_out: bool,
) -> Result<S::Value, Failure> {
    if value.session.is_enough() {
        return Err(Failure::Handled);
    }
    // A neutral value of a type that holds itself has no end: a value's depth is bounded by the parser's.
    if value.node.is_none() && value.path.depth() > 2 * MAX_DEPTH {
        return Err(Failure::Hopeless);
    }
    seed.deserialize(value).map_err(|failure| settle(&value, failure, can_be_left_out))
}

/// Notes how the next pass gets past what serde stopped at: a problem is reported once, and a neutral value stands in.
/// Where there is none, the value is left out, or comes last, when all that stands beside it has been seen.
fn settle(value: &Value<'_, '_, '_>, failure: Failure, can_be_left_out: bool) -> Failure {
    let (session, path) = (value.session, value.path);
    let Some(node) = value.node else {
        return match failure {
            Failure::Handled => Failure::Handled,
            _ => Failure::Hopeless,
        };
    };
    if let Some(node) = value.real() {
        let message = match failure {
            Failure::Handled => return Failure::Handled,
            Failure::Hopeless => None,
            // It may be what was left out.
            Failure::Missing(_) if session.lost_inside(node) => None,
            Failure::Missing(field) => Some(format!("the field `{field}` is missing")),
            Failure::Twice(field) => Some(format!("the field `{field}` is given under two of its names")),
            Failure::UnknownName => Some("a field in here is not known".to_owned()),
            // What it says may be about a neutral value.
            Failure::Custom(_) if session.is_disturbed(node) => None,
            Failure::Custom(message) if session.is_secret(path) || echoes(&message, node) => {
                Some("this value is not valid here".to_owned())
            }
            Failure::Expected(message) | Failure::Custom(message) => Some(message),
        };
        if let Some(message) = message {
            session.misfit(node, path, &message, "");
            return Failure::Handled;
        }
    } else if matches!(failure, Failure::Handled) {
        return Failure::Handled;
    }
    if can_be_left_out {
        session.skip(node);
        return Failure::Handled;
    }
    if session.put_last(node) {
        return Failure::Handled;
    }
    Failure::Hopeless
}
