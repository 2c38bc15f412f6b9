//! A JSON text as a flat list of tokens that point into it: 16 bytes for each value, whatever its nesting.
//!
//! It borrows the text, so that a value can be read, named by line and column, or replaced where it stands.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Number, Value};

use crate::escape::unescape;
use crate::pointer::{Pointer, index_of};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something that was reported already: it passes for any type, so that the rest can be checked.
    Invalid,
    /// A name that was used before in its object, and reported: it and its value are passed over.
    Repeated,
    /// A name without quotes, which was reported: its bytes are its value.
    Bare,
    Null,
    True,
    False,
    Number,
    /// A string whose bytes are its value.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
}

impl Kind {
    /// How a message names a found value: by its kind, never by its content.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Invalid | Self::Repeated => "something unreadable",
            Self::Null => "null",
            Self::True | Self::False => "true or false",
            Self::Number => "a number",
            Self::Plain | Self::Escaped | Self::Bare => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The token after this one and all that it holds.
    pub(crate) next: u32,
    pub(crate) kind: Kind,
}

/// A parsed text. In an object, the tokens of name and value alternate.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token>,
}

impl<'t> Tree<'t> {
    /// The document's value. The parser always leaves at least one token.
    pub(crate) fn root(&self) -> Node<'_, 't> {
        Node { tree: self, at: 0 }
    }

    pub(crate) fn node(&self, at: u32) -> Option<Node<'_, 't>> {
        self.tokens.get(at as usize).map(|_| Node { tree: self, at })
    }

    /// Every value on the way to the one at `pointer`, from the root to it, or to the innermost one that is there. The
    /// pointer is that of a problem, in which names may have been cut.
    pub(crate) fn way(&self, pointer: &Pointer) -> Vec<Node<'_, 't>> {
        let mut way = vec![self.root()];
        let mut node = self.root();
        for token in pointer.tokens() {
            match node.cut_child(&token) {
                Some(inner) => node = inner,
                None => break,
            }
            way.push(node);
        }
        way
    }

    /// Where the value at `pointer` starts, or the innermost one on the way there; with `about_key`, its name.
    pub(crate) fn start_of(&self, pointer: &Pointer, about_key: bool) -> usize {
        let way = self.way(pointer);
        let node = way.last().copied().unwrap_or_else(|| self.root());
        let parent = way.len().checked_sub(2).and_then(|parent| way.get(parent));
        let is_reached = way.len() == pointer.tokens().count() + 1;
        let name = parent.filter(|_| about_key && is_reached).and_then(|parent| {
            let mut members = parent.members();
            members.find(|(_, value)| value.id() == node.id())
        });
        name.map_or(node, |(key, _)| key).start()
    }
}

impl Tree<'_> {
    /// Of a text that was read up to a slip: what is open there ends with it.
    pub(crate) fn finish(&mut self) {
        let (end, next) = (index(self.text.len()), index(self.tokens.len()));
        for token in self.tokens.iter_mut().filter(|token| token.end == token.start) {
            if matches!(token.kind, Kind::Array | Kind::Object) {
                (token.end, token.next) = (end, next);
            }
        }
    }
}

/// The parser refuses texts of 4 GiB before it starts, so that every offset fits.
pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// One value of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'n, 't> {
    tree: &'n Tree<'t>,
    at: u32,
}

impl<'n, 't> Node<'n, 't> {
    fn token(self) -> Token {
        const NONE: Token = Token { start: 0, end: 0, next: u32::MAX, kind: Kind::Invalid };
        self.tree.tokens.get(self.at as usize).copied().unwrap_or(NONE)
    }

    pub(crate) fn kind(self) -> Kind {
        self.token().kind
    }

    /// Names this value within its tree.
    pub(crate) fn id(self) -> u32 {
        self.at
    }

    pub(crate) fn span(self) -> Range<usize> {
        self.token().start as usize..self.token().end as usize
    }

    pub(crate) fn start(self) -> usize {
        self.token().start as usize
    }

