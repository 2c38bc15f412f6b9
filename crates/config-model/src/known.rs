//! Which names and numbers of a tree the schema asked for, so that people may see them.

use crate::pointer::tokens;
use crate::secret::Secrets;
use crate::session::Path;
use crate::tree::Node;

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
