//! Values that come into an array or object, and values that leave it: with one comma between two neighbours, in the layout of
//! the others, and without a word of the comments that are not theirs.

use std::ops::Range;

use crate::edit::Edit;
use crate::gap::{Gap, Neighbours};

/// The children of one array or object, and what becomes of them.
pub(crate) struct Children {
    /// In an object, from the name on.
    pub(crate) spans: Vec<Range<usize>>,
    pub(crate) removed: Vec<bool>,
    /// Behind so many of the present ones, in that order.
    pub(crate) added: Vec<(usize, String)>,
}

/// What stands between two children.
pub(crate) struct Between<'s> {
    /// After a comma: a new line with its indentation, or a blank.
    pub(crate) usual: &'s str,
    /// A new line with its indentation.
    pub(crate) line: &'s str,
}

/// The children where they stand.
pub(crate) struct Inside<'c> {
    text: &'c str,
    /// The text between the brackets.
    range: Range<usize>,
    children: &'c Children,
    last_kept: Option<usize>,
    has_trailing_comma: bool,
}

/// Removed text without anything between that stays, but for white space, which is cut at its ends.
struct Run {
    /// The end of what stands before it.
    before: usize,
    start: usize,
    end: usize,
}

/// The value before has left, and what is behind it on its line goes with it.
fn extend(run: &mut Option<Run>, end: usize) {
    if let Some(run) = run {
        run.end = run.end.max(end);
    }
}

impl<'c> Inside<'c> {
    /// `node` is the array or object, with its brackets.
    pub(crate) fn new(text: &'c str, node: &Range<usize>, children: &'c Children) -> Self {
        let last_kept = children.removed.iter().rposition(|removed| !removed);
        let range = node.start + 1..node.end.saturating_sub(1);
        let mut inside = Self { text, range, children, last_kept, has_trailing_comma: false };
        let count = children.spans.len();
        inside.has_trailing_comma = count > 0 && inside.gap(count).comma.is_some();
        inside
    }

    /// Is anything left inside, a value or a comment, when what is removed is gone?
    pub(crate) fn keeps_something(&self) -> bool {
        self.last_kept.is_some() || self.last_note().is_some()
    }

    fn last_note(&self) -> Option<usize> {
        (0..=self.children.spans.len()).rev().find_map(|index| self.gap(index).last_note())
    }

    /// What stands before the child of this index, or behind the last one.
    fn gap(&self, index: usize) -> Gap {
        let before = index.checked_sub(1).and_then(|before| self.children.spans.get(before));
        let after = self.children.spans.get(index);
        let start = before.map_or(self.range.start, |before| before.end);
        let end = after.map_or(self.range.end, |after| after.start);
        Gap::of(self.text, start..end, Neighbours { before: before.is_some(), after: after.is_some() })
    }

    fn is_removed(&self, index: usize) -> bool {
        self.children.removed.get(index).copied().unwrap_or_default()
    }

    /// Does the comma stay that stands in the gap before the child of this index?
    fn keeps_comma(&self, index: usize, gap: &Gap) -> bool {
        let Some(before) = index.checked_sub(1).filter(|before| !self.is_removed(*before)) else {
            return false;
        };
        let is_followed = self.children.added.last().is_some_and(|(behind, _)| *behind > before);
        self.last_kept != Some(before) || self.has_trailing_comma || (is_followed && gap.has_comma_on_line())
    }

    /// Another element in the place of the one of this index, without the comments on its lines.
    pub(crate) fn exchange(&self, index: usize, text: String, edits: &mut Vec<Edit>) {
        let Some(span) = self.children.spans.get(index) else { return };
        let (before, after) = (self.gap(index), self.gap(index + 1));
        let behind_comma = after.comma.map_or(after.line, |comma| comma + 1);
        let none = |range: Range<usize>| (!range.is_empty()).then(|| (range, String::new()));
        edits.extend(none(before.head..span.start));
        edits.push((span.clone(), text));
        edits.extend(none(span.end..after.tail));
        edits.extend(none(behind_comma..after.line));
    }

    /// What goes: values, the comments on their lines, their commas, and the white space that would be left over.
    pub(crate) fn remove(&self, edits: &mut Vec<Edit>) {
        let mut run = None;
        for index in 0..=self.children.spans.len() {
            let gap = self.gap(index);
            let leaves = index.checked_sub(1).is_some_and(|before| self.is_removed(before));
            if leaves {
                extend(&mut run, gap.tail);
            }
            match gap.comma {
                Some(_) if self.keeps_comma(index, &gap) => self.end(&mut run, edits),
                Some(comma) => self.cut(&mut run, gap.before_comma, comma..comma + 1, edits),
                None => {}
            }
            if leaves {
                extend(&mut run, gap.line);
            }
            match self.children.spans.get(index) {
                Some(span) if self.is_removed(index) => {
                    self.cut(&mut run, gap.before_head, gap.head..span.end, edits);
                }
                _ => self.end(&mut run, edits),
            }
        }
    }

