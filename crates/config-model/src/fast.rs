//! The way of a text that nothing is wrong or odd with: in one pass, straight into the schema's type.
//!
//! It gives the document or gives up, and says nothing about the reason: the tree of the thorough way says more than one
//! pass could. So all that matters is that it accepts nothing that the thorough way would refuse, warn of or read
//! otherwise; what is hard to tell, it leaves to that. The grammar is `serde_json`'s, and what it is lax about is refused
//! here: duplicate names, arrays for structs, depth, size.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use serde::de::Error;

use crate::decode::Limits;
use crate::document::Document;
use crate::fast_de::Strict;
use crate::problem::Problems;
use crate::syntax::MAX_DEPTH;

/// The document, when the thorough way would accept the text without a warning.
pub(crate) fn read<D: Document>(bytes: &[u8], limits: Limits) -> Option<D> {
    if limits.is_too_large(bytes) {
        return None;
    }
    // All at once, which is faster than a string at a time.
    let text = std::str::from_utf8(bytes).ok()?;
    let mut state = State::new(D::VERSION, limits.max_values());
    let mut text = serde_json::Deserializer::from_str(text);
    let document = state.value(|state| D::deserialize(Strict { inner: &mut text, state })).ok()?;
    text.end().ok()?;
    if state.has_failed || !state.has_version {
        return None;
    }
    let mut problems = Problems::none();
    document.check(&mut problems);
    problems.is_empty().then_some(document)
}

/// What one pass keeps in mind.
pub(crate) struct State {
    pub(crate) version: u32,
    pub(crate) has_version: bool,
    /// Arrays and objects around the value that is being read.
    pub(crate) depth: usize,
    /// Names and values that may still come.
    left: usize,
    /// The hashes of the names so far of every open object, the inner ones' last.
    names: Vec<u64>,
    /// Seeded, so that no file can be written whose names all collide.
    hasher: RandomState,
    /// The schema's own code did read the value that it was given: else it stands in the text unseen.
    is_taken: bool,
    /// Something did not fit, whether or not the schema's own code let that pass.
    has_failed: bool,
}

impl State {
    fn new(version: u32, left: usize) -> Self {
        Self {
            version,
            has_version: false,
            depth: 0,
            left,
            names: Vec::new(),
            hasher: RandomState::default(),
            is_taken: false,
            has_failed: false,
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn give_up<T, E: Error>(&mut self) -> Result<T, E> {
        self.has_failed = true;
        Err(E::custom("left to the thorough way"))
    }

    /// Counts a name, or a value, as the parser does.
    #[inline]
    pub(crate) fn count<E: Error>(&mut self) -> Result<(), E> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return self.give_up(),
        }
        Ok(())
    }

    /// Reads one value, all of it.
    #[inline]
    pub(crate) fn value<T, E: Error>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.count()?;
        self.is_taken = false;
        let value = read(self)?;
        if self.is_taken { Ok(value) } else { self.give_up() }
    }

    /// Reads the inside of an array or an object.
    #[inline]
    pub(crate) fn inside<T, E: Error>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.depth >= MAX_DEPTH {
            return self.give_up();
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Remembers a failure, which the schema's own code may let pass.
    #[inline]
    pub(crate) fn note<T, E>(&mut self, result: Result<T, E>) -> Result<T, E> {
        self.has_failed |= result.is_err();
        result
    }

    /// A value has been read from the text.
    #[inline]
    pub(crate) fn take<T, E>(&mut self, result: Result<T, E>) -> Result<T, E> {
        self.is_taken = true;
        self.note(result)
    }

    /// Where the names of an object that starts here are kept.
    pub(crate) fn first_name(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn push_name(&mut self, name: &str) {
        self.names.push(self.hasher.hash_one(name));
    }

    /// Ends an object. False when a name may have been there twice.
    pub(crate) fn pop_names(&mut self, first: usize) -> bool {
        let names = self.names.get_mut(first..).unwrap_or_default();
        names.sort_unstable();
        let is_unique = names.array_windows().all(|[one, other]| one != other);
        self.names.truncate(first);
        is_unique
    }
}
