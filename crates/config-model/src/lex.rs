//! The parser's words: strings, numbers, literals, comments, and what people write in their places.

use crate::escape::escape;
use crate::jsonc::{Syntax, comment, doubtful_end, is_closed};
use crate::syntax::{Parser, Stop};
use crate::tree::Kind;

/// A one in each byte.
const ONES: u64 = u64::MAX / 255;

/// How many bytes of a string there are before its end, an escape or a control character.
#[inline]
pub(crate) fn plain(rest: &[u8]) -> usize {
    const HIGH: u64 = ONES << 7;
    // The lowest of the bits that are left is that of the first byte that is below `limit`: exact for limits up to 128.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let (words, last) = rest.as_chunks();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = below(word, u64::from(b' ')) | quote | backslash;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += size_of::<u64>();
    }
    at + last.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..b' ')).count()
}

/// How many blanks there are, more or less: the last few bytes of a text are not counted.
#[inline]
pub(crate) fn spaces(rest: &[u8]) -> usize {
    let mut at = 0;
    for word in rest.as_chunks().0 {
        let others = u64::from_le_bytes(*word) ^ (ONES * u64::from(b' '));
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += size_of::<u64>();
    }
    at
}

pub(crate) const QUOTES: &str = "JSON strings and names are written in `\"`";

impl Parser<'_> {
    /// White space, and comments, which are reported where the syntax has none.
    #[inline]
    pub(crate) fn blank(&mut self) -> Result<(), Stop> {
        if self.problems.is_enough() {
            return Err(Stop);
        }
        // Mostly there is none, or a single one.
        self.at += usize::from(self.peek() == Some(b' '));
        match self.peek() {
            Some(0..=b' ' | b'/') => self.blanks(),
            _ => Ok(()),
        }
    }

    fn blanks(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.at += 1;
                    self.at += spaces(self.bytes.get(self.at..).unwrap_or_default());
                }
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    pub(crate) fn string(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut kind = Kind::Plain;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let after = self.bytes.get(self.at..).unwrap_or_default();
                    if let Some((_, used)) = escape(after) {
                        self.at += used;
                        kind = if kind == Kind::Invalid { kind } else { Kind::Escaped };
                    } else {
                        let help = "write \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hex digits; surrogates in pairs";
                        self.slip(self.at - 1, "this is not an escape of JSON's", help);
                        self.at +=
                            usize::from(after.first().is_some_and(|byte| byte.is_ascii() && *byte >= b' '));
                        kind = Kind::Invalid;
                    }
                }
                Some(b'\n' | b'\r') => {
                    let help = "close it with `\"`; a line break inside a string is written \\n";
                    return self.stop(start, "this string is not closed on its line", help);
                }
                Some(0..b' ') => {
                    self.slip(
                        self.at,
                        "a control character stands in a string",
                        "remove it, or write it as \\u00xx",
                    );
                    self.at += 1;
                    kind = Kind::Invalid;
                }
                Some(_) => {
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    self.at += plain(rest);
                }
                None => return self.ends("inside a string"),
            }
        }
        self.at += 1;
        self.push(kind, start, self.at);
        Ok(())
    }

    /// A number, a literal, or a word that should have been quoted.
    pub(crate) fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        let word = self.tree.text.get(start..self.at).unwrap_or_default();
        let mut kind = match word {
            "null" => Kind::Null,
            "true" => Kind::True,
            "false" => Kind::False,
            number if is_number(number) => Kind::Number,
            _ => Kind::Invalid,
        };
        if kind == Kind::Invalid {
            let looks_numeric =
                word.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
            let (message, help) = if looks_numeric {
                (
                    "this is not a JSON number",
                    "write digits without a leading `+` or `0`; digits on both sides of `.`",
                )
            } else {
                (
                    "this word is not a JSON value",
                    "use true, false or null in lower case, or put the text in `\"`",
                )
            };
            self.slip(start, message, help);
        } else if kind == Kind::Number && word.parse::<f64>().is_ok_and(f64::is_infinite) {
            self.slip(
                start,
                "this number is too large for a double",
                "other programs would read it as infinite",
            );
            kind = Kind::Invalid;
        }
        self.push(kind, start, self.at);
    }

    pub(crate) fn bare_name(&mut self) {
        let start = self.at;
        self.skip_word();
        self.slip(start, "a name needs double quotes", QUOTES);
        self.push(Kind::Bare, start, self.at);
    }

    pub(crate) fn single_quoted(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.slip(start, "a string needs double quotes, not single ones", QUOTES);
        self.at += 1;
        while !matches!(self.peek(), None | Some(b'\'' | b'\n')) {
            self.at += 1;
        }
        if self.peek() != Some(b'\'') {
            return Err(Stop);
        }
        self.at += 1;
        let source = self.bytes.get(start..self.at).unwrap_or_default();
        // What it says is plain, unless it has escapes, of which single quotes have their own.
        let is_plain = source.iter().all(|byte| *byte >= b' ' && *byte != b'\\');
        self.push(if is_plain { Kind::Plain } else { Kind::Invalid }, start, self.at);
        Ok(())
    }

    pub(crate) fn comment(&mut self) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(length) = comment(rest) else {
            return self.stop(self.at, "a stray `/`", "remove it, or put the text in `\"`");
        };
        match self.syntax {
            Syntax::Json => {
                let help = "remove it; only a file whose name ends in .jsonc may have comments: rename it, and open it by that name";
                self.slip(self.at, "JSON has no comments", help);
            }
            Syntax::Jsonc => self.inside_comment(self.at + length)?,
        }
        self.at += length;
        Ok(())
    }

    /// What may not stand in a comment, which ends at `end`.
    fn inside_comment(&mut self, end: usize) -> Result<(), Stop> {
        let comment = self.tree.text.get(self.at..end).unwrap_or_default();
        let is_line = comment.starts_with("//");
        if !is_line && !is_closed(comment.as_bytes()) {
            return self.stop(self.at, "this comment is not closed", "close it with `*/`");
        }
        for (offset, byte) in comment.bytes().enumerate() {
            if byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') {
                self.slip(self.at + offset, "a control character stands in a comment", "remove it");
            }
        }
        let rest = self.bytes.get(end..).unwrap_or_default();
        if let Some(offset) = doubtful_end(comment, rest).filter(|_| is_line) {
            let message = "some programs end a comment here, and others do not";
            let help = "end the line with a line feed, or write `/* */` around the comment";
            self.slip(self.at + offset, message, help);
        }
        Ok(())
    }
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$') || byte >= 0x80
}

/// RFC 8259, section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
