//! Names that a document repeats within one object, as a flattened map may, that holds the name of a field.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::tree::Token;

/// Objects of at most so many members are searched for repeated names without a hash.
const FEW: usize = 8;

/// The names of the object whose tokens end the list, from one on.
#[derive(Clone)]
pub(crate) struct Names<'r> {
    pub(crate) text: &'r [u8],
    pub(crate) tokens: &'r [Token],
    pub(crate) at: usize,
}

impl<'r> Iterator for Names<'r> {
    type Item = &'r [u8];

    #[inline]
    fn next(&mut self) -> Option<&'r [u8]> {
        let name = self.tokens.get(self.at)?;
        let value = self.tokens.get(self.at + 1)?;
        self.at = value.next as usize;
        Some(source(self.text, name))
    }
}

impl Names<'_> {
    /// Escapes are always the same here, so that equal names have equal bytes.
    pub(crate) fn has_repeated(&self) -> bool {
        if self.clone().nth(FEW).is_none() {
            let mut rest = self.clone();
            while let Some(name) = rest.next() {
                if rest.clone().any(|other| other == name) {
                    return true;
                }
            }
            return false;
        }
        if self.clone().is_sorted_by(|one, other| one < other) {
            return false;
        }
        let mut seen = HashSet::with_hasher(RandomState::default());
        !self.clone().all(|name| seen.insert(name))
    }
}

/// What a token stands for.
#[inline]
pub(crate) fn source<'r>(text: &'r [u8], token: &Token) -> &'r [u8] {
    text.get(token.start as usize..token.end as usize).unwrap_or_default()
}
