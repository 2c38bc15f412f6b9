//! A text taken apart by other means than the crate's own, with the place in the document of each part.

use std::ops::Range;

/// A bracket, colon, name, value or comment.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) is_comment: bool,
    /// It is a name, or the colon behind it.
    pub(crate) is_name: bool,
    /// The pointer to the value that it is a part of, or names.
    pub(crate) pointer: String,
}

impl Token {
    pub(crate) fn text<'t>(&self, of: &'t str) -> &'t str {
        &of[self.range.clone()]
    }
}

/// Everything in an accepted text but white space and commas.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    // Of each open array or object: its pointer, whether it is an object, and how many elements or which name came last.
    let mut open: Vec<(String, bool, usize, String)> = Vec::new();
    let (mut at, mut is_after_colon) = (0, false);
    while let Some(first) = text[at..].chars().next() {
        let length = length(&text[at..]);
        let range = at..at + length;
        at += length;
        if matches!(first, ' ' | '\t' | '\r' | '\n' | ',') {
            continue;
        }
        let is_comment = first == '/';
        let inner = open.last_mut();
        let is_name =
            !is_comment && inner.as_ref().is_some_and(|inner| inner.1) && !is_after_colon && first != '}';
        let pointer = match inner {
            Some((pointer, ..)) if is_comment || matches!(first, '}' | ']') => pointer.clone(),
            Some((pointer, true, _, name)) => {
                if first == '"' && is_name {
                    *name = serde_json::from_str(&text[range.clone()]).unwrap();
                }
                format!("{pointer}/{name}")
            }
            Some((pointer, false, count, _)) => {
                *count += 1;
                format!("{pointer}/{}", *count - 1)
            }
            None => String::new(),
        };
        if !is_comment {
            is_after_colon = first == ':';
        }
        if matches!(first, '{' | '[') {
            open.push((pointer.clone(), first == '{', 0, String::new()));
        } else if matches!(first, '}' | ']') {
            open.pop();
        }
        found.push(Token { range, is_comment, is_name, pointer });
    }
    found
}

fn length(rest: &str) -> usize {
    if rest.starts_with("//") {
        rest.find(['\r', '\n']).unwrap_or(rest.len())
    } else if let Some(inside) = rest.strip_prefix("/*") {
        inside.find("*/").unwrap() + 4
    } else if let Some(inside) = rest.strip_prefix('"') {
        let mut is_escaped = false;
        let end = inside.find(|character| {
            let is_end = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            is_end
        });
        end.unwrap() + 2
    } else if rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '-') {
        let is_other = |character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character);
        rest.find(is_other).unwrap_or(rest.len())
    } else {
        rest.chars().next().unwrap().len_utf8()
    }
}
