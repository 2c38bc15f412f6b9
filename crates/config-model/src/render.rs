//! JSON values as text that people read: two spaces or the document's own indentation, short lists on one line.

use crate::fold::unfolded;
use crate::tree::{Kind, Node};

/// Longest list of plain values that stays on its line, in bytes.
const LINE: usize = 72;

/// How a document is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) unit: String,
    pub(crate) line_end: &'static str,
    /// The document stands on one line: so does what is added to it.
    pub(crate) one_line: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { unit: "  ".to_owned(), line_end: "\n", one_line: false }
    }
}

/// `value` as it stands on a line that is indented by `indent`. It was recorded, so that its scalars are written as they
/// are.
pub(crate) fn render(value: Node<'_, '_>, indent: &str, style: &Style) -> String {
    let mut out = String::with_capacity(value.span().len());
    write(&mut out, value, indent, style);
    out
}

/// An object of these members.
pub(crate) fn render_members<'n, 't: 'n>(
    members: impl IntoIterator<Item = (Node<'n, 't>, Node<'n, 't>)>,
    indent: &str,
    style: &Style,
) -> String {
    let mut members = members.into_iter().peekable();
    if members.peek().is_none() {
        return "{}".to_owned();
    }
    let mut out = String::new();
    entries(&mut out, members, "{}", indent, style, |out, member, inner| {
        write_member(out, member, inner, style);
    });
    out
}

/// A member whose object indents its members by `indent`.
pub(crate) fn render_member(member: (Node<'_, '_>, Node<'_, '_>), indent: &str, style: &Style) -> String {
    let mut out = String::new();
    write_member(&mut out, member, indent, style);
    out
}

fn write_member(out: &mut String, (name, value): (Node<'_, '_>, Node<'_, '_>), indent: &str, style: &Style) {
    out.push_str(name.source());
    out.push_str(": ");
    write(out, value, indent, style);
}

fn write(out: &mut String, value: Node<'_, '_>, indent: &str, style: &Style) {
    let value = unfolded(value);
    let value = value.node();
    match value.kind() {
        Kind::Array if value.elements().next().is_some() => {
            let is_plain = |element: Node<'_, '_>| !matches!(element.kind(), Kind::Array | Kind::Object);
            let is_short = || line_length(value) <= LINE;
            if value.elements().all(is_plain) && (style.one_line || is_short()) {
                on_one_line(out, value);
            } else {
                entries(out, value.elements(), "[]", indent, style, |out, element, inner| {
                    write(out, element, inner, style);
                });
            }
        }
        Kind::Object if value.members().next().is_some() => {
            entries(out, value.members(), "{}", indent, style, |out, member, inner| {
                write_member(out, member, inner, style);
            });
        }
        _ => out.push_str(value.source()),
    }
}

fn entries<T>(
    out: &mut String,
    entries: impl IntoIterator<Item = T>,
    brackets: &str,
    indent: &str,
    style: &Style,
    mut one: impl FnMut(&mut String, T, &str),
) {
    let (open, close) = brackets.split_at(1);
    let inner = format!("{indent}{}", style.unit);
    let (first, next, last) = if style.one_line {
        (String::new(), " ".to_owned(), String::new())
    } else {
        let line = format!("{}{inner}", style.line_end);
        (line.clone(), line, format!("{}{indent}", style.line_end))
    };
    out.push_str(open);
    for (index, entry) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(if index == 0 { &first } else { &next });
        one(out, entry, &inner);
    }
    out.push_str(&last);
    out.push_str(close);
}

fn on_one_line(out: &mut String, array: Node<'_, '_>) {
    for (index, element) in array.elements().enumerate() {
        out.push_str(if index == 0 { "[" } else { ", " });
        out.push_str(element.source());
    }
    out.push(']');
}

/// With its brackets, and with a comma and a blank between two elements.
fn line_length(array: Node<'_, '_>) -> usize {
    array.elements().map(|element| element.span().len() + 2).sum()
}
