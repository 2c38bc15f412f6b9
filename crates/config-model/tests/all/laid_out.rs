//! Texts in random layouts, of which it is known whose each comment is.

use serde_json::Value;

use crate::generate::Dice;

/// A comment of a text.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) text: String,
    /// The pointer to the value on whose line it stands, if it belongs to one.
    owner: Option<String>,
    /// The pointer to the innermost array or object that it stands in.
    inside: String,
}

impl Note {
    /// Does it go when the value at `pointer` is removed?
    pub(crate) fn goes_with(&self, pointer: &str) -> bool {
        self.owner.as_ref().is_some_and(|owner| is_within(owner, pointer)) || self.is_inside(pointer)
    }

    /// Does it go when another value takes the place of the one at `pointer`?
    pub(crate) fn is_inside(&self, pointer: &str) -> bool {
        is_within(&self.inside, pointer)
    }
}

/// Is this the pointer to the value at `outer`, or to one inside of it?
pub(crate) fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How an array or object is laid out.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    OneLine,
    /// Entries on lines of their own, mostly.
    Lines,
    /// The same, with the commas first.
    CommasFirst,
}

/// What comes behind an entry on its line.
#[derive(Clone, Copy, PartialEq)]
enum Behind {
    LineEnd,
    Bracket,
    Entry,
}

/// The last token of the pointer to it, its name in an object, and its value.
type Entry<'v> = (String, Option<&'v str>, &'v Value);

/// Writes a value down.
pub(crate) struct Writer<'d> {
    dice: &'d mut Dice,
    line_end: &'static str,
    unit: &'static str,
    has_comments: bool,
    pub(crate) notes: Vec<Note>,
    text: String,
}

impl<'d> Writer<'d> {
    /// The text of `value`, and its comments in their order; JSON alone without any.
    pub(crate) fn write(value: &Value, has_comments: bool, dice: &'d mut Dice) -> (String, Vec<Note>) {
        let line_end = dice.one(&["\n", "\r\n"]);
        let unit = dice.one(&["  ", "    ", "\t", " "]);
        let mut writer = Self { dice, line_end, unit, has_comments, notes: Vec::new(), text: String::new() };
        writer.own_lines("", "/nowhere", false);
        writer.value(value, "", "");
        if writer.chance(3) {
            writer.blank();
            writer.line_comment(None, "/nowhere");
            writer.break_line("");
        }
        writer.own_lines("", "/nowhere", false);
        (writer.text, writer.notes)
    }

    fn chance(&mut self, of: usize) -> bool {
        self.dice.below(of) == 0
    }

    fn blank(&mut self) {
        self.text += self.dice.one(&["", " ", " ", "  "]);
    }

    fn break_line(&mut self, indent: &str) {
        self.text += self.line_end;
        if self.chance(6) {
            self.text += self.line_end;
        }
        self.text += indent;
    }

    fn note(&mut self, text: String, owner: Option<&str>, inside: &str) {
        self.text += &text;
        self.notes.push(Note { text, owner: owner.map(str::to_owned), inside: inside.to_owned() });
    }

    fn line_comment(&mut self, owner: Option<&str>, inside: &str) {
        if self.has_comments {
            let content = self.dice.one(&["", " \"a\": 1,", " }]", " /* ", " trailing  ", " é"]);
            self.note(format!("//{}{content}", self.notes.len()), owner, inside);
        }
    }

    fn block_comment(&mut self, owner: Option<&str>, inside: &str) {
        if self.has_comments {
            let content = self.dice.one(&["", " , ", "*", " // ", " \"b\": { "]);
            self.note(format!("/*{}{content}*/", self.notes.len()), owner, inside);
        }
    }

