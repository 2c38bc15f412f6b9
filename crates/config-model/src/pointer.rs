//! JSON pointers (RFC 6901): the name of a place in a document.

use std::borrow::Cow;
use std::fmt;

use crate::clean::clean;

/// Longest pointer that a message shows, in bytes.
const SHOWN: usize = 512;

/// Longest name in such a pointer, in bytes: room for what stands after it.
const SHOWN_NAME: usize = 256;

/// A JSON pointer (RFC 6901): `/models/fast/enabled`; the empty pointer is the whole document.
///
/// [`Display`](fmt::Display) is for people: control characters are escaped and an overlong pointer is cut.
/// [`as_str`](Self::as_str) is exact.
///
/// ```
/// use config_model::Pointer;
/// let place = Pointer::root().key("models").key("a/b").key("allowed_keys").index(0);
/// assert_eq!(place.as_str(), "/models/a~1b/allowed_keys/0");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

/// A text is not a JSON pointer.
///
/// ```
/// use config_model::{Pointer, PointerError};
/// assert_eq!(Pointer::parse("models/fast"), Err(PointerError));
/// assert!(Pointer::parse("/models/fast").is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a JSON pointer is empty or starts with `/`, and has `~` only as `~0` or `~1`, as in `/models/fast/enabled`"
)]
pub struct PointerError;

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a pointer that someone wrote.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        let escapes_are_whole =
            text.split('~').skip(1).all(|after| after.starts_with('0') || after.starts_with('1'));
        if (text.is_empty() || text.starts_with('/')) && escapes_are_whole {
            Ok(Self(text.to_owned()))
        } else {
            Err(PointerError)
        }
    }

    /// The member `key` of the object at this pointer.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + key.len() + 1);
        text.push_str(&self.0);
        text.push('/');
        for character in key.chars() {
            match character {
                '~' => text.push_str("~0"),
                '/' => text.push_str("~1"),
                other => text.push(other),
            }
        }
        Self(text)
    }

    /// The element `index` of the array at this pointer.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// The exact text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is this the whole document?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and indexes on the way from the root, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        tokens(&self.0)
    }

    /// The object or array that holds this place, and its name in there. `None` for the root.
    pub fn split_last(&self) -> Option<(Self, String)> {
        let (parent, _) = self.0.rsplit_once('/')?;
        let name = self.tokens().last()?.into_owned();
        Some((Self(parent.to_owned()), name))
    }

    /// Is this place `other`, or inside of it?
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Is `name` the one that `token` was, before it was cut for a message?
    pub(crate) fn is_cut_from(token: &str, name: &str) -> bool {
        let kept = token.strip_suffix('…').map(|kept| kept.trim_end_matches('~'));
        kept.is_some_and(|kept| name.starts_with(kept) || clean(&short(name), SHOWN).starts_with(kept))
    }

    /// The same place, cut to what a message may hold: long names first.
    pub(crate) fn bounded(self) -> Self {
        if self.0.len() <= SHOWN {
            return self;
        }
        let cut = self.tokens().fold(Self::root(), |cut, token| cut.key(&short(&token)));
        if cut.0.len() <= SHOWN {
            return cut;
        }
        Self(clean(&cut.0, SHOWN))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("(document)") } else { f.write_str(&clean(&self.0, SHOWN)) }
    }
}

/// The names and indexes of a pointer's text, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|token| {
        if token.contains('~') {
            Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(token)
        }
    })
}

/// As much of a name as a message shows: a name of many megabytes is not copied for each problem in it.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    if name.len() <= SHOWN_NAME {
        return Cow::Borrowed(name);
    }
    let end = (0..=SHOWN_NAME).rev().find(|end| name.is_char_boundary(*end));
    let kept = name.get(..end.unwrap_or(0)).unwrap_or_default();
    Cow::Owned(format!("{kept}…"))
}

/// The index that a token of a pointer names: digits without a leading zero (RFC 6901, section 4).
pub(crate) fn index_of(token: &str) -> Option<usize> {
    let is_index =
        token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    token.parse().ok().filter(|_| is_index)
}
