//! How the fast way reads the variant of an enum.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, VariantAccess, Visitor};

use crate::fast::State;
use crate::fast_access::{MapVisitor, SeqVisitor};
use crate::fast_de::Strict;
use crate::name::Name;
use crate::session::Fields;

pub(crate) struct EnumVisitor<'s, V> {
    pub(crate) visitor: V,
    pub(crate) state: &'s mut State,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for EnumVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    /// As if it was an object with the variant's name in each case: a mere name cannot be told from it here, and counts as
    /// three values and a level then, where it is one.
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.state.inside(|state| {
            state.count()?;
            state.value(|state| self.visitor.visit_enum(Choice { inner, state }))
        })
    }
}

struct Choice<'s, A> {
    inner: A,
    state: &'s mut State,
}

impl<'de, 's, A: EnumAccess<'de>> EnumAccess<'de> for Choice<'s, A> {
    type Error = A::Error;
    type Variant = Content<'s, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let Self { inner, state } = self;
        let read = state.note(inner.variant_seed(VariantSeed(seed)));
        read.map(|(variant, inner)| (variant, Content { inner, state }))
    }
}

struct VariantSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for VariantSeed<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for VariantSeed<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a variant")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<S::Value, E> {
        self.0.deserialize(Name(name)).map_err(E::custom)
    }
}

/// What a variant holds.
struct Content<'s, A> {
    inner: A,
    state: &'s mut State,
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Content<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.state.take(self.inner.unit_variant())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let read = self.inner.newtype_variant_seed(Content { inner: seed, state: &mut *self.state });
        self.state.note(read)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = SeqVisitor { visitor, state: &mut *self.state, length: Some(length) };
        let read = self.inner.tuple_variant(length, visitor);
        self.state.take(read)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: Fields, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = MapVisitor { visitor, state: &mut *self.state, fields: Some(fields) };
        let read = self.inner.struct_variant(fields, visitor);
        self.state.take(read)
    }
}

/// A newtype's content, which is counted with its variant.
impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Content<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Strict { inner, state: self.state })
    }
}
