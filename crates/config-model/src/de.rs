//! From a tree to a value of the schema, strictly: a number is not a string, an array is not an object, and what
//! does not fit becomes a neutral value, so that the pass goes on and every problem is reported.

use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};

use crate::access_de::{Elements, Entries, VariantOf};
use crate::session::{Fields, Path, Session};
use crate::syntax::MAX_DEPTH;
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

/// Why serde stopped. `Handled`: reported, and the next pass goes around it.
#[derive(Debug)]
pub(crate) enum Failure {
    Handled,
    Missing(&'static str),
    UnknownName,
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not fit")
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    /// Serde's own texts print what was found: only what was expected is kept.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Other(format!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Other(format!("expected {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::Other(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Other(format!("expected one of: {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownName
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Other(format!(
            "the field `{field}` is given twice, under two of its names"
        ))
    }
}

impl<'n, 't> Value<'_, 'n, 't> {
    /// The node, unless it is neutral.
    pub(crate) fn real(&self) -> Option<Node<'n, 't>> {
        self.node
            .filter(|node| node.kind() != Kind::Invalid && !self.session.is_neutral(*node))
    }

    /// The node when it is of one of these kinds; else the misfit is reported and nothing is left.
    fn expect(&self, kinds: &[Kind], expected: &str) -> Option<Node<'n, 't>> {
        let node = self.real()?;
        if kinds.contains(&node.kind()) {
            return Some(node);
        }
        let message = format!("expected {expected}, found {}", node.kind().name());
        self.session
            .misfit(node, self.path, &message, hint(node.kind(), kinds));
        None
    }

    fn text(&self) -> Option<Node<'n, 't>> {
        self.expect(&[Kind::Plain, Kind::Escaped], "a string")
    }

    /// A whole number within the bounds of `T`, else 0.
    fn whole<T: std::str::FromStr + Default>(
        &self,
        lowest: &dyn fmt::Display,
        highest: &dyn fmt::Display,
    ) -> T {
        let Some(node) = self.expect(&[Kind::Number], "a whole number") else {
            return T::default();
        };
        let source = node.source();
        let digits = source.strip_prefix('-').unwrap_or(source);
        let is_whole = source != "-0" && digits.bytes().all(|byte| byte.is_ascii_digit());
        source.parse().ok().filter(|_| is_whole).unwrap_or_else(|| {
            let message = format!("expected a whole number from {lowest} to {highest}");
            self.session.misfit(
                node,
                self.path,
                &message,
                "write it in digits, without a fraction or an exponent",
            );
            T::default()
        })
    }

    fn double(&self) -> f64 {
        let node = self.expect(&[Kind::Number], "a number");
        node.and_then(|node| node.source().parse().ok())
            .unwrap_or_default()
    }

    /// Reports an error that serde raised at this value, once: the next pass takes a neutral value instead.
    pub(crate) fn settle(&self, failure: Failure) -> Failure {
        let Some(node) = self.real() else { return failure };
        let message = match failure {
            Failure::Handled => return Failure::Handled,
            Failure::Missing(field) => format!("the field `{field}` is missing"),
            Failure::UnknownName => "a field in here is not known".to_owned(),
            // A type of the schema may echo what it was given.
            Failure::Other(message) if echoes(&message, node) => "this value is not valid here".to_owned(),
            Failure::Other(message) => message,
        };
        self.session.misfit(node, self.path, &message, "");
        Failure::Handled
    }
}

/// Does a message of the schema's own repeat the value that it is about?
fn echoes(message: &str, node: Node<'_, '_>) -> bool {
    let mut scalars = vec![node];
    while let Some(node) = scalars.pop() {
        scalars.extend(node.elements());
        scalars.extend(node.members().flat_map(|(key, value)| [key, value]));
        let text = match node.kind() {
            Kind::Plain | Kind::Escaped => node.string(),
            Kind::Number => node.source().into(),
            _ => continue,
        };
        if !text.is_empty() && message.contains(text.as_ref()) {
            return true;
        }
    }
    false
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
            let value = self.whole::<$type>(&$type::MIN, &$type::MAX);
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
            Kind::Invalid | Kind::Null => visitor.visit_unit(),
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
            Kind::Plain | Kind::Escaped => visitor.visit_str(&node.string()),
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
        self.deserialize_f64(visitor)
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
        visitor.visit_map(Entries::of_map(&self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: Fields,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.expect(&[Kind::Object], "an object");
        visitor
            .visit_map(Entries::of_struct(&self, fields))
            .map_err(|failure| match failure {
                Failure::Missing(field) if self.session.learn_required(fields, field) => Failure::Handled,
                other => other,
            })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        // A neutral value of a type that holds itself has no end: a value's depth is bounded by the parser's.
        if self.real().is_none() && self.path.depth() > 2 * MAX_DEPTH {
            return Err(Failure::Other("expected a value".to_owned()));
        }
        let expected = format!("one of: {}", variants.join(", "));
        let node = self.expect(&[Kind::Plain, Kind::Escaped, Kind::Object], &expected);
        let variant = VariantOf::new(&self, node, variants);
        visitor.visit_enum(variant)
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

/// The name of a map's entry: text, which serde reads into the map's type of key.
pub(crate) struct Name<'n>(pub(crate) &'n str);

macro_rules! parsed_names {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.0.parse::<i128>() {
                Ok(value) if value.to_string() == self.0 => match (u64::try_from(value), i64::try_from(value)) {
                    (Ok(value), _) => visitor.visit_u64(value),
                    (_, Ok(value)) => visitor.visit_i64(value),
                    _ => visitor.visit_str(self.0),
                },
                _ => Err(Failure::Other("expected a whole number in quotes as the name".to_owned())),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Failure;

    parsed_names! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(IntoDeserializer::<Failure>::into_deserializer(self.0))
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// Reads `value` with `seed`. What cannot be read even as a neutral value is left out by the next pass, where the
/// schema can do without it: an entry of a map or an array.
pub(crate) fn child<'de, S: DeserializeSeed<'de>>(
    seed: S,
    value: Value<'_, '_, '_>,
    can_be_left_out: bool,
) -> Result<S::Value, Failure> {
    seed.deserialize(value)
        .map_err(|failure| match (value.settle(failure), value.node) {
            (Failure::Handled, _) => Failure::Handled,
            (_, Some(node)) if can_be_left_out => {
                value.session.skip(node);
                Failure::Handled
            }
            (failure, _) => failure,
        })
}

/// Most passes over one text: each gets past at least one problem.
const MAX_PASSES: usize = 64;

/// Reads the whole tree, pass by pass, until nothing new is found. `None` when no value could be made at all.
pub(crate) fn read<D: DeserializeOwned>(root: Node<'_, '_>, session: &Session) -> Option<D> {
    for _ in 0..MAX_PASSES {
        session.next_pass();
        let value = Value {
            node: Some(root),
            path: &Path::Root,
            session,
            field_of: None,
        };
        match D::deserialize(value).map_err(|failure| value.settle(failure)) {
            Ok(document) => return Some(document),
            Err(Failure::Handled) if !session.is_exhausted() => {}
            Err(_) => break,
        }
    }
    None
}
