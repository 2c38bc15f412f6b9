//! Strict JSON (RFC 8259), or the same with comments and trailing commas; every slip of one text in one pass.
//!
//! A slip that leaves no doubt of what follows (a trailing comma, a comment, a name without quotes, a duplicate)
//! is reported and read over; anything else ends the pass. Nothing that was reported is ever accepted.

use crate::fold::fold;
use crate::jsonc::Syntax;
use crate::lex::{QUOTES, is_word};
use crate::pointer::Pointer;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::secret::Secrets;
use crate::tree::{Kind, Node, Token, Tree, index};

/// Deepest nesting of arrays and objects.
pub(crate) const MAX_DEPTH: usize = 64;

/// Parses what some decoder has accepted: JSONC, of which JSON is a part. Whoever writes what comes of it has it decoded.
pub(crate) fn parse_accepted(text: &str) -> Option<Tree<'_>> {
    let parsed = parse(text, Syntax::Jsonc, Secrets::default(), usize::MAX);
    (parsed.is_whole && parsed.problems.is_empty()).then_some(parsed.tree)
}

/// As [`parse_accepted`], folded.
pub(crate) fn parse_folded(text: &str) -> Option<Tree<'_>> {
    let tokens = Vec::with_capacity(text.len() / size_of::<Token>() + 1);
    let parser = Parser::new(text, Syntax::Jsonc, tokens, Secrets::default(), usize::MAX);
    let mut parser = Parser { is_folding: true, ..parser };
    let whole = parser.document().is_ok() && parser.problems.is_empty();
    whole.then_some(parser.tree)
}

/// A text that was parsed.
pub(crate) struct Parsed<'t> {
    pub(crate) tree: Tree<'t>,
    /// Did the pass reach the end? Else the tree ends in the middle.
    pub(crate) is_whole: bool,
    pub(crate) problems: Problems,
}

/// Parses `text` of at most so many names and values.
pub(crate) fn parse(text: &str, syntax: Syntax, secrets: Secrets, max_values: usize) -> Parsed<'_> {
    let tokens = Vec::with_capacity(estimate(text.as_bytes()).min(max_values.saturating_add(1)));
    let mut parser = Parser::new(text, syntax, tokens, secrets, max_values);
    let is_whole = parser.document().is_ok();
    if !is_whole {
        parser.tree.finish();
    }
    Parsed { tree: parser.tree, is_whole, problems: parser.problems }
}

/// More names and values than a text may have.
pub(crate) fn too_many(most: usize, what_for: &str) -> Problem {
    let message = format!("there are more than {most} names and values, too many {what_for}");
    Problem::new(ProblemKind::Size, Pointer::root(), message)
        .with_help("raise the size limit, or split the document")
}

/// How many values there can be: each follows a bracket, a comma or a colon. One exact allocation keeps the peak low.
fn estimate(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| matches!(byte, b'[' | b'{' | b',' | b':')).count() + 1
}

/// The pass cannot go on; the reason is among the problems.
pub(crate) struct Stop;

/// What comes after an entry.
#[derive(PartialEq, Eq)]
enum Next {
    Entry,
    /// Another entry, without a comma before it.
    Gap,
    End,
}

enum Step {
    Key(u32),
    Index(usize),
}

