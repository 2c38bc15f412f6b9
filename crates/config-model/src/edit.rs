//! Changes to a text that leave every byte alone but those of the values that change.

use std::ops::Range;

use serde_json::Value;

use crate::align::align;
use crate::children::{Between, Children, Inside};
use crate::compare::{ByName, has_same_text, is_same};
use crate::fold::unfolded;
use crate::record::folded_value_in;
use crate::render::{Style, render, render_member, render_members};
use crate::tree::{Kind, Node, Tree};

/// What makes `new` of `old` in the text of `tree`: what the two agree on is not touched, nor is what neither knows.
///
/// `old` is what the program made of the text; a name in the text that it lacks is unknown to the program, and stays.
pub(crate) fn edits<'t>(tree: &Tree<'t>, old: &Tree<'_>, new: &Tree<'_>) -> Edits<'t> {
    edits_from(tree, Old::Is(old.root()), new)
}

/// The text of `tree`, changed to say what `new` does.
pub(crate) fn rewrite_to(tree: &Tree<'_>, new: &Value) -> String {
    let edits = {
        let mut text = String::new();
        folded_value_in(new, &mut text).map(|new| edits_from(tree, Old::AsWritten, &new))
    };
    // No text that can be read makes a value of 4 GiB. Whoever reads what is returned refuses it.
    edits.map_or_else(|_| new.to_string(), Edits::apply)
}

fn edits_from<'t>(tree: &Tree<'t>, old: Old<'_, '_>, new: &Tree<'_>) -> Edits<'t> {
    let mut edits = Edits { text: tree.text, style: style(tree), list: Vec::new() };
    edits.value(tree.root(), old, new.root());
    edits
}

/// What the program made of a value of the text. It was recorded, as the new one was: what is equal there has the same
/// text, but for maps without an order, so that most values are compared as bytes.
#[derive(Clone, Copy)]
enum Old<'n, 't> {
    /// Exactly what it says.
    AsWritten,
    Is(Node<'n, 't>),
}

impl Old<'_, '_> {
    fn is_same(self, node: Node<'_, '_>, new: Node<'_, '_>) -> bool {
        match self {
            Self::AsWritten => is_same(node, new),
            Self::Is(old) => is_same(old, new),
        }
    }

    fn has_same_text(self, node: Node<'_, '_>, new: Node<'_, '_>) -> bool {
        match self {
            Self::AsWritten => has_same_text(node, new),
            Self::Is(old) => has_same_text(old, new),
        }
    }
}

fn style(tree: &Tree<'_>) -> Style {
    let root = tree.root();
    let first = root.members().next().map(|(key, _)| key.start());
    let unit = first.and_then(|first| indent_before(tree.text, first)).filter(|unit| !unit.is_empty());
    Style {
        unit: unit.map_or_else(|| "  ".to_owned(), str::to_owned),
        line_end: if tree.text.contains("\r\n") { "\r\n" } else { "\n" },
        one_line: first.is_some() && !root.source().contains('\n'),
    }
}

/// The white space before `offset`, when nothing else stands before it on its line.
fn indent_before(text: &str, offset: usize) -> Option<&str> {
    let line = text.get(..offset)?.rsplit_once('\n')?.1;
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(line)
}

/// The white space that the line of `offset` starts with.
fn indent_of_line(text: &str, offset: usize) -> &str {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// Another text in place of this part of a text.
pub(crate) type Edit = (Range<usize>, String);

/// What is to change in a text. It holds all that it needs of the documents.
pub(crate) struct Edits<'t> {
    text: &'t str,
    style: Style,
    /// In the order of the text, none overlapping another.
    list: Vec<Edit>,
}

