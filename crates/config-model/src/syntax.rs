//! Strict JSON (RFC 8259), every slip of one text in one pass.
//!
//! A slip that leaves no doubt of what follows (a trailing comma, a comment, a name without quotes, a duplicate)
//! is reported and read over; anything else ends the pass. Nothing that was reported is ever accepted.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::pointer::{Pointer, short};
use crate::problem::{Problem, ProblemKind, Problems};
use crate::tree::{Kind, Node, Token, Tree, escape};

/// Deepest nesting of arrays and objects.
pub(crate) const MAX_DEPTH: usize = 64;

/// Parses `text`. With problems, the tree is there too when the pass reached the end.
pub(crate) fn parse(text: &str) -> (Option<Tree<'_>>, Problems) {
    let tokens = Vec::with_capacity(estimate(text.as_bytes()));
    let mut parser = Parser {
        tree: Tree { text, tokens },
        bytes: text.as_bytes(),
        at: 0,
        path: Vec::new(),
        problems: Problems::none(),
    };
    let whole = parser.document().is_ok();
    (whole.then_some(parser.tree), parser.problems)
}

/// How many values there can be: each follows a bracket, a comma or a colon. One exact allocation keeps the peak low.
fn estimate(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|byte| matches!(byte, b'[' | b'{' | b',' | b':'))
        .count()
        + 1
}

/// The pass cannot go on; the reason is among the problems.
struct Stop;

enum Step {
    Key(u32),
    Index(usize),
}

struct Parser<'t> {
    tree: Tree<'t>,
    bytes: &'t [u8],
    at: usize,
    path: Vec<Step>,
    problems: Problems,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        if self.tree.text.starts_with('\u{feff}') {
            self.slip(
                0,
                "the text starts with a byte order mark",
                "save the file as UTF-8 without a BOM",
            );
            self.at = '\u{feff}'.len_utf8();
        }
        self.blank()?;
        if self.at == self.bytes.len() {
            let help = "an empty file is never taken for defaults: restore it, or write `{\"version\": ...}`";
            return self.stop(self.at, "the text is empty", help);
        }
        self.value()?;
        self.blank()?;
        if self.at < self.bytes.len() {
            self.slip(
                self.at,
                "there is more text after the document",
                "keep one document, remove the rest",
            );
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(b'{' | b'[') if self.path.len() >= MAX_DEPTH => self.too_deep(),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string(),
            Some(b'\'') => self.single_quoted(),
            Some(byte) if is_word(byte) => {
                self.word();
                Ok(())
            }
            Some(b',' | b'}' | b']') => {
                self.slip(
                    self.at,
                    "a value is missing here",
                    "write the value, or remove its name",
                );
                self.push(Kind::Invalid, self.at, self.at);
                Ok(())
            }
            Some(_) => self.stop(
                self.at,
                "a value cannot start with this character",
                "see https://www.json.org",
            ),
            None => self.ends("where a value should be"),
        }
    }

    fn object(&mut self) -> Result<(), Stop> {
        let object = self.open(Kind::Object);
        loop {
            self.blank()?;
            match self.peek() {
                Some(b'}') => break,
                Some(b'"') => self.string()?,
                Some(b'\'') => self.single_quoted()?,
                Some(byte) if is_word(byte) => self.bare_name(),
                Some(b',') => {
                    self.slip(self.at, "there is a comma too many", "remove it");
                    self.at += 1;
                    continue;
                }
                Some(_) => {
                    return self.stop(self.at, "the name of a member, or `}`, is expected here", QUOTES);
                }
                None => return self.ends("inside an object"),
            }
            let key = self.last();
            self.colon()?;
            self.path.push(Step::Key(key));
            self.value()?;
            self.path.pop();
            if self.separator(b'}', "an object")? {
                break;
            }
        }
        self.close(object);
        self.duplicates(object);
        Ok(())
    }

    fn array(&mut self) -> Result<(), Stop> {
        let array = self.open(Kind::Array);
        let mut index = 0;
        loop {
            self.blank()?;
            match self.peek() {
                Some(b']') => break,
                None => return self.ends("inside an array"),
                Some(_) => {}
            }
            self.path.push(Step::Index(index));
            self.value()?;
            self.path.pop();
            index += 1;
            if self.separator(b']', "an array")? {
                break;
            }
        }
        self.close(array);
        Ok(())
    }

    /// Reads what stands between two children; true at the end, which is left for `close`.
    fn separator(&mut self, end: u8, what: &str) -> Result<bool, Stop> {
        self.blank()?;
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.blank()?;
                if self.peek() == Some(end) {
                    self.slip(
                        comma,
                        "there is a comma after the last entry",
                        "remove it: JSON has no trailing commas",
                    );
                    return Ok(true);
                }
                Ok(false)
            }
            Some(byte) if byte == end => Ok(true),
            Some(byte) if is_word(byte) || matches!(byte, b'"' | b'\'' | b'{' | b'[') => {
                self.slip(
                    self.at,
                    "a comma is missing before this",
                    "separate entries with `,`",
                );
                Ok(false)
            }
            Some(_) => {
                let message = format!("`,` or `{}` is expected here, inside {what}", char::from(end));
                self.stop(
                    self.at,
                    &message,
                    "look for a bracket that is missing or one too many",
                )
            }
            None => self.ends(&format!("inside {what}")),
        }
    }

    fn colon(&mut self) -> Result<(), Stop> {
        self.blank()?;
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.blank()?;
            }
            Some(_) => self.slip(
                self.at,
                "a colon is missing after a name",
                "write `\"name\": value`",
            ),
            None => return self.ends("after a name"),
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Stop> {
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
                        kind = if kind == Kind::Invalid {
                            kind
                        } else {
                            Kind::Escaped
                        };
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
                Some(_) => self.at += 1,
                None => return self.ends("inside a string"),
            }
        }
        self.at += 1;
        self.push(kind, start, self.at);
        Ok(())
    }

    /// A number, a literal, or a word that should have been quoted.
    fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        let word = self.tree.text.get(start..self.at).unwrap_or_default();
        let kind = match word {
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
        }
        self.push(kind, start, self.at);
    }

    fn bare_name(&mut self) {
        let start = self.at;
        self.skip_word();
        self.slip(start, "a name needs double quotes", QUOTES);
        self.push(Kind::Invalid, start, self.at);
    }

    fn single_quoted(&mut self) -> Result<(), Stop> {
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
        self.push(Kind::Invalid, start, self.at);
        Ok(())
    }

    fn too_deep(&mut self) -> Result<(), Stop> {
        let message = format!("arrays and objects are nested deeper than {MAX_DEPTH} levels");
        self.stop(self.at, &message, "flatten the document")
    }

    /// White space, and comments, which are reported.
    fn blank(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let rest = self.tree.text.get(self.at..).unwrap_or_default();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            return self.stop(self.at, "a stray `/`", "remove it, or put the text in `\"`");
        };
        self.slip(
            self.at,
            "JSON has no comments",
            "remove it, or keep the note in a field of its own",
        );
        self.at += length;
        Ok(())
    }

    /// Hashes first: comparing the names of 100,000 members to each other would cost more than parsing them.
    fn duplicates(&mut self, object: u32) {
        let mut again: Vec<(usize, String)> = Vec::new();
        if let Some(node) = self.node(object) {
            // Seeded, so that no file can be written whose names all collide.
            let hasher = RandomState::default();
            let entry = |key: Node<'_, '_>| (hasher.hash_one(key.string().as_bytes()), key.id());
            let names = node
                .members()
                .map(|(key, _)| key)
                .filter(|key| key.kind() != Kind::Invalid);
            let mut seen: Vec<(u64, u32)> = names.map(entry).collect();
            seen.sort_unstable();
            for same in seen
                .chunk_by(|one, other| one.0 == other.0)
                .filter(|same| same.len() > 1)
            {
                let keys = same.iter().filter_map(|(_, id)| self.node(*id));
                let mut keys: Vec<_> = keys.map(|key| (key.string(), key.start())).collect();
                keys.sort_unstable();
                let repeated = keys.windows(2).filter_map(|pair| match pair {
                    [(first, _), (second, offset)] if first == second => Some((*offset, second.to_string())),
                    _ => None,
                });
                again.extend(repeated);
            }
        }
        for (offset, name) in again {
            let pointer = self.pointer().key(short(&name));
            let problem = Problem::new(
                ProblemKind::Syntax,
                pointer,
                "this name was already used in the same object",
            );
            self.problems.push(
                problem
                    .with_help("keep one of the two: readers differ in which one wins")
                    .at(offset),
            );
        }
    }
}

