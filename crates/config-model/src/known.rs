//! Which names and numbers of a tree the schema asked for, so that people may see them.

use crate::pointer::{Pointer, index_of, tokens};
use crate::problem::{Problem, ProblemKind};
use crate::secret::Secrets;
use crate::session::Path;
use crate::tree::{Kind, Node, Tree};

/// A bit for each token: set when the schema read it as what it is, and it is no part of a secret. What a person put into a
/// wrong place, or under a wrong name, has none.
#[derive(Debug, Default)]
pub(crate) struct Known(Vec<u64>);

impl Known {
    pub(crate) fn add(&mut self, node: Node<'_, '_>) {
        let (word, bit) = place(node.id());
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    pub(crate) fn has(&self, node: Node<'_, '_>) -> bool {
        let (word, bit) = place(node.id());
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

fn place(id: u32) -> (usize, u64) {
    (id as usize / 64, 1 << (id % 64))
}

/// What the parser found, without names that only the text has: below a name that the schema does not know, anything may have been
/// meant, and a key that was pasted there is a name to the parser. That first name stays, as it tells which one is wrong.
pub(crate) fn veiled(problem: Problem, tree: &Tree<'_>, known: &Known) -> Problem {
    if problem.kind() != ProblemKind::Syntax {
        return problem;
    }
    let (mut node, mut is_known) = (Some(tree.root()), true);
    let shown = problem.pointer().tokens().fold(Pointer::root(), |shown, token| {
        let is_array = node.is_some_and(|node| node.kind() == Kind::Array);
        let entry = node.and_then(|node| node.cut_entry(&token));
        let shown = match index_of(&token).filter(|_| is_array) {
            Some(index) => shown.index(index),
            None if is_known => shown.key(&token),
            None => shown.key("*"),
        };
        is_known &= is_array || entry.is_some_and(|(key, _)| key.is_some_and(|key| known.has(key)));
        node = entry.map(|(_, value)| value);
        shown
    });
    problem.with_pointer(shown)
}

/// As [`Secrets::covers`], of a place that is no pointer yet: it is asked for each value.
pub(crate) fn is_covered(path: &Path<'_>, secrets: Secrets) -> bool {
    let depth = path.depth();
    secrets.0.iter().any(|pattern| {
        let wanted = || tokens(pattern);
        let length = wanted().count();
        length <= depth
            && (0..length).zip(wanted()).all(|(level, wanted)| {
                wanted == "*"
                    || match path.up(depth - level - 1) {
                        Path::Root => false,
                        Path::Key(_, name) => wanted == *name,
                        Path::Index(_, index) => wanted == index.to_string(),
                    }
            })
    })
}
