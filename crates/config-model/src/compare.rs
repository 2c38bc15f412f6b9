//! Do two values say the same, whatever they look like, and which members of two objects belong together?

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{self, BuildHasher as _};

use foldhash::fast::RandomState;

use crate::fold::unfolded;
use crate::tree::{Kind, Members, Node, number};

/// So many names are looked for one by one, before a hash of all of them pays.
const SEARCHES: usize = 4;

/// Would a `serde_json::Value` of the one be equal to one of the other?
pub(crate) fn is_same(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    if has_same_text(one, other) {
        return true;
    }
    let (one, other) = (unfolded(one), unfolded(other));
    let (one, other) = (one.node(), other.node());
    match (one.kind(), other.kind()) {
        (Kind::Number, Kind::Number) => number(one.source()) == number(other.source()),
        (Kind::Plain | Kind::Escaped, Kind::Plain | Kind::Escaped) => is_same_string(one, other),
        (Kind::Array, Kind::Array) => {
            let mut others = other.elements();
            let same = |one| others.next().is_some_and(|other| is_same(one, other));
            one.elements().all(same) && others.next().is_none()
        }
        (Kind::Object, Kind::Object) => {
            let mut others = ByName::new(other);
            let same = |(key, one)| others.find(key).is_some_and(|other| is_same(one, other));
            one.members().count() == other.members().count() && one.members().all(same)
        }
        (Kind::Null, Kind::Null) | (Kind::True, Kind::True) | (Kind::False, Kind::False) => true,
        _ => false,
    }
}

/// The same number for values that are the same. By the standard library's hash: with one more use of the other for strings, the
/// compiler joins that nowhere, and a request's route takes 7 % more instructions.
pub(crate) fn hash_of(node: Node<'_, '_>, state: &hash::RandomState) -> u64 {
    let node = unfolded(node);
    let node = node.node();
    match node.kind() {
        Kind::Number => state.hash_one(number(node.source())),
        Kind::Plain | Kind::Escaped => state.hash_one(node.string()),
        Kind::Array => node.elements().fold(1, |hash, one| state.hash_one((hash, hash_of(one, state)))),
        // In any order.
        Kind::Object => node.members().fold(2, |hash: u64, (key, value)| {
            hash.wrapping_add(state.hash_one((key.string(), hash_of(value, state))))
        }),
        _ => state.hash_one(node.source()),
    }
}

/// Equal text means the same. Different text may too.
pub(crate) fn has_same_text(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    one.source() == other.source()
}

fn is_same_string(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    one.source() == other.source()
        || ((one.kind() == Kind::Escaped || other.kind() == Kind::Escaped) && one.string() == other.string())
}

/// The members of an object, found by name: as long as one looks for them in their order, the next one is it.
///
/// An object has each name once.
pub(crate) struct ByName<'n, 't> {
    object: Node<'n, 't>,
    next: Members<'n, 't>,
    searches: usize,
    index: Option<HashMap<Cow<'t, str>, Members<'n, 't>, RandomState>>,
}

impl<'n, 't> ByName<'n, 't> {
    pub(crate) fn new(object: Node<'n, 't>) -> Self {
        Self { object, next: object.members(), searches: 0, index: None }
    }

    /// The value of the member that has the name that `key` is.
    pub(crate) fn find(&mut self, key: Node<'_, '_>) -> Option<Node<'n, 't>> {
        let mut next = self.next.clone();
        if let Some((name, value)) = next.next()
            && is_same_string(name, key)
        {
            self.next = next;
            return Some(value);
        }
        let mut members = self.search(key)?;
        let found = members.next().map(|(_, value)| value);
        self.next = members;
        found
    }

    /// The members from the one of this name on.
    fn search(&mut self, key: Node<'_, '_>) -> Option<Members<'n, 't>> {
        self.searches += 1;
        if self.searches <= SEARCHES {
            return each(self.object).find_map(|(name, from)| is_same_string(name, key).then_some(from));
        }
        let object = self.object;
        let index = self
            .index
            .get_or_insert_with(|| each(object).map(|(name, from)| (name.string(), from)).collect());
        // Seeded, so that no file can be written whose names all collide.
        index.get(key.string().as_ref()).cloned()
    }
}

/// Each name of an object, and its members from there on.
fn each<'n, 't>(object: Node<'n, 't>) -> impl Iterator<Item = (Node<'n, 't>, Members<'n, 't>)> {
    let mut members = object.members();
    std::iter::from_fn(move || {
        let from = members.clone();
        members.next().map(|(name, _)| (name, from))
    })
}