impl Edits<'_> {
    fn value(&mut self, node: Node<'_, '_>, old: Old<'_, '_>, new: Node<'_, '_>) {
        if old.has_same_text(node, new) {
            return;
        }
        let (node, new) = (unfolded(node), unfolded(new));
        let (node, new) = (node.node(), new.node());
        let was = match old {
            Old::AsWritten => None,
            Old::Is(old) => Some(unfolded(old)),
        };
        let old = was.as_ref().map_or(Old::AsWritten, |was| Old::Is(was.node()));
        match (node.kind(), old, new.kind()) {
            // Where nothing differs but the order, nothing is found inside either.
            (Kind::Object, Old::Is(old), Kind::Object) if old.kind() == Kind::Object => {
                self.object(node, Some(old), new);
            }
            _ if old.is_same(node, new) => {}
            (Kind::Object, Old::AsWritten, Kind::Object) => self.object(node, None, new),
            (Kind::Array, Old::AsWritten, Kind::Array) => self.array(node, None, new),
            (Kind::Array, Old::Is(old), Kind::Array) if old.kind() == Kind::Array => {
                self.array(node, Some(old), new);
            }
            _ => self.replace(node, new),
        }
    }

    fn replace(&mut self, node: Node<'_, '_>, new: Node<'_, '_>) {
        let text = render(new, indent_of_line(self.text, node.start()), &self.style);
        self.list.push((node.span(), text));
    }

    /// Without an `old`, the object was what the text says.
    fn object(&mut self, node: Node<'_, '_>, old: Option<Node<'_, '_>>, new: Node<'_, '_>) {
        let (mut olds, mut news) = (old.map(ByName::new), ByName::new(new));
        let (mut spans, mut removed, mut changed, mut met) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (key, value) in node.members() {
            spans.push(key.start()..value.span().end);
            let old = olds.as_mut().map(|olds| olds.find(key));
            let new = news.find(key);
            met += usize::from(new.is_some());
            // A name that the program did not know stays.
            removed.push(new.is_none() && old.is_none_or(|old| old.is_some()));
            let old = old.flatten().map_or(Old::AsWritten, Old::Is);
            changed.extend(new.filter(|new| !old.has_same_text(value, *new)).map(|new| (value, old, new)));
        }
        let mut present = ByName::new(node);
        let is_added = |&(key, value): &(Node<'_, '_>, Node<'_, '_>)| {
            let mut was = || olds.as_mut().and_then(|olds| olds.find(key));
            present.find(key).is_none() && !was().is_some_and(|old| is_same(old, value))
        };
        let has_more = new.members().count() > met;
        let added: Vec<_> = new.members().filter(|_| has_more).filter(is_added).collect();
        let indent = self.child_indent(node, &spans);
        let added_after = spans.len();
        let mut children = Children { spans, removed, added: Vec::new() };
        if !Inside::new(self.text, &node.span(), &children).keeps_something() {
            if !children.spans.is_empty() || !added.is_empty() {
                let text = render_members(added, indent_of_line(self.text, node.start()), &self.style);
                self.list.push((node.span(), text));
            }
            return;
        }
        let text = |member| (added_after, render_member(member, &indent, &self.style));
        children.added = added.into_iter().map(text).collect();
        let start = self.list.len();
        for (value, old, new) in changed {
            self.value(value, old, new);
        }
        self.children(start, node, &children);
    }

    /// Without an `old`, the array was what the text says.
    fn array(&mut self, node: Node<'_, '_>, old: Option<Node<'_, '_>>, new: Node<'_, '_>) {
        let nodes: Vec<_> = node.elements().collect();
        let olds: Vec<_> = old.map_or_else(|| nodes.clone(), |old| old.elements().collect());
        let news: Vec<_> = new.elements().collect();
        if nodes.len() != olds.len() {
            return self.replace(node, new);
        }
        let (fate, container) = (align(&olds, &news), node.span());
        let spans: Vec<_> = nodes.iter().map(|node| node.span()).collect();
        let indent = self.child_indent(node, &spans);
        let mut children = Children { spans, removed: fate.removed, added: Vec::new() };
        if !Inside::new(self.text, &container, &children).keeps_something() {
            return self.replace(node, new);
        }
        let text = |(behind, new): (usize, usize)| {
            news.get(new).map(|value| (behind, render(*value, &indent, &self.style)))
        };
        children.added = fate.added.into_iter().filter_map(text).collect();
        let start = self.list.len();
        for (index, new) in fate.paired {
            let (Some(node), Some(was), Some(new)) = (nodes.get(index), olds.get(index), news.get(new))
            else {
                continue;
            };
            let is_container = matches!(new.kind(), Kind::Array | Kind::Object);
            if is_container && node.kind() == new.kind() {
                self.value(*node, old.map_or(Old::AsWritten, |_| Old::Is(*was)), *new);
            } else {
                // Another key, say: what is written beside the old one is not about it.
                let text = render(*new, indent_of_line(self.text, node.start()), &self.style);
                Inside::new(self.text, &container, &children).exchange(index, text, &mut self.list);
            }
        }
        self.children(start, node, &children);
    }

    /// Adds the removals and additions of one container, and puts them in order with the edits inside it, from `start`.
    fn children(&mut self, start: usize, node: Node<'_, '_>, children: &Children) {
        if children.added.is_empty() && !children.removed.contains(&true) {
            return;
        }
        let line = format!("{}{}", self.style.line_end, self.child_indent(node, &children.spans));
        let usual = if self.has_lines(node, &children.spans) { &line } else { " " };
        let inside = Inside::new(self.text, &node.span(), children);
        inside.remove(&mut self.list);
        inside.add(&Between { usual, line: &line }, &mut self.list);
        if let Some(inside) = self.list.get_mut(start..) {
            // An addition comes before a removal that starts at the same place.
            inside.sort_by_key(|(range, _)| (range.start, range.end));
        }
    }

    fn child_indent(&self, node: Node<'_, '_>, spans: &[Range<usize>]) -> String {
        let own = spans.first().and_then(|first| indent_before(self.text, first.start));
        let outer = || format!("{}{}", indent_of_line(self.text, node.start()), self.style.unit);
        own.map_or_else(outer, str::to_owned)
    }

    /// Does the first child of this container stand on a line of its own?
    fn has_lines(&self, node: Node<'_, '_>, spans: &[Range<usize>]) -> bool {
        let first = spans.first().map_or(node.span().end, |first| first.start);
        self.text.get(node.start()..first).is_some_and(|gap| gap.contains('\n'))
    }

    /// The changed text.
    pub(crate) fn apply(self) -> String {
        let mut out = String::with_capacity(
            self.text.len() + self.list.iter().map(|(_, new)| new.len()).sum::<usize>(),
        );
        let mut at = 0;
        for (range, new) in &self.list {
            out.push_str(self.text.get(at..range.start).unwrap_or_default());
            out.push_str(new);
            at = range.end.max(at);
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }
}
