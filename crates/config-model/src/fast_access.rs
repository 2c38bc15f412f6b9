//! How the fast way walks the inside of a value: the entries of an object, the elements of an array.
//!
//! Its small steps are `#[inline]`: else it hangs on what else a program holds which of them the compiler joins, and a decode took
//! 5 % more instructions for that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::fast::State;
use crate::fast_de::Strict;
use crate::name::Name;
use crate::session::Fields;

macro_rules! expecting_as_the_schema {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.visitor.expecting(f)
        }
    };
}

/// One value inside another.
struct Child<'s, S> {
    seed: S,
    state: &'s mut State,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Child<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.state.value(|state| self.seed.deserialize(Strict { inner, state }))
    }
}

pub(crate) struct OptionVisitor<'s, V> {
    pub(crate) visitor: V,
    pub(crate) state: &'s mut State,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for OptionVisitor<'_, V> {
    type Value = V::Value;

    expecting_as_the_schema!();

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.state.take(self.visitor.visit_none())
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.state.take(self.visitor.visit_none())
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict { inner, state: self.state })
    }
}

pub(crate) struct AnyVisitor<'s, V> {
    pub(crate) visitor: V,
    pub(crate) state: &'s mut State,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for AnyVisitor<'_, V> {
    type Value = V::Value;

    expecting_as_the_schema!();

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.visitor.visit_bool(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.visitor.visit_u64(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.visitor.visit_i64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.visitor.visit_f64(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        self.visitor.visit_str(text)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        SeqVisitor { visitor: self.visitor, state: self.state, length: None }.visit_seq(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        MapVisitor { visitor: self.visitor, state: self.state, fields: None }.visit_map(entries)
    }
}

pub(crate) struct SeqVisitor<'s, V> {
    pub(crate) visitor: V,
    pub(crate) state: &'s mut State,
    /// That of a tuple.
    pub(crate) length: Option<usize>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for SeqVisitor<'_, V> {
    type Value = V::Value;

    expecting_as_the_schema!();

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.state.inside(|state| {
            let mut elements = Elements { inner, state, count: 0 };
            let value = self.visitor.visit_seq(&mut elements)?;
            if self.length.is_some_and(|length| length != elements.count) {
                return state.give_up();
            }
            Ok(value)
        })
    }
}

struct Elements<'s, A> {
    inner: A,
    state: &'s mut State,
    count: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let read = self.inner.next_element_seed(Child { seed, state: &mut *self.state });
        self.count += usize::from(matches!(read, Ok(Some(_))));
        self.state.note(read)
    }
}

pub(crate) struct MapVisitor<'s, V> {
    pub(crate) visitor: V,
    pub(crate) state: &'s mut State,
    /// Those of a struct.
    pub(crate) fields: Option<Fields>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for MapVisitor<'_, V> {
    type Value = V::Value;

    expecting_as_the_schema!();

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let is_root = self.state.depth == 0;
        let is_own = |fields: Fields| fields.contains(&"version") || fields.contains(&"$schema");
        if is_root && self.fields.is_some_and(is_own) {
            return self.state.give_up();
        }
        // As many fields as fit into the bits of `seen`.
        let fields = self.fields.filter(|fields| fields.len() <= 64);
        self.state.inside(|state| {
            let first = state.first_name();
            let mut entries = Entries {
                inner,
                names: Names { state, is_root, has_schema: false, fields, seen: 0, next: 0 },
                is_named: false,
            };
            let value = self.visitor.visit_map(&mut entries)?;
            if state.pop_names(first) { Ok(value) } else { state.give_up() }
        })
    }
}

struct Entries<'s, A> {
    inner: A,
    names: Names<'s>,
    /// A name was read, and its value comes next.
    is_named: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, mut seed: S) -> Result<Option<S::Value>, A::Error> {
        if self.is_named {
            return self.names.state.give_up();
        }
        loop {
            let names = &mut self.names;
            let read = self.inner.next_key_seed(NameSeed { seed, names });
            match self.names.state.note(read)? {
                None => return Ok(None),
                Some(Read::Name(name)) => {
                    self.is_named = true;
                    return Ok(Some(name));
                }
                Some(Read::Version(unused)) => {
                    seed = unused;
                    let ours = u64::from(self.names.state.version);
                    let read = self
                        .inner
                        .next_value_seed(Child { seed: PhantomData::<u64>, state: &mut *self.names.state });
                    if self.names.state.note(read)? != ours {
                        return self.names.state.give_up();
                    }
                }
                Some(Read::Schema(unused)) => {
                    seed = unused;
                    let read = self.inner.next_value_seed(Child {
                        seed: PhantomData::<String>,
                        state: &mut *self.names.state,
                    });
                    self.names.state.note(read)?;
                }
            }
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        if !std::mem::take(&mut self.is_named) {
            return self.names.state.give_up();
        }
        let read = self.inner.next_value_seed(Child { seed, state: &mut *self.names.state });
        self.names.state.note(read)
    }
}

/// The names of one object so far.
struct Names<'s> {
    state: &'s mut State,
    is_root: bool,
    /// The root's hint for editors was there.
    has_schema: bool,
    fields: Option<Fields>,
    /// A bit for each of `fields`.
    seen: u64,
    /// The field that comes next, in a text that was written by us.
    next: usize,
}

impl Names<'_> {
    /// False when the name was there before, or may have a meaning of its own.
    fn is_new(&mut self, name: &str) -> bool {
        let Some(fields) = self.fields else {
            self.state.push_name(name);
            // With some of its features on, `serde_json` hands numbers over as maps with such a name.
            return !name.starts_with("$serde_json::");
        };
        let is_next = fields.get(self.next).is_some_and(|field| *field == name);
        let place = || fields.iter().position(|field| *field == name);
        let Some(index) = (if is_next { Some(self.next) } else { place() }) else {
            return false;
        };
        self.next = index + 1;
        let bit = 1 << index;
        let is_new = self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }
}

/// What a name was read as. The two that belong to the format give the seed back.
enum Read<T, S> {
    Name(T),
    Version(S),
    Schema(S),
}

struct NameSeed<'n, 's, S> {
    seed: S,
    names: &'n mut Names<'s>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for NameSeed<'_, '_, S> {
    type Value = Read<S::Value, S>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for NameSeed<'_, '_, S> {
    type Value = Read<S::Value, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let Self { seed, names } = self;
        names.state.count()?;
        if names.is_root {
            let (is_there, read) = match name {
                "version" => (&mut names.state.has_version, Read::Version(seed)),
                "$schema" => (&mut names.has_schema, Read::Schema(seed)),
                _ => return named(names, name, seed),
            };
            return if std::mem::replace(is_there, true) { names.state.give_up() } else { Ok(read) };
        }
        named(names, name, seed)
    }
}

#[inline]
fn named<'de, S: DeserializeSeed<'de>, E: Error>(
    names: &mut Names<'_>,
    name: &str,
    seed: S,
) -> Result<Read<S::Value, S>, E> {
    if !names.is_new(name) {
        return names.state.give_up();
    }
    match seed.deserialize(Name(name)) {
        Ok(name) => Ok(Read::Name(name)),
        Err(_) => names.state.give_up(),
    }
}
