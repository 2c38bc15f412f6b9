//! What a schema's own `check` says of a text, without what it says of neutral values.

use crate::document::Document;
use crate::pointer::Pointer;
use crate::problem::Problems;
use crate::secret::Secrets;
use crate::session::Session;
use crate::tree::{Kind, Node, Tree};

/// What `check` says, but for the places where a neutral value stands in for something that was reported already.
pub(crate) fn rules<D: Document>(tree: &Tree<'_>, document: &D, session: &Session) -> Problems {
    let mut rules = Problems::none();
    document.check(&mut rules);
    let unreadable: Vec<u32> = (0..)
        .zip(&tree.tokens)
        .filter_map(|(id, token)| (token.kind == Kind::Invalid).then_some(id))
        .collect();
    let found = Disturbed { unreadable, session };
    rules.retain(|rule| {
        let way = tree.way(rule.pointer());
        match way.split_last() {
            // A name is as the text has it, whatever its value.
            Some((_, before)) if rule.is_about_key() => !found.on_the_way(before),
            _ => !found.covers(&way, rule.pointer()),
        }
    });
    rules.map(|rule| {
        let start = tree.start_of(rule.pointer(), rule.is_about_key());
        let shown = Secrets(D::SECRETS).mask(rule.pointer(), tree);
        rule.at(start).with_pointer(shown)
    })
}

/// Where the document is not what the text says, because the text was not right there.
struct Disturbed<'s> {
    /// The tokens of unreadable names and values, in order.
    unreadable: Vec<u32>,
    session: &'s Session,
}

impl Disturbed<'_> {
    /// `way`: the values from the root to the one that a rule is about, or to the last that is there.
    fn covers(&self, way: &[Node<'_, '_>], pointer: &Pointer) -> bool {
        let Some((last, before)) = way.split_last() else {
            return false;
        };
        if self.on_the_way(way) {
            return true;
        }
        match pointer.tokens().nth(before.len()) {
            // A member that is not there: is that a problem, or its default?
            Some(absent) => {
                self.session.is_missing(*last, &absent) || last.members().any(|(key, _)| self.is_neutral(key))
            }
            None => self.is_disturbed(*last),
        }
    }

    fn on_the_way(&self, way: &[Node<'_, '_>]) -> bool {
        way.iter().any(|node| self.is_neutral(*node) || self.lost_elements(*node))
    }

    fn is_neutral(&self, node: Node<'_, '_>) -> bool {
        node.kind() == Kind::Invalid || self.session.is_neutral(node)
    }

    /// After an element was left out, indexes are those of other elements.
    fn lost_elements(&self, node: Node<'_, '_>) -> bool {
        // Seldom: the elements may be millions.
        self.session.lost_inside(node) && node.elements().any(|element| self.session.is_skipped(element))
    }

    fn is_disturbed(&self, node: Node<'_, '_>) -> bool {
        let ids = node.ids();
        let first = self.unreadable.partition_point(|id| *id < ids.start);
        self.unreadable.get(first).is_some_and(|id| *id < ids.end) || self.session.is_disturbed(node)
    }
}
