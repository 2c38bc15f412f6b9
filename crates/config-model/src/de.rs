//! From a tree to a value of the schema, strictly: a number is not a string, an array is not an object, and what
//! does not fit becomes a neutral value, so that the pass goes on and every problem is reported.

use std::fmt;

use serde::de::{Deserializer, Visitor};

use crate::access_de::{Elements, Entries, VariantOf};
use crate::failure::Failure;
use crate::session::{Fields, Path, Session};
use crate::tree::{Kind, Node, number};

/// One value on its way into the schema's type. Without a node it is neutral.
#[derive(Clone, Copy)]
pub(crate) struct Value<'s, 'n, 't> {
    pub(crate) node: Option<Node<'n, 't>>,
    pub(crate) path: &'s Path<'s>,
    pub(crate) session: &'s Session,
    /// The name of this value when it is a struct's member, and the names that the struct knows.
    pub(crate) field_of: Option<(Node<'n, 't>, Fields)>,
}

impl<'n, 't> Value<'_, 'n, 't> {
    /// The node, unless it is neutral.
    pub(crate) fn real(&self) -> Option<Node<'n, 't>> {
        self.node.filter(|node| node.kind() != Kind::Invalid && !self.session.is_neutral(*node))
    }

    /// Is this the document, whose `version` and `$schema` belong to the format?
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.path, Path::Root)
    }

    /// The node when it is of one of these kinds; else the misfit is reported and nothing is left.
    fn expect(&self, kinds: &[Kind], expected: &str) -> Option<Node<'n, 't>> {
        let node = self.real()?;
        if kinds.contains(&node.kind()) {
            if node.kind() == Kind::Number {
                self.session.know(node, self.path);
            }
            return Some(node);
        }
        let message = format!("expected {expected}, found {}", node.kind().name());
        self.session.misfit(node, self.path, &message, hint(node.kind(), kinds));
        None
    }

    fn text(&self) -> Option<Node<'n, 't>> {
        self.expect(&[Kind::Plain, Kind::Escaped], "a string")
    }

    /// A whole number within the bounds of `T`, else `neutral`.
    fn whole<T: std::str::FromStr>(
        &self,
        neutral: T,
        lowest: &dyn fmt::Display,
        highest: &dyn fmt::Display,
    ) -> T {
        let Some(node) = self.expect(&[Kind::Number], "a whole number") else {
            return neutral;
        };
        let source = node.source();
        let digits = source.strip_prefix('-').unwrap_or(source);
        let is_whole = source != "-0" && digits.bytes().all(|byte| byte.is_ascii_digit());
        let read = source.parse().ok().filter(|_| is_whole);
        read.unwrap_or_else(|| {
            let lowest = lowest.to_string();
            // All that 64 bits hold is not what the schema's rules leave of it.
            let is_any = size_of::<T>() >= 8 && lowest == "0" && (!is_whole || source.starts_with('-'));
            let message = if is_any {
                "expected a whole number, 0 or more".to_owned()
            } else {
                format!("expected a whole number from {lowest} to {highest}")
            };
            let help = "write it in digits, without a fraction or an exponent";
            self.session.misfit(node, self.path, &message, if is_whole { "" } else { help });
            neutral
        })
    }

    fn double(&self) -> f64 {
        let node = self.expect(&[Kind::Number], "a number");
        node.and_then(|node| node.source().parse().ok()).unwrap_or_default()
    }
}

