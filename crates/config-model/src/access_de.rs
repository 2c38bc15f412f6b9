//! How serde walks the inside of a value: the entries of an object, the elements of an array, the variant of an enum.

use std::borrow::Cow;

use serde::de::Deserializer as _;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::de::Value;
use crate::failure::Failure;
use crate::name::Name;
use crate::passes::child;
use crate::session::{Fields, Path, meant};
use crate::tree::{Children, Kind, Members, Node};

/// The elements of an array. A tuple has a fixed number of them: neutral values stand in for those that are not there.
pub(crate) struct Elements<'s, 'n, 't> {
    parent: Value<'s, 'n, 't>,
    nodes: Option<Children<'n, 't>>,
    index: usize,
    tuple: Option<usize>,
}

impl<'s, 'n, 't> Elements<'s, 'n, 't> {
    pub(crate) fn new(parent: &Value<'s, 'n, 't>) -> Self {
        let nodes = parent.real().map(Node::elements);
        Self { parent: *parent, nodes, index: 0, tuple: None }
    }

    pub(crate) fn of_tuple(parent: &Value<'s, 'n, 't>, length: usize) -> Self {
        Self { tuple: Some(length), ..Self::new(parent) }
    }

    /// The next element that is there to be read.
    fn next_node(&mut self) -> Option<Node<'n, 't>> {
        let nodes = self.nodes.as_mut()?;
        loop {
            let node = nodes.next()?;
            if self.tuple.is_some() || !self.parent.session.is_skipped(node) {
                return Some(node);
            }
            self.index += 1;
        }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, '_, '_> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        let node = self.next_node();
        let is_over = self.tuple.map_or(node.is_none(), |length| self.index >= length);
        if is_over {
            return Ok(None);
        }
        let path = Path::Index(self.parent.path, self.index);
        self.index += 1;
        let value = Value { node, path: &path, session: self.parent.session, field_of: None };
        child(seed, value, self.tuple.is_none()).map(Some)
    }
}

/// The members of an object. A struct's own list of fields tells which are unknown, and which had to be there.
pub(crate) struct Entries<'s, 'n, 't> {
    parent: Value<'s, 'n, 't>,
    members: Option<Members<'n, 't>>,
    fields: Option<Fields>,
    missing: Vec<&'static str>,
    /// Members that no neutral value can stand in for.
    last: Vec<Member<'n, 't>>,
    /// The member whose name was read, none for a missing one, and that name.
    current: (Option<Member<'n, 't>>, Cow<'t, str>),
}

/// A name and its value.
type Member<'n, 't> = (Node<'n, 't>, Node<'n, 't>);

impl<'s, 'n, 't> Entries<'s, 'n, 't> {
    pub(crate) fn of_map(parent: &Value<'s, 'n, 't>) -> Self {
        let members = parent.real().map(Node::members);
        Self {
            parent: *parent,
            members,
            fields: None,
            missing: Vec::new(),
            last: Vec::new(),
            current: (None, Cow::Borrowed("")),
        }
    }

    pub(crate) fn of_struct(parent: &Value<'s, 'n, 't>, of_type: &'static str, fields: Fields) -> Self {
        let missing = parent.session.missing((of_type, fields), parent.real(), parent.path);
        Self { fields: Some(fields), missing, ..Self::of_map(parent) }
    }

    fn next_member(&mut self) -> Option<Member<'n, 't>> {
        let session = self.parent.session;
        while let Some((key, value)) = self.members.as_mut().and_then(Iterator::next) {
            if !key.is_name() || session.is_skipped(value) {
                continue;
            }
            if self.is_of_the_format(key) {
                session.know(key, self.parent.path);
                if value.kind() == Kind::Number {
                    session.know(value, self.parent.path);
                }
                continue;
            }
            if !session.is_last(value) {
                return Some((key, value));
            }
            self.last.push((key, value));
        }
        self.last.pop()
    }

    /// Every document may have these, whatever its schema: the version, and a hint for editors.
    fn is_of_the_format(&self, key: Node<'_, '_>) -> bool {
        if !self.parent.is_root() {
            return false;
        }
        let name = key.string();
        let is_own = |fields: Fields| fields.contains(&name.as_ref());
        match name.as_ref() {
            "version" => !self.fields.map_or_else(|| self.parent.session.has_version(), is_own),
            "$schema" => !self.fields.is_some_and(is_own),
            _ => false,
        }
    }