    /// Comments on lines of their own, each with its line end.
    fn own_lines(&mut self, indent: &str, inside: &str, starts_line: bool) {
        for _ in 0..self.dice.below(3) {
            if !self.has_comments || self.chance(2) {
                continue;
            }
            if starts_line {
                self.break_line(indent);
            }
            match self.dice.below(3) {
                0 => {
                    let text =
                        format!("/*{}{}  * of lines{}*/", self.notes.len(), self.line_end, self.line_end);
                    self.note(text, None, inside);
                }
                1 => self.block_comment(None, inside),
                _ => self.line_comment(None, inside),
            }
            if !starts_line {
                self.break_line(indent);
            }
        }
    }

    /// On the line of the value at `owner`, with a blank before it or behind it.
    fn beside(&mut self, owner: &str, inside: &str, is_before: bool) {
        if self.has_comments && self.chance(4) {
            self.text += if is_before { "" } else { " " };
            self.block_comment(Some(owner), inside);
            self.text += if is_before { " " } else { "" };
        }
    }

    fn value(&mut self, value: &Value, indent: &str, pointer: &str) {
        match value {
            Value::Array(elements) => {
                let entries =
                    elements.iter().enumerate().map(|(index, value)| (index.to_string(), None, value));
                self.entries(&entries.collect::<Vec<_>>(), ['[', ']'], indent, pointer);
            }
            Value::Object(members) => {
                let entries = members.iter().map(|(name, value)| (name.clone(), Some(name.as_str()), value));
                self.entries(&entries.collect::<Vec<_>>(), ['{', '}'], indent, pointer);
            }
            other => self.text += &other.to_string(),
        }
    }

    fn entries(&mut self, entries: &[Entry<'_>], [open, close]: [char; 2], indent: &str, pointer: &str) {
        let lines = Layout::Lines;
        let layout = self.dice.one(&[Layout::OneLine, lines, lines, lines, Layout::CommasFirst]);
        let inner = format!("{indent}{}", self.unit);
        let has_lines = layout != Layout::OneLine;
        let has_trailing = self.has_comments && self.chance(3);
        self.text.push(open);
        if has_lines && self.chance(5) {
            self.text += " ";
            self.line_comment(None, pointer);
        }
        let mut continues = !has_lines;
        for (index, entry) in entries.iter().enumerate() {
            let is_last = index + 1 == entries.len();
            if continues {
                self.blank();
            } else {
                self.own_lines(&inner, pointer, true);
                self.break_line(&inner);
            }
            if layout == Layout::CommasFirst && index > 0 {
                self.text += ", ";
            }
            continues = !has_lines || (layout == lines && !is_last && self.chance(5));
            let has_comma = if is_last { has_trailing } else { layout != Layout::CommasFirst };
            let behind = match (is_last, continues) {
                (_, false) => Behind::LineEnd,
                (true, true) => Behind::Bracket,
                (false, true) => Behind::Entry,
            };
            self.entry(entry, &inner, pointer, has_comma, behind);
        }
        if has_lines {
            self.own_lines(&inner, pointer, true);
            self.break_line(indent);
        } else if entries.is_empty() && self.chance(3) {
            self.block_comment(None, pointer);
        }
        self.text.push(close);
    }

    fn entry(&mut self, entry: &Entry<'_>, indent: &str, inside: &str, has_comma: bool, behind: Behind) {
        let (token, name, value) = entry;
        let pointer = format!("{inside}/{token}");
        self.beside(&pointer, inside, true);
        if let Some(name) = name {
            self.text += &Value::from(*name).to_string();
            self.blank();
            self.beside(&pointer, inside, false);
            self.text.push(':');
            self.blank();
            self.beside(&pointer, inside, true);
        }
        self.value(value, indent, &pointer);
        self.beside(&pointer, inside, false);
        if has_comma {
            self.text += self.dice.one(&["", "", "", " "]);
            self.text.push(',');
        }
        if behind != Behind::Entry {
            self.beside(&pointer, inside, false);
            self.text += self.dice.one(&["", "", "  "]);
        }
        if behind == Behind::LineEnd && self.chance(4) {
            self.line_comment(Some(&pointer), inside);
        }
    }
}
