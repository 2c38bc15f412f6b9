//! What stands between two values of an array or object: white space, a comma, and comments, some of which belong to one
//! of the two.

use std::ops::Range;

use crate::jsonc::comment;

/// The text between two neighbours, or between a bracket and its neighbour. All are offsets.
///
/// A comment belongs to a value when it stands on its line: behind it, or, where nothing else is between them, before it. One
/// on a line of its own belongs to nobody: it may be about what comes next, about all that does, or be an entry that
/// somebody has switched off.
pub(crate) struct Gap {
    /// The end of the value before, with the comments behind it that belong to it and stand before the comma.
    pub(crate) tail: usize,
    /// The comma.
    pub(crate) comma: Option<usize>,
    /// The end of what stands before the comma.
    pub(crate) before_comma: usize,
    /// As `tail`, with the comma and the comments after it that belong to the value before, if the comma is on its line.
    pub(crate) line: usize,
    /// The start of the value after, with the comments before it that belong to it.
    pub(crate) head: usize,
    /// The end of what stands before that.
    pub(crate) before_head: usize,
}

/// Whether there is a value before, and one after.
#[derive(Clone, Copy)]
pub(crate) struct Neighbours {
    pub(crate) before: bool,
    pub(crate) after: bool,
}

impl Gap {
    pub(crate) fn of(text: &str, range: Range<usize>, has: Neighbours) -> Self {
        let (start, end) = (range.start, range.end);
        let bytes = text.as_bytes().get(..end).unwrap_or_default();
        let mut gap = Self {
            tail: start,
            comma: None,
            before_comma: start,
            line: start,
            head: end,
            before_head: start,
        };
        // Still on the line of the value before; and, after the comma, the comments since the line's start.
        let (mut is_behind, mut head) = (has.before, None);
        let (mut at, mut last, mut behind) = (start, start, start);
        while let Some(byte) = bytes.get(at) {
            let from = at;
            at += 1;
            let ends_line = match byte {
                b'\n' => true,
                b',' => {
                    (gap.comma, gap.before_comma, last, head) = (Some(from), last, at, None);
                    if is_behind {
                        behind = at;
                        gap.line = at;
                    }
                    false
                }
                b'/' => {
                    let rest = bytes.get(from..).unwrap_or_default();
                    at = from + comment(rest).unwrap_or(1);
                    if is_behind {
                        behind = at;
                    }
                    if is_behind && gap.comma.is_none() {
                        (gap.tail, gap.line) = (at, at);
                    }
                    if gap.comma.is_some() || !has.before {
                        head = head.or(Some((from, last)));
                    }
                    last = at;
                    bytes.get(from..at).is_some_and(|comment| comment.contains(&b'\n'))
                }
                _ => false,
            };
            if ends_line {
                head = None;
                if std::mem::take(&mut is_behind) {
                    gap.line = gap.line.max(behind);
                }
            }
        }
        if is_behind && !has.after {
            gap.line = gap.line.max(behind);
        }
        (gap.head, gap.before_head) = head.filter(|_| has.after).unwrap_or((end, last));
        gap
    }

    /// Does the comma stand on the line of the value before?
    pub(crate) fn has_comma_on_line(&self) -> bool {
        self.comma.is_some_and(|comma| comma < self.line)
    }

    /// The end of the last comment that belongs to nobody.
    pub(crate) fn last_note(&self) -> Option<usize> {
        let taken = self.comma.map_or(0, |comma| comma + 1).max(self.line);
        if self.before_head > taken {
            return Some(self.before_head);
        }
        (self.comma.is_some() && self.before_comma > self.tail).then_some(self.before_comma)
    }
}
