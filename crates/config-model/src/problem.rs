//! What is wrong with a text, where, and what to do about it.

use std::fmt::{self, Write as _};
use std::ops::Range;

use crate::clean::clean;
use crate::excerpt::{Excerpt, Source};
use crate::pointer::Pointer;

pub use crate::problem_kind::ProblemKind;

/// Most problems that one look reports; the rest are counted. A file with a thousand typos is read by a person.
pub const MAX_PROBLEMS: usize = 100;

/// So many are enough to give up on a text: a bomb of slips costs no more time and memory than a whole document.
pub(crate) const ENOUGH: usize = 100 * MAX_PROBLEMS;

/// Longest message and longest help, in bytes.
const MAX_TEXT: usize = 1024;

/// One thing that is wrong: its place, the reason, and the remedy.
///
/// Neither text ever holds a value found in the document, a control character, or more than 1 kB.
///
/// ```
/// use config_model::{Pointer, Problem};
/// let place = Pointer::root().key("retention").key("events_days");
/// let problem = Problem::rule(place, "must be at most 365").with_help("the disk holds a year");
/// assert_eq!(problem.to_string(), "/retention/events_days: must be at most 365\n  help: the disk holds a year");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    pointer: Pointer,
    message: String,
    help: Option<String>,
    about_key: bool,
    offset: Option<usize>,
    /// Apart, since most problems that are made are only counted.
    placed: Option<Box<Placed>>,
}

/// Where a problem is in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    place: Place,
    span: Range<usize>,
    excerpt: Option<Excerpt>,
}

/// A place in a text, both counted from 1.
///
/// ```
/// use config_model::{Config, Place, decode};
/// let problems = decode::<Config>(b"{\n  \"version\": 1,\n  \"models\": []\n}").unwrap_err();
/// let problem = problems.iter().next().expect("one");
/// assert_eq!(problem.place(), Some(Place { line: 3, column: 13 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Problem {
    /// A problem of any kind. `message` must not hold a value found in the document.
    pub fn new(kind: ProblemKind, pointer: Pointer, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            pointer: pointer.bounded(),
            message: clean(message.as_ref(), MAX_TEXT),
            help: None,
            about_key: false,
            offset: None,
            placed: None,
        }
    }

    /// A rule of the schema is broken: what [`Document::check`](crate::Document::check) adds.
    pub fn rule(pointer: Pointer, message: impl AsRef<str>) -> Self {
        Self::new(ProblemKind::Rule, pointer, message)
    }

    /// The program that is to serve the document does not take it, though no rule of the schema is broken.
    pub fn veto(pointer: Pointer, message: impl AsRef<str>) -> Self {
        Self::new(ProblemKind::Veto, pointer, message)
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(clean(help.as_ref(), MAX_TEXT));
        self
    }

    /// The name of the member is at fault, not its value: the place shown is that of the name.
    #[must_use]
    pub fn about_key(mut self) -> Self {
        self.about_key = true;
        self
    }

    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    pub(crate) fn with_pointer(mut self, pointer: Pointer) -> Self {
        self.pointer = pointer.bounded();
        self
    }

    /// What sort of rule is broken.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Where in the document.
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Where in the text; `None` when the document never was a text, or all of it is at fault. A problem that is found
    /// after a migration is placed at the innermost value around it that the text has.
    pub fn place(&self) -> Option<Place> {
        self.placed.as_ref().map(|placed| placed.place)
    }

    /// The bytes of the text that are at fault, where there is a [`place`](Self::place): the value, the name or the character
    /// that stands there. At the end of the text it is empty.
    pub fn span(&self) -> Option<Range<usize>> {
        self.placed.as_ref().map(|placed| placed.span.clone())
    }

    /// The line of the [`place`](Self::place), as far as people may see it.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.placed.as_ref()?.excerpt.as_ref()
    }

    /// The reason.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The remedy.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    pub(crate) fn is_about_key(&self) -> bool {
        self.about_key
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{}:{}: ", place.line, place.column)?;
        }
        write!(f, "{}: {}", self.pointer, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Every problem of one look, in the order of the text; at most [`MAX_PROBLEMS`] are kept, the rest are counted.
///
/// The [`warnings`](Self::warnings) stand beside them: nothing else here counts or prints those.
///
/// ```
/// use config_model::{Config, decode};
/// let text = br#"{"version": 1, "models": [], "retention": 7}"#;
/// let problems = decode::<Config>(text).unwrap_err();
/// assert_eq!(problems.len(), 2); // all of them at once
/// for problem in &problems {
///     println!("{}: {}", problem.pointer(), problem.message());
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    omitted: usize,
    warnings: Option<Box<Self>>,
}