    /// Removes this too, which has nothing but white space between it and `before`.
    fn cut(&self, run: &mut Option<Run>, before: usize, removed: Range<usize>, edits: &mut Vec<Edit>) {
        match run {
            Some(run) if run.end == before => run.end = removed.end,
            _ => {
                self.end(run, edits);
                *run = Some(Run { before, start: removed.start, end: removed.end });
            }
        }
    }

    /// Of the white space around what is removed, that stays which lays out what comes after it; where it had lines of its
    /// own, those go, as they would in an editor. A line comment before it keeps its line end.
    fn end(&self, run: &mut Option<Run>, edits: &mut Vec<Edit>) {
        let Some(Run { before, start, end }) = run.take() else { return };
        let rest = self.text.get(end..self.range.end).unwrap_or_default();
        let follow = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let lines = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let (lead, follow_end) = (lines(before..start), end + follow);
        let follow = lines(end..follow_end);
        let range = match (lead.rfind('\n'), follow.find('\n')) {
            _ if before == self.range.start && follow_end != self.range.end => start..follow_end,
            (Some(_), None) => start..follow_end,
            (Some(_), Some(_)) if follow_end == self.range.end => {
                before..end + follow.find(['\r', '\n']).unwrap_or_default()
            }
            _ if follow_end == self.range.end => before..end,
            (Some(last), Some(first)) => before + last + 1..end + first + 1,
            (None, None) if follow.is_empty() => start..end,
            (None, _) => before..end,
        };
        edits.push((range, String::new()));
    }

    /// What comes: behind the value that is before it, and the comments on its line; else before the first one.
    pub(crate) fn add(&self, between: &Between<'_>, edits: &mut Vec<Edit>) {
        let mut added = self.children.added.as_slice();
        while let Some((behind, _)) = added.first() {
            let anchor_of = |behind: usize| (0..behind).rev().find(|index| !self.is_removed(*index));
            let anchor = anchor_of(*behind);
            let count = added.iter().take_while(|(behind, _)| anchor_of(*behind) == anchor).count();
            let (these, others) = added.split_at_checked(count).unwrap_or((added, &[]));
            match anchor {
                Some(anchor) => self.add_behind(anchor, these, between, edits),
                None => self.add_first(these, between, edits),
            }
            added = others;
        }
    }

    fn add_behind(
        &self,
        anchor: usize,
        added: &[(usize, String)],
        between: &Between<'_>,
        edits: &mut Vec<Edit>,
    ) {
        let gap = self.gap(anchor + 1);
        let end = self.children.spans.get(anchor).map_or(gap.tail, |span| span.end);
        let is_on_line = gap.has_comma_on_line();
        // Nothing is put into a line comment.
        let has_comment = gap.tail > end || gap.comma.is_some_and(|comma| is_on_line && gap.line > comma + 1);
        let between = if has_comment && self.ends_line(gap.line) { between.line } else { between.usual };
        let mut text = String::new();
        match (is_on_line, between.contains('\n')) {
            (true, _) => {}
            // Before the comments, where the others have theirs.
            (false, true) => edits.push((end..end, ",".to_owned())),
            (false, false) => text.push(','),
        }
        for (index, (_, one)) in added.iter().enumerate() {
            text += if index > 0 { "," } else { "" };
            text += between;
            text += one;
        }
        let is_followed = self.last_kept != Some(anchor) || self.has_trailing_comma;
        if is_followed && (is_on_line || gap.comma.is_none()) {
            text.push(',');
        }
        edits.push((gap.line..gap.line, text));
    }

    fn add_first(&self, added: &[(usize, String)], between: &Between<'_>, edits: &mut Vec<Edit>) {
        let mut text = String::new();
        if let Some(first) = self.children.removed.iter().position(|removed| !removed) {
            for (_, one) in added {
                text = text + one + "," + between.usual;
            }
            let head = self.gap(first).head;
            edits.push((head..head, text));
        } else if let Some(note) = self.last_note() {
            let between = if self.ends_line(note) { between.line } else { between.usual };
            for (index, (_, one)) in added.iter().enumerate() {
                text = text + if index > 0 { "," } else { "" } + between + one;
            }
            text += if self.has_trailing_comma { "," } else { "" };
            edits.push((note..note, text));
        }
    }

    fn ends_line(&self, at: usize) -> bool {
        let rest = self.text.get(at..self.range.end).unwrap_or_default();
        rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n')
    }
}