    /// What the tree was made of, with what is around the value.
    pub(crate) fn text(self) -> &'t str {
        self.tree.text
    }

    /// The value as written.
    pub(crate) fn source(self) -> &'t str {
        self.tree.text.get(self.span()).unwrap_or_default()
    }

    /// A string's value.
    pub(crate) fn string(self) -> Cow<'t, str> {
        let source = self.source();
        let inner = source.get(1..source.len().saturating_sub(1)).unwrap_or_default();
        match self.kind() {
            Kind::Plain => Cow::Borrowed(inner),
            Kind::Escaped => Cow::Owned(unescape(inner)),
            Kind::Bare => Cow::Borrowed(source),
            _ => Cow::Borrowed(""),
        }
    }

    /// An array's values; nothing for another kind.
    pub(crate) fn elements(self) -> Children<'n, 't> {
        let (at, end) = if self.kind() == Kind::Array { self.inside() } else { (0, 0) };
        Children { tree: self.tree, at, end }
    }

    /// An object's names and values; nothing for another kind.
    pub(crate) fn members(self) -> Members<'n, 't> {
        let (at, end) = if self.kind() == Kind::Object { self.inside() } else { (0, 0) };
        Members(Children { tree: self.tree, at, end })
    }

    fn inside(self) -> (u32, u32) {
        (self.at + 1, self.token().next)
    }

    /// The member of this name. An accepted object has each name once.
    pub(crate) fn member(self, name: &str) -> Option<(Self, Self)> {
        self.members().find(|(key, _)| key.is_name() && key.string() == name)
    }

    /// Can this token's text be used as a name?
    pub(crate) fn is_name(self) -> bool {
        !matches!(self.kind(), Kind::Invalid | Kind::Repeated)
    }

    pub(crate) fn is_bare(self) -> bool {
        self.kind() == Kind::Bare
    }

    /// The member or element that a token of a pointer names.
    pub(crate) fn child(self, token: &str) -> Option<Self> {
        if self.kind() == Kind::Array {
            return self.elements().nth(index_of(token)?);
        }
        self.member(token).map(|(_, value)| value)
    }

    /// As [`child`](Self::child), also by a name that was cut for a message.
    fn cut_child(self, token: &str) -> Option<Self> {
        self.cut_entry(token).map(|(_, child)| child)
    }

    /// The same, with the member's name.
    pub(crate) fn cut_entry(self, token: &str) -> Option<(Option<Self>, Self)> {
        if self.kind() == Kind::Array {
            return self.child(token).map(|element| (None, element));
        }
        let is_meant = |key: Self| key.is_name() && Pointer::is_cut_from(token, &key.string());
        let cut = || self.members().find(|(key, _)| is_meant(*key));
        self.member(token).or_else(cut).map(|(key, value)| (Some(key), value))
    }

    /// The name that an object ends with, if the text ends, or slips, before its value.
    pub(crate) fn name_without_value(self) -> Option<Self> {
        let tokens = self.members().0;
        (tokens.clone().count() % 2 == 1).then(|| tokens.last()).flatten()
    }

    /// The names of the tokens of this value and of all inside it.
    pub(crate) fn ids(self) -> Range<u32> {
        self.at..self.token().next
    }

    /// The value as a tree of its own. Integers beyond 64 bits become the nearest double.
    pub(crate) fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null | Kind::Invalid | Kind::Repeated => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(number(self.source())),
            Kind::Plain | Kind::Escaped | Kind::Bare => Value::String(self.string().into_owned()),
            Kind::Array => Value::Array(self.elements().map(Node::to_value).collect()),
            Kind::Object => {
                let members =
                    self.members().map(|(key, value)| (key.string().into_owned(), value.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }
}

/// Values one after the other.
#[derive(Clone)]
pub(crate) struct Children<'n, 't> {
    tree: &'n Tree<'t>,
    at: u32,
    end: u32,
}

impl<'n, 't> Iterator for Children<'n, 't> {
    type Item = Node<'n, 't>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, at: self.at };
        self.at = node.token().next;
        Some(node)
    }
}

/// Names with their values.
#[derive(Clone)]
pub(crate) struct Members<'n, 't>(Children<'n, 't>);

impl<'n, 't> Iterator for Members<'n, 't> {
    type Item = (Node<'n, 't>, Node<'n, 't>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }
}

/// A valid JSON number: exact up to 64 bits, else the nearest double, as RFC 8259 section 6 expects of readers.
pub(crate) fn number(source: &str) -> Number {
    let is_whole = source.bytes().skip(1).all(|byte| byte.is_ascii_digit()) && source != "-0";
    if is_whole {
        if let Ok(value) = source.parse::<u64>() {
            return value.into();
        }
        if let Ok(value) = source.parse::<i64>() {
            return value.into();
        }
    }
    source.parse().ok().and_then(Number::from_f64).unwrap_or_else(|| 0.into())
}
