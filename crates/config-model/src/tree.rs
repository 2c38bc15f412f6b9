//! A JSON text as a flat list of tokens that point into it: 16 bytes for each value, whatever its nesting.
//!
//! It borrows the text, so that a value can be read, named by line and column, or replaced where it stands.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Number, Value};

use crate::pointer::Pointer;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something that was reported already: it passes for any type, so that the rest can be checked.
    Invalid,
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
            Self::Invalid => "something unreadable",
            Self::Null => "null",
            Self::True | Self::False => "true or false",
            Self::Number => "a number",
            Self::Plain | Self::Escaped => "a string",
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

    /// The value at `pointer`, or the innermost one on the way there; and the name it has, if it is a member.
    pub(crate) fn nearest(&self, pointer: &Pointer) -> (Node<'_, 't>, Option<Node<'_, 't>>) {
        let (mut node, mut name) = (self.root(), None);
        for token in pointer.tokens() {
            let member = node.member(&token);
            let element = || token.parse().ok().and_then(|index| node.elements().nth(index));
            match member
                .map(|(key, value)| (value, Some(key)))
                .or_else(|| element().map(|found| (found, None)))
            {
                Some((inner, key)) => (node, name) = (inner, key),
                None => break,
            }
        }
        (node, name)
    }
}

/// One value of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'n, 't> {
    tree: &'n Tree<'t>,
    at: u32,
}

impl<'n, 't> Node<'n, 't> {
    fn token(self) -> Token {
        const NONE: Token = Token {
            start: 0,
            end: 0,
            next: u32::MAX,
            kind: Kind::Invalid,
        };
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
            _ => Cow::Borrowed(""),
        }
    }

    /// An array's values; nothing for another kind.
    pub(crate) fn elements(self) -> Children<'n, 't> {
        let (at, end) = if self.kind() == Kind::Array {
            self.inside()
        } else {
            (0, 0)
        };
        Children {
            tree: self.tree,
            at,
            end,
        }
    }

    /// An object's names and values; nothing for another kind.
    pub(crate) fn members(self) -> Members<'n, 't> {
        let (at, end) = if self.kind() == Kind::Object {
            self.inside()
        } else {
            (0, 0)
        };
        Members(Children {
            tree: self.tree,
            at,
            end,
        })
    }

    fn inside(self) -> (u32, u32) {
        (self.at + 1, self.token().next)
    }

    /// The member of this name. An accepted object has each name once.
    pub(crate) fn member(self, name: &str) -> Option<(Self, Self)> {
        self.members().find(|(key, _)| key.string() == name)
    }

    /// The value as a tree of its own. Integers beyond 64 bits become the nearest double.
    pub(crate) fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null | Kind::Invalid => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(number(self.source())),
            Kind::Plain | Kind::Escaped => Value::String(self.string().into_owned()),
            Kind::Array => Value::Array(self.elements().map(Node::to_value).collect()),
            Kind::Object => {
                let members = self
                    .members()
                    .map(|(key, value)| (key.string().into_owned(), value.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }
}

/// Values one after the other.
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
        let node = Node {
            tree: self.tree,
            at: self.at,
        };
        self.at = node.token().next;
        Some(node)
    }
}

/// Names with their values.
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
    source
        .parse()
        .ok()
        .and_then(Number::from_f64)
        .unwrap_or_else(|| 0.into())
}

/// The value of a string whose escapes the parser has checked.
fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, used) = escape(escaped.as_bytes()).unwrap_or(('\u{fffd}', 1));
        out.push(character);
        rest = escaped.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// What the bytes after a backslash stand for, and how many they are. `None`: not an escape of JSON's, or half of a
/// surrogate pair.
pub(crate) fn escape(after: &[u8]) -> Option<(char, usize)> {
    let simple = match after.first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(after),
        _ => return None,
    };
    Some((simple, 1))
}

fn unicode_escape(after: &[u8]) -> Option<(char, usize)> {
    let first = hex4(after.get(1..5)?)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 5));
    }
    let second = hex4(after.get(5..11)?.strip_prefix(b"\\u")?)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + low).map(|character| (character, 11))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value * 16 + char::from(*digit).to_digit(16)?)
    })
}
