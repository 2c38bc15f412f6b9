//! The line of a problem, as far as people may see it: no secret stands in it, and nothing that a terminal would obey.
//!
//! What is shown are the names and numbers that the schema asked for, and the brackets, colons and commas around them. All else
//! is an ellipsis: strings, comments, fields that nobody knows, what nobody could read. A key may be pasted into any of them.

use std::ops::Range;

use crate::clean::is_unfit;
use crate::known::Known;
use crate::pointer::Pointer;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{Kind, Node, Token, Tree};

/// How many bytes of a line are looked at on each side of a problem.
const WINDOW: usize = 400;

/// How many characters are shown before a problem, of the problem itself, and with all that comes after.
const BEFORE: usize = 48;
const MARKED: usize = 60;
const WIDTH: usize = 120;

/// How many characters of one name or value are shown.
const SHOWN: usize = 40;

/// Longest name, as it is written, that is looked for in a pointer.
const COMPARED: usize = 1024;

/// Stands for what is not shown.
const ELLIPSIS: &str = "…";

/// The line of a text that a [`Problem`] is in, for people: at most 120 characters of it, without anything secret.
///
/// Names and numbers are shown where the schema asked for them and [`Document::SECRETS`](crate::Document::SECRETS) does not list
/// them, and names that the problem's pointer shows; so are `true`, `false` and `null`. An ellipsis stands for all else, whatever
/// its length: for each string too, since the wrong one may have been pasted there.
///
/// ```
/// let text = br#"{"version": 1, "models": {"a": {"upstream": "u", "enabled": "yes", "allowed_keys": ["sk-1"]}}}"#;
/// let problems = config_model::decode::<config_model::Config>(text).unwrap_err();
/// let excerpt = problems.iter().next().unwrap().excerpt().unwrap();
/// assert_eq!(excerpt.text(), r#"{"version": 1, "models": {"a": {"upstream": "…", "enabled": "…", "allowed_keys": ["…"]}}}"#);
/// assert_eq!(&excerpt.text()[excerpt.marked()], "\"…\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    marked: Range<usize>,
}

impl Excerpt {
    /// The line: no control character is in it, a tab is four blanks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`text`](Self::text) that are at fault. Empty at the end of the text.
    pub fn marked(&self) -> Range<usize> {
        self.marked.clone()
    }
}

/// A text that problems are in.
pub(crate) struct Source<'n, 't> {
    tree: &'n Tree<'t>,
    known: &'n Known,
}

impl<'n, 't> Source<'n, 't> {
    /// The tree may end in the middle, where its parser stopped.
    pub(crate) fn new(tree: &'n Tree<'t>, known: &'n Known) -> Self {
        Self { tree, known }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.tree.text
    }

    /// What stands at `offset`: a name or value, or else a character.
    pub(crate) fn span_at(&self, offset: usize) -> Range<usize> {
        let after = self.tree.tokens.partition_point(|token| token.start as usize <= offset);
        let token = after.checked_sub(1).and_then(|at| self.tree.tokens.get(at));
        let span = token.map(|token| token.start as usize..token.end as usize).unwrap_or_default();
        let is_it = span.start == offset || token.is_some_and(is_scalar);
        if is_it && span.contains(&offset) {
            return span;
        }
        let rest = self.text().get(offset..).unwrap_or_default();
        let length = rest.chars().next().filter(|first| *first != '\n').map_or(0, char::len_utf8);
        offset..offset + length
    }

    /// The line of `problem`, which is about what stands at `span`.
    pub(crate) fn excerpt(&self, problem: &Problem, span: &Range<usize>) -> Option<Excerpt> {
        let text = self.text();
        let from = boundary(text, span.start.saturating_sub(WINDOW));
        let to = boundary(text, (span.start + WINDOW).min(text.len()));
        let (before, after) = (text.get(from..span.start)?, text.get(span.start..to)?);
        let start = before.rfind('\n').map_or(from, |at| from + at + 1);
        let end = after.find('\n').map_or(to, |at| span.start + at);
        let is_start = start == 0 || text.as_bytes().get(start - 1) == Some(&b'\n');
        let is_end = end == text.len() || text.as_bytes().get(end) == Some(&b'\n');
        let told = self.names_of(problem.pointer());
        let mut line = Line { pieces: Vec::new() };
        let mut at = start;
        for id in self.tokens_in(start..end) {
            let Some(node) = self.tree.node(id) else { continue };
            line.gap(text, at..node.start());
            line.push(node.span(), self.shown(node, problem, span, &told));
            at = node.span().end;
        }
        line.gap(text, at..end.max(at));
        Some(line.cut(span, is_start, is_end))
    }

    /// The names and single values in `range` and across its ends. Their order is that of the text, and none is in another.
    fn tokens_in(&self, range: Range<usize>) -> Vec<u32> {
        let tokens = &self.tree.tokens;
        let first = tokens.partition_point(|token| (token.start as usize) < range.start).saturating_sub(1);
        let near = tokens.iter().enumerate().skip(first);
        let inside = near.take_while(|(_, token)| (token.start as usize) < range.end);
        let whole = inside.filter(|(_, token)| is_scalar(token) && token.end as usize > range.start);
        whole.filter_map(|(at, _)| u32::try_from(at).ok()).collect()
    }

    /// The names that the pointer, which people see too, consists of. A masked one leads to none.
    fn names_of(&self, pointer: &Pointer) -> Vec<u32> {
        let mut node = Some(self.tree.root());
        let entries = pointer.tokens().map_while(|token| {
            let Some((name, value)) = node?.cut_entry(&token) else {
                let last = node.take()?.name_without_value();
                return last.filter(|last| last.is_name() && last.string() == token).map(Some);
            };
            node = Some(value);
            Some(name)
        });
        entries.flatten().map(Node::id).collect()
    }