    /// A name that the type of the map's keys, or a strict struct, does not take: the next pass leaves it out.
    fn bad_name(&self, failure: &Failure, (key, value): Member<'n, 't>) -> Failure {
        let name = key.string();
        let (message, help) = match failure {
            Failure::UnknownName => {
                ("this field is not known", meant(&name, self.fields.unwrap_or_default()))
            }
            _ => ("this name is not valid here", None),
        };
        let session = self.parent.session;
        session.bad_name(key, &Path::Key(self.parent.path, &name), message, help);
        session.skip(value);
        Failure::Handled
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_, '_> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        if let Some((key, value)) = self.next_member() {
            let name = key.string();
            let read = seed.deserialize(Name(&name)).map_err(|failure| self.bad_name(&failure, (key, value)));
            if read.is_ok() && self.fields.is_none_or(|fields| fields.contains(&name.as_ref())) {
                self.parent.session.know(key, self.parent.path);
            }
            self.current = (Some((key, value)), name);
            return read.map(Some);
        }
        let Some(field) = self.missing.pop() else {
            return Ok(None);
        };
        self.current = (None, Cow::Borrowed(field));
        seed.deserialize(Name(field)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (member, name) = std::mem::take(&mut self.current);
        let path = Path::Key(self.parent.path, &name);
        let value = Value {
            node: member.map(|(_, value)| value),
            path: &path,
            session: self.parent.session,
            field_of: member.map(|(key, _)| key).zip(self.fields),
        };
        child(seed, value, self.fields.is_none())
    }
}

/// An enum as `serde_json` writes it: `"Name"`, or `{"Name": content}`.
pub(crate) struct VariantOf<'s, 'n, 't> {
    parent: Value<'s, 'n, 't>,
    name: Cow<'t, str>,
    content: Option<Node<'n, 't>>,
}

impl<'s, 'n, 't> VariantOf<'s, 'n, 't> {
    /// A neutral enum is its variant number `neutral`.
    pub(crate) fn new(
        parent: &Value<'s, 'n, 't>,
        node: Option<Node<'n, 't>>,
        variants: Fields,
        neutral: usize,
    ) -> Self {
        let mut found = None;
        if let Some(node) = node {
            let mut members = node.members();
            found = match (node.kind(), members.next(), members.next()) {
                (Kind::Object, Some((key, content)), None) => Some((key.string(), Some(content))),
                (Kind::Object, ..) => {
                    let message = "expected an object with exactly one name, that of the variant";
                    parent.session.misfit(node, parent.path, message, "");
                    None
                }
                _ => Some((node.string(), None)),
            };
        }
        let neutral = variants.get(neutral).copied().unwrap_or_default();
        let (name, content) = found.unwrap_or((Cow::Borrowed(neutral), None));
        Self { parent: *parent, name, content }
    }

    fn read<T>(&self, read: impl FnOnce(Value<'_, 'n, 't>) -> Result<T, Failure>) -> Result<T, Failure> {
        if let (None, Some(node)) = (self.content, self.parent.real()) {
            let message = "this variant has content: expected an object with its name";
            self.parent.session.misfit(node, self.parent.path, message, "write `{\"variant\": content}`");
        }
        let path = Path::Key(self.parent.path, &self.name);
        read(Value { node: self.content, path: &path, session: self.parent.session, field_of: None })
    }
}

impl<'de> EnumAccess<'de> for VariantOf<'_, '_, '_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        seed.deserialize(Name(&self.name)).map(|variant| (variant, self))
    }
}

impl<'de> VariantAccess<'de> for VariantOf<'_, '_, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.content.filter(|content| content.kind() != Kind::Null) {
            Some(_) => Err(Failure::Expected("this variant has no content: write its name alone".to_owned())),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        self.read(|value| child(seed, value, false))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.read(|value| value.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: Fields, visitor: V) -> Result<V::Value, Failure> {
        self.read(|value| value.deserialize_struct("", fields, visitor))
    }
}
