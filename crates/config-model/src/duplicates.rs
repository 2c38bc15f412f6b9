//! Names that one object has twice: readers differ in which one wins, so neither does.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::problem::{Problem, ProblemKind};
use crate::syntax::Parser;
use crate::tree::{Kind, Node};

/// Objects of at most so many members are searched for repeated names without a hash.
const FEW: usize = 8;

impl Parser<'_> {
    /// Reports every name of `object` that it had before. Hashes first: comparing the names of 100,000 members to each
    /// other would cost more than parsing them.
    pub(crate) fn duplicates(&mut self, object: u32) {
        for key in self.repeated(object) {
            let Some(node) = self.node(key) else { continue };
            let (offset, name) = (node.start(), node.string());
            let pointer = (!self.problems.is_full()).then(|| self.secrets.name_in(&self.pointer(), &name));
            self.problems.push_with(|| {
                let message = "this name was already used in the same object";
                Problem::new(ProblemKind::Syntax, pointer.unwrap_or_default(), message)
                    .with_help("keep one of the two: readers differ in which one wins")
                    .at(offset)
            });
            if let Some(token) = self.tree.tokens.get_mut(key as usize) {
                token.kind = Kind::Repeated;
            }
        }
    }

    /// The tokens of such names, in the order of the text.
    fn repeated(&self, object: u32) -> Vec<u32> {
        let Some(node) = self.node(object) else {
            return Vec::new();
        };
        if is_clearly_unique(node) {
            return Vec::new();
        }
        // Seeded, so that no file can be written whose names all collide.
        let hasher = RandomState::default();
        let names = node.members().map(|(key, _)| key).filter(|key| key.is_name());
        let mut seen: Vec<(u64, u32)> =
            names.map(|key| (hasher.hash_one(key.string().as_bytes()), key.id())).collect();
        seen.sort_unstable();
        let name = |id: u32| self.node(id).map(Node::string).unwrap_or_default();
        let mut repeated = Vec::new();
        for same in seen.chunk_by_mut(|one, other| one.0 == other.0) {
            if same.len() > 1 {
                same.sort_by(|one, other| name(one.1).cmp(&name(other.1)));
                let pairs = same.windows(2).filter_map(|pair| match pair {
                    [first, second] if name(first.1) == name(second.1) => Some(second.1),
                    _ => None,
                });
                repeated.extend(pairs);
            }
        }
        repeated.sort_unstable();
        repeated
    }
}

/// Few names that differ from each other, or names in order: nearly every object has one or the other.
fn is_clearly_unique(object: Node<'_, '_>) -> bool {
    let mut names = object.members().map(|(key, _)| key);
    if names.clone().nth(FEW).is_some() {
        return names.is_sorted_by(|one, other| one.string() < other.string());
    }
    while let Some(name) = names.next() {
        if names.clone().any(|other| name.string() == other.string()) {
            return false;
        }
    }
    true
}