const QUOTES: &str = "JSON strings and names are written in `\"`";

/// The small hands of the parser.
impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_word(&mut self) {
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
    }

    fn last(&self) -> u32 {
        index(self.tree.tokens.len()).saturating_sub(1)
    }

    fn node(&self, at: u32) -> Option<Node<'_, 't>> {
        self.tree.node(at)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = index(self.tree.tokens.len() + 1);
        self.tree.tokens.push(Token {
            start: index(start),
            end: index(end),
            next,
            kind,
        });
    }

    fn open(&mut self, kind: Kind) -> u32 {
        self.push(kind, self.at, self.at);
        self.at += 1;
        self.last()
    }

    fn close(&mut self, container: u32) {
        self.at += 1;
        let (end, next) = (index(self.at), index(self.tree.tokens.len()));
        if let Some(token) = self.tree.tokens.get_mut(container as usize) {
            (token.end, token.next) = (end, next);
        }
    }

    fn pointer(&self) -> Pointer {
        self.path
            .iter()
            .fold(Pointer::root(), |pointer, step| match step {
                Step::Key(key) => pointer.key(short(&self.node(*key).map(Node::string).unwrap_or_default())),
                Step::Index(at) => pointer.index(*at),
            })
    }

    fn slip(&mut self, offset: usize, message: &str, help: &str) {
        // A pointer costs as much as its depth: not for what is only counted.
        let pointer = if self.problems.is_full() {
            Pointer::root()
        } else {
            self.pointer()
        };
        self.problems.push(
            Problem::new(ProblemKind::Syntax, pointer, message)
                .with_help(help)
                .at(offset),
        );
    }

    fn stop<T>(&mut self, offset: usize, message: &str, help: &str) -> Result<T, Stop> {
        self.slip(offset, message, help);
        Err(Stop)
    }

    fn ends<T>(&mut self, place: &str) -> Result<T, Stop> {
        let help = "the file looks cut off: finish it, or restore a whole copy";
        self.stop(self.bytes.len(), &format!("the text ends {place}"), help)
    }
}

/// The parser refuses texts of 4 GiB before it starts, so that every offset fits.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$') || byte >= 0x80
}

/// RFC 8259, section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
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