    /// A name or a single value, as far as people may see it. `told` are the names that they see anyhow.
    fn shown(&self, node: Node<'_, 't>, problem: &Problem, span: &Range<usize>, told: &[u32]) -> String {
        let source = node.source();
        let quote = source.get(..1).filter(|first| matches!(*first, "\"" | "'"));
        let is_known = self.known.has(node);
        let is_seen = match node.kind() {
            Kind::Null | Kind::True | Kind::False => true,
            Kind::Number => is_known || (problem.kind() == ProblemKind::NewerVersion && *span == node.span()),
            _ => is_known || told.contains(&node.id()) || is_meant(problem, span, node),
        };
        match quote {
            Some(quote) if is_seen => {
                let inner = source.get(1..source.len().saturating_sub(1)).unwrap_or_default();
                format!("{quote}{}{quote}", fit(inner))
            }
            Some(quote) => format!("{quote}{ELLIPSIS}{quote}"),
            None if is_seen => fit(source),
            None => ELLIPSIS.to_owned(),
        }
    }
}

fn is_scalar(token: &Token) -> bool {
    !matches!(token.kind, Kind::Array | Kind::Object) && token.end > token.start
}

/// Is this the name that the problem is about? One that is there once more, or that nobody could read, leads nowhere.
fn is_meant(problem: &Problem, span: &Range<usize>, node: Node<'_, '_>) -> bool {
    let source = node.source();
    let name = match node.kind() {
        Kind::Bare => source,
        _ => source.get(1..source.len().saturating_sub(1)).unwrap_or_default(),
    };
    let after = node.text().get(node.span().end..).unwrap_or_default();
    *span == node.span()
        && after.trim_start().starts_with(':')
        && source.len() <= COMPARED
        && problem.pointer().tokens().last().is_some_and(|token| token == name)
}

/// The nearest place up to `at` where a character starts.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// As much of `text` as is shown of one name or value, without what a terminal would obey.
fn fit(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            shown.push_str(ELLIPSIS);
            break;
        }
        if is_unfit(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A line in the making: what is shown, each with the bytes that it stands for.
struct Line {
    pieces: Vec<(Range<usize>, String)>,
}

impl Line {
    fn push(&mut self, span: Range<usize>, shown: String) {
        self.pieces.push((span, shown));
    }

    /// What stands between names and values: blanks, brackets, colons and commas, or what nobody could read, or a comment.
    fn gap(&mut self, text: &str, range: Range<usize>) {
        let Some(gap) = text.get(range.clone()) else { return };
        let is_structure = |character: char| " \t\r{}[]:,".contains(character);
        let inner = gap.trim_matches(is_structure);
        let start = gap.len() - gap.trim_start_matches(is_structure).len();
        let (before, after) = (range.start + start, range.start + start + inner.len());
        self.structure(text, range.start..before);
        if !inner.is_empty() {
            self.push(before..after, ELLIPSIS.to_owned());
            self.structure(text, after..range.end);
        }
    }

    fn structure(&mut self, text: &str, range: Range<usize>) {
        let shown = text.get(range.clone()).unwrap_or_default();
        for (at, character) in (range.start..).zip(shown.chars()) {
            let shown = match character {
                '\t' => "    ".to_owned(),
                '\r' => String::new(),
                other => other.to_string(),
            };
            self.push(at..at + 1, shown);
        }
    }

    /// As much as is shown of the line, around what stands at `span`.
    fn cut(self, span: &Range<usize>, is_start: bool, is_end: bool) -> Excerpt {
        let length = |pieces: &[(Range<usize>, String)]| -> usize {
            pieces.iter().map(|(_, shown)| shown.chars().count()).sum()
        };
        let first = self.pieces.partition_point(|(piece, _)| piece.end <= span.start);
        let (before, rest) = self.pieces.split_at_checked(first).unwrap_or_default();
        let count = rest.iter().take_while(|(piece, _)| piece.start < span.end).count();
        let (marked, after) = rest.split_at_checked(count).unwrap_or_default();
        let kept_marked = fitting(marked.iter(), MARKED).max(marked.len().min(1));
        let is_whole = kept_marked == marked.len();
        let marked = marked.get(..kept_marked).unwrap_or_default();
        let after = if is_whole { after } else { &[] };
        // What comes after does without the room that it does not need.
        let room = WIDTH.saturating_sub(length(marked));
        let kept_before = fitting(before.iter().rev(), room.saturating_sub(length(after)).max(BEFORE));
        let before = before.get(before.len() - kept_before..).unwrap_or_default();
        let kept_after = fitting(after.iter(), room.saturating_sub(length(before)));
        let mut text = String::new();
        if !is_start || kept_before < first {
            text.push_str(ELLIPSIS);
        }
        text.extend(before.iter().map(|(_, shown)| shown.as_str()));
        let from = text.len();
        text.extend(marked.iter().map(|(_, shown)| shown.as_str()));
        let to = text.len();
        text.extend(after.iter().take(kept_after).map(|(_, shown)| shown.as_str()));
        if !is_end || !is_whole || kept_after < after.len() {
            text.push_str(ELLIPSIS);
        }
        Excerpt { text, marked: from..to }
    }
}

/// How many pieces have at most so many characters.
fn fitting<'p>(pieces: impl Iterator<Item = &'p (Range<usize>, String)>, most: usize) -> usize {
    let lengths = pieces.map(|(_, shown)| shown.chars().count());
    lengths
        .scan(0, |sum, length| {
            *sum += length;
            (*sum <= most).then_some(())
        })
        .count()
}