/// No problem, and nothing odd.
static NONE: Problems = Problems { list: Vec::new(), omitted: 0, warnings: None };

impl Problems {
    /// None so far.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        if self.is_full() {
            self.omitted += 1;
        } else {
            self.list.push(problem);
        }
    }

    /// Adds one, which is made only if it is kept.
    pub(crate) fn push_with(&mut self, problem: impl FnOnce() -> Problem) {
        if self.is_full() {
            self.omitted += 1;
        } else {
            self.list.push(problem());
        }
    }

    /// Nobody reads on: what looks for more may give up.
    pub(crate) fn is_enough(&self) -> bool {
        self.len() >= ENOUGH
    }

    /// Further ones would only be counted: a long check may stop.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many, with those that are only counted.
    pub fn len(&self) -> usize {
        self.list.len() + self.omitted
    }

    /// How many were found beyond [`MAX_PROBLEMS`].
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Those that are kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// What a text that is refused would be warned of. With the problems, at most [`MAX_PROBLEMS`] are kept.
    ///
    /// ```
    /// use config_model::{Config, decode};
    /// let text = br#"{"version": 1, "models": [], "fetures": {}}"#;
    /// let problems = decode::<Config>(text).unwrap_err();
    /// assert_eq!((problems.len(), problems.warnings().len()), (1, 1));
    /// ```
    pub fn warnings(&self) -> &Self {
        self.warnings.as_deref().unwrap_or(&NONE)
    }

    pub(crate) fn with_warnings(mut self, mut warnings: Self) -> Self {
        if !warnings.is_empty() {
            let kept = warnings.list.len().min(MAX_PROBLEMS.saturating_sub(self.list.len()));
            warnings.omitted += warnings.list.drain(kept..).count();
            self.warnings = Some(Box::new(warnings));
        }
        self
    }

    /// Is one of this kind among them?
    pub fn has(&self, kind: ProblemKind) -> bool {
        self.list.iter().any(|problem| problem.kind == kind)
    }

    /// Keeps those that `keep` says, in place.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.list.retain(keep);
    }

    /// Changes each, and each warning.
    pub(crate) fn map(mut self, mut change: impl FnMut(Problem) -> Problem) -> Self {
        self.change(&mut change);
        self
    }

    fn change(&mut self, change: &mut dyn FnMut(Problem) -> Problem) {
        self.list = std::mem::take(&mut self.list).into_iter().map(&mut *change).collect();
        if let Some(warnings) = &mut self.warnings {
            warnings.change(change);
        }
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.omitted += other.omitted;
        for problem in other.list {
            self.push(problem);
        }
    }

    /// Sorts by place and turns offsets into lines and columns, in one pass over the text; then shows the lines.
    pub(crate) fn place_in(mut self, source: &Source<'_, '_>) -> Self {
        let text = source.text().as_bytes();
        self.list.sort_by_key(|problem| problem.offset.unwrap_or(usize::MAX));
        let (mut line, mut line_start, mut at) = (1, 0, 0);
        for problem in &mut self.list {
            let Some(offset) = problem.offset.map(|offset| offset.min(text.len())) else {
                continue;
            };
            for (ahead, byte) in text.iter().enumerate().take(offset).skip(at) {
                if *byte == b'\n' {
                    line += 1;
                    line_start = ahead + 1;
                }
            }
            at = offset;
            // A continuation byte of UTF-8 is 10xxxxxx: what is left counts characters.
            let before = text.get(line_start..offset).unwrap_or_default();
            let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
            let span = source.span_at(offset);
            let excerpt = source.excerpt(problem, &span);
            problem.placed = Some(Box::new(Placed { place: Place { line, column }, span, excerpt }));
        }
        self.warnings = self.warnings.map(|warnings| Box::new(warnings.place_in(source)));
        self
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{problem}")?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "\nand {omitted} more"),
        }
    }
}

impl std::error::Error for Problems {}
