//! What is short is kept as one token, and told apart again by whoever looks into it.
//!
//! A save changes little of a document. Of the rest, nobody needs more than where it stands and what it looks like, so
//! that a list of all of its tokens would be made, and its memory cleared, for nothing.

use std::ops::Range;

use crate::jsonc::comment;
use crate::lex::{plain, spaces};
use crate::tree::{Kind, Node, Token, Tree};

/// Arrays and objects of at most so many bytes are folded.
const SHORT: usize = 1024;

/// Makes one token of the array or object whose tokens end the list, from `container` on, if it is short.
#[inline]
pub(crate) fn fold(tokens: &mut Vec<Token>, container: usize) {
    if let Some(token) = tokens.get_mut(container)
        && (token.end - token.start) as usize <= SHORT
    {
        token.next = index(container + 1);
        tokens.truncate(container + 1);
    }
}

/// A value to look into: with the tokens inside it, whether or not it was folded.
pub(crate) enum Unfolded<'n, 't> {
    AsItWas(Node<'n, 't>),
    Anew(Tree<'t>),
}

impl<'t> Unfolded<'_, 't> {
    pub(crate) fn node(&self) -> Node<'_, 't> {
        match self {
            Self::AsItWas(node) => *node,
            Self::Anew(tree) => tree.root(),
        }
    }
}

pub(crate) fn unfolded<'n, 't>(node: Node<'n, 't>) -> Unfolded<'n, 't> {
    // An empty one looks the same. It has nothing inside in either way.
    let is_container = matches!(node.kind(), Kind::Array | Kind::Object);
    if !is_container || node.ids().len() > 1 || node.span().len() <= "[]".len() {
        return Unfolded::AsItWas(node);
    }
    Unfolded::Anew(Tree { text: node.text(), tokens: tokens(node.text(), node.span(), false) })
}

/// The folded tree of a text that is known to be JSON or JSONC. Of another, it is of no use, and does no harm.
pub(crate) fn folded(text: &str) -> Tree<'_> {
    Tree { text, tokens: tokens(text, 0..text.len(), true) }
}

/// The tokens of a value that is known to be JSON or JSONC.
fn tokens(text: &str, span: Range<usize>, is_folding: bool) -> Vec<Token> {
    let bytes = text.as_bytes().get(..span.end).unwrap_or_default();
    let mut tokens: Vec<Token> = Vec::with_capacity(span.len() / size_of::<Token>() + 1);
    let (mut open, mut at) = (Vec::new(), span.start);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        let kind = match byte {
            b',' | b':' => continue,
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += spaces(bytes.get(at..).unwrap_or_default());
                continue;
            }
            b'/' => {
                let rest = bytes.get(start..).unwrap_or_default();
                at = start + comment(rest).unwrap_or(1);
                continue;
            }
            b'}' | b']' => {
                if let Some(container) = open.pop() {
                    close(&mut tokens, container, at);
                    if is_folding && !open.is_empty() {
                        fold(&mut tokens, container);
                    }
                }
                continue;
            }
            b'{' | b'[' => {
                open.push(tokens.len());
                if *byte == b'{' { Kind::Object } else { Kind::Array }
            }
            b'"' => {
                let rest = bytes.get(at..).unwrap_or_default();
                let (length, is_escaped) = string(rest);
                at += length;
                if is_escaped { Kind::Escaped } else { Kind::Plain }
            }
            _ => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
                    .count();
                match byte {
                    b'n' => Kind::Null,
                    b't' => Kind::True,
                    b'f' => Kind::False,
                    _ => Kind::Number,
                }
            }
        };
        tokens.push(Token { start: index(start), end: index(at), next: index(tokens.len() + 1), kind });
    }
    tokens
}

/// Ends the array or object whose tokens end the list.
fn close(tokens: &mut [Token], container: usize, end: usize) {
    let next = index(tokens.len());
    if let Some(token) = tokens.get_mut(container) {
        (token.end, token.next) = (index(end), next);
    }
}

/// How long the rest of a string is, with the quote at its end, and whether it has escapes.
fn string(rest: &[u8]) -> (usize, bool) {
    let (mut length, mut is_escaped) = (0, false);
    loop {
        match rest.get(length) {
            Some(b'\\') => (length, is_escaped) = (length + 2, true),
            Some(b'"') => return (length + 1, is_escaped),
            Some(_) => length += plain(rest.get(length..).unwrap_or_default()).max(1),
            None => return (rest.len(), is_escaped),
        }
    }
}

/// The tree that is folded has offsets of the same text, which fit.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
