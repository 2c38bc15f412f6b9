//! Which places hold a secret, by the patterns of [`Document::SECRETS`](crate::Document::SECRETS).

use crate::pointer::{Pointer, index_of, short, tokens};
use crate::tree::{Kind, Tree};

/// The patterns of one schema.
#[derive(Clone, Copy, Default)]
pub(crate) struct Secrets(pub(crate) &'static [&'static str]);

impl Secrets {
    /// Is the value at `pointer` a secret, or part of one?
    pub(crate) fn covers(self, pointer: &Pointer) -> bool {
        self.fits(pointer, false)
    }

    /// Is the value at `pointer` a secret, part of one, or is one part of it?
    pub(crate) fn touches(self, pointer: &Pointer) -> bool {
        self.fits(pointer, true)
    }

    /// Does a pattern agree with `pointer` as far as both go? A pattern that goes further counts as `deeper` says.
    fn fits(self, pointer: &Pointer, deeper: bool) -> bool {
        self.0.iter().any(|pattern| {
            let mut found = pointer.tokens();
            for wanted in tokens(pattern) {
                match found.next() {
                    Some(token) if wanted == "*" || wanted == token => {}
                    Some(_) => return false,
                    None => return deeper,
                }
            }
            true
        })
    }

    /// The member `name` of the object at `parent`, for a message: a key that was pasted as a name stays unseen.
    pub(crate) fn name_in(self, parent: &Pointer, name: &str) -> Pointer {
        if self.covers(parent) { parent.key("*") } else { parent.key(&short(name)) }
    }

    /// `pointer` without names from inside a secret. Indexes of arrays stay.
    pub(crate) fn mask(self, pointer: &Pointer, tree: &Tree<'_>) -> Pointer {
        let mut node = Some(tree.root());
        pointer.tokens().fold(Pointer::root(), |masked, token| {
            let array = node.filter(|node| node.kind() == Kind::Array);
            let index = array.and_then(|_| index_of(&token));
            node = node.and_then(|node| node.child(&token));
            match index {
                Some(index) => masked.index(index),
                None => self.name_in(&masked, &token),
            }
        })
    }
}