pub(crate) struct Parser<'t> {
    pub(crate) tree: Tree<'t>,
    pub(crate) bytes: &'t [u8],
    /// The offset of the byte to be read next.
    pub(crate) at: usize,
    pub(crate) syntax: Syntax,
    path: Vec<Step>,
    pub(crate) problems: Problems,
    pub(crate) secrets: Secrets,
    max_values: usize,
    is_folding: bool,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        if self.tree.text.starts_with('\u{feff}') {
            self.slip(0, "the text starts with a byte order mark", "save the file as UTF-8 without a BOM");
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
            self.slip(self.at, "there is more text after the document", "keep one document, remove the rest");
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(_) if self.tree.tokens.len() >= self.max_values => {
                self.problems.push(too_many(self.max_values, "for a text of its size").at(self.at));
                Err(Stop)
            }
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
                self.slip(self.at, "a value is missing here", "write the value, or remove its name");
                self.push(Kind::Invalid, self.at, self.at);
                Ok(())
            }
            Some(_) => {
                self.stop(self.at, "a value cannot start with this character", "see https://www.json.org")
            }
            None => self.ends("where a value should be"),
        }
    }

    fn object(&mut self) -> Result<(), Stop> {
        let object = self.open(Kind::Object);
        let mut after_gap = false;
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
            let is_clear = self.colon()? && !(after_gap && self.node(key).is_some_and(Node::is_bare));
            if let Some(token) = self.tree.tokens.get_mut(key as usize).filter(|_| !is_clear) {
                // Perhaps a value that slipped into a name's place: it is not to be shown.
                token.kind = Kind::Invalid;
            }
            self.path.push(Step::Key(key));
            self.value()?;
            self.path.pop();
            match self.separator(b'}', "an object")? {
                Next::End => break,
                Next::Entry => after_gap = false,
                Next::Gap => after_gap = true,
            }
        }
        self.close(object);
        self.duplicates(object);
        self.fold(object);
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
            if self.separator(b']', "an array")? == Next::End {
                break;
            }
        }
        self.close(array);
        self.fold(array);
        Ok(())
    }

    /// Reads what stands between two children; the end is left for `close`.
    fn separator(&mut self, end: u8, what: &str) -> Result<Next, Stop> {
        self.blank()?;
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.blank()?;
                if self.peek() == Some(end) {
                    if self.syntax == Syntax::Json {
                        let help =
                            "remove it; only a file whose name ends in .jsonc may have trailing commas";
                        self.slip(comma, "there is a comma after the last entry", help);
                    }
                    return Ok(Next::End);
                }
                Ok(Next::Entry)
            }
            Some(byte) if byte == end => Ok(Next::End),
            Some(byte) if is_word(byte) || matches!(byte, b'"' | b'\'' | b'{' | b'[') => {
                self.slip(self.at, "a comma is missing before this", "separate entries with `,`");
                Ok(Next::Gap)
            }
            Some(_) => {
                let message = format!("`,` or `{}` is expected here, inside {what}", char::from(end));
                self.stop(self.at, &message, "look for a bracket that is missing or one too many")
            }
            None => self.ends(&format!("inside {what}")),
        }
    }

    /// False when there is none.
    fn colon(&mut self) -> Result<bool, Stop> {
        self.blank()?;
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.blank()?;
                Ok(true)
            }
            Some(_) => {
                self.slip(self.at, "a colon is missing after a name", "write `\"name\": value`");
                Ok(false)
            }
            None => self.ends("after a name"),
        }
    }

    fn too_deep(&mut self) -> Result<(), Stop> {
        let message = format!("arrays and objects are nested deeper than {MAX_DEPTH} levels");
        self.stop(self.at, &message, "flatten the document")
    }
}

/// The small hands of the parser.
impl<'t> Parser<'t> {
    fn new(text: &'t str, syntax: Syntax, tokens: Vec<Token>, secrets: Secrets, max_values: usize) -> Self {
        Self {
            tree: Tree { text, tokens },
            bytes: text.as_bytes(),
            at: 0,
            syntax,
            path: Vec::new(),
            problems: Problems::none(),
            secrets,
            max_values,
            is_folding: false,
        }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(crate) fn skip_word(&mut self) {
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
    }

    fn last(&self) -> u32 {
        index(self.tree.tokens.len()).saturating_sub(1)
    }

    pub(crate) fn node(&self, at: u32) -> Option<Node<'_, 't>> {
        self.tree.node(at)
    }

    pub(crate) fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = index(self.tree.tokens.len() + 1);
        self.tree.tokens.push(Token { start: index(start), end: index(end), next, kind });
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

    fn fold(&mut self, container: u32) {
        if self.is_folding && !self.path.is_empty() {
            fold(&mut self.tree.tokens, container as usize);
        }
    }

    pub(crate) fn pointer(&self) -> Pointer {
        self.path.iter().fold(Pointer::root(), |pointer, step| match step {
            Step::Key(key) => {
                let name = self.node(*key).map(Node::string).unwrap_or_default();
                self.secrets.name_in(&pointer, &name)
            }
            Step::Index(at) => pointer.index(*at),
        })
    }

    pub(crate) fn slip(&mut self, offset: usize, message: &str, help: &str) {
        // A pointer costs as much as its depth: not for what is only counted.
        let pointer = (!self.problems.is_full()).then(|| self.pointer());
        self.problems.push_with(|| {
            Problem::new(ProblemKind::Syntax, pointer.unwrap_or_default(), message).with_help(help).at(offset)
        });
    }

    pub(crate) fn stop<T>(&mut self, offset: usize, message: &str, help: &str) -> Result<T, Stop> {
        self.slip(offset, message, help);
        Err(Stop)
    }

    pub(crate) fn ends<T>(&mut self, place: &str) -> Result<T, Stop> {
        let help = "the file looks cut off: finish it, or restore a whole copy";
        self.stop(self.bytes.len(), &format!("the text ends {place}"), help)
    }
}