fn hint(found: Kind, wanted: &[Kind]) -> &'static str {
    match (found, wanted.first()) {
        (Kind::Plain | Kind::Escaped, Some(Kind::Number | Kind::True)) => "remove the quotes",
        (Kind::Number | Kind::True | Kind::False, Some(Kind::Plain)) => "put it in double quotes",
        (Kind::Array, Some(Kind::Object)) => "write `{\"name\": value}`",
        (Kind::Plain | Kind::Escaped | Kind::Object, Some(Kind::Array)) => {
            "write `[...]`, also around a single value"
        }
        _ => "",
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            // Neutral is 1: types that refuse 0 are more common than types that refuse 1.
            let value = self.whole::<$type>(1, &$type::MIN, &$type::MAX);
            visitor.$visit(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_, '_, '_> {
    type Error = Failure;

    whole_numbers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(node) = self.real() else {
            return visitor.visit_unit();
        };
        match node.kind() {
            Kind::Invalid | Kind::Repeated | Kind::Null => visitor.visit_unit(),
            Kind::True => visitor.visit_bool(true),
            Kind::False => visitor.visit_bool(false),
            Kind::Number => {
                let number = number(node.source());
                match (number.as_u64(), number.as_i64()) {
                    (Some(value), _) => visitor.visit_u64(value),
                    (_, Some(value)) => visitor.visit_i64(value),
                    _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
                }
            }
            Kind::Plain | Kind::Escaped | Kind::Bare => visitor.visit_str(&node.string()),
            Kind::Array => visitor.visit_seq(Elements::new(&self)),
            Kind::Object => visitor.visit_map(Entries::of_map(&self)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let node = self.expect(&[Kind::True, Kind::False], "true or false");
        let value = node.is_some_and(|node| node.kind() == Kind::True);
        visitor.visit_bool(value)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = self.double();
        if value.abs() > f64::from(f32::MAX) {
            return Err(Failure::Expected("expected a number within 32-bit floating point".to_owned()));
        }
        visitor.visit_f64(value)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = self.double();
        visitor.visit_f64(value)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(node) = self.text() else {
            return visitor.visit_char(' ');
        };
        visitor.visit_str(&node.string())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let text = self.text().map(Node::string).unwrap_or_default();
        visitor.visit_str(&text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.real() {
            Some(node) if node.kind() != Kind::Null => visitor.visit_some(self),
            _ => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.expect(&[Kind::Null], "null");
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.expect(&[Kind::Array], "an array");
        visitor.visit_seq(Elements::new(&self))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        if let Some(node) = self.expect(&[Kind::Array], "an array")
            && node.elements().count() != length
        {
            self.session.misfit(
                node,
                self.path,
                &format!("expected an array of exactly {length} values"),
                "",
            );
        }
        visitor.visit_seq(Elements::of_tuple(&self, length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.expect(&[Kind::Object], "an object");
        let read = visitor.visit_map(Entries::of_map(&self));
        read.map_err(|failure| match failure {
            Failure::Missing("version") if self.is_root() && self.session.learn_version() => Failure::Handled,
            other => other,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: Fields,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.expect(&[Kind::Object], "an object");
        // Names of structs, and their lists of fields, may be the same twice; that of a visitor is not.
        let of_type = std::any::type_name::<V>();
        let read = visitor.visit_map(Entries::of_struct(&self, of_type, fields));
        let session = self.session;
        read.map_err(|failure| match failure {
            Failure::Missing(field) if session.learn_required(of_type, field) => Failure::Handled,
            Failure::Twice(field)
                if self.real().is_some_and(|node| session.is_there_after_all(node, field)) =>
            {
                Failure::Handled
            }
            other => other,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let expected = format!("one of: {}", variants.join(", "));
        let node = self.expect(&[Kind::Plain, Kind::Escaped, Kind::Object], &expected);
        let of_type = std::any::type_name::<V>();
        let neutral = self.session.neutral_variant(of_type);
        let variant = VariantOf::new(&self, node, variants, neutral);
        visitor.visit_enum(variant).map_err(|failure| match failure {
            Failure::Handled => Failure::Handled,
            _ if self.real().is_none() && self.session.next_variant(of_type, neutral, variants.len()) => {
                Failure::Handled
            }
            other => other,
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if let Some((key, fields)) = self.field_of {
            self.session.unknown(key, self.path, fields);
        }
        visitor.visit_unit()
    }
}
