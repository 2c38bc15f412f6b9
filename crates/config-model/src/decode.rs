//! Bytes to a document, or every problem with its place. The one decoder: files, command lines and network paths
//! all go through it.

use std::fmt;
use std::ops::Range;

use crate::document::Document;
use crate::edit::rewrite_to;
use crate::excerpt::Source;
use crate::fast;
use crate::jsonc::Syntax;
use crate::known::{Known, veiled};
use crate::migrate::version_pointer;
use crate::passes::read;
use crate::pointer::Pointer;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::rules::rules;
use crate::secret::Secrets;
use crate::session::Session;
use crate::syntax::{Parsed, parse, too_many};
use crate::tree::{Kind, Node, Tree};
use crate::version::{Found, version};

/// The largest text that is read unless another limit is set: 64 MiB.
pub const DEFAULT_MAX_BYTES: usize = 64 << 20;

/// What a decoder accepts.
///
/// ```
/// use config_model::{Config, Limits, ProblemKind, decode_with};
/// let text = br#"{"version": 1, "features": {"debgu": true}}"#;
/// let lenient = decode_with::<Config>(text, Limits::default())?;
/// assert_eq!(lenient.warnings.len(), 1);
/// let strict = Limits { strict: true, ..Limits::default() };
/// assert!(decode_with::<Config>(text, strict).unwrap_err().has(ProblemKind::UnknownField));
/// # Ok::<(), config_model::Problems>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest text, in bytes; never more than 4 GiB.
    ///
    /// A text may have one name or value for every 10 of these bytes (for every 40, where it has to be migrated), but
    /// always 65,536: a text of nothing but `"",` takes memory by the count of its values, not by its size. From a limit
    /// of 1 MiB on, reading a gateway's config takes less than 10 times the limit, whatever it holds.
    pub max_bytes: usize,
    /// Unknown fields are problems, not warnings.
    pub strict: bool,
    /// May there be comments and trailing commas?
    pub syntax: Syntax,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: DEFAULT_MAX_BYTES, strict: false, syntax: Syntax::Json }
    }
}

/// Names and values that any text may have.
const FREE_VALUES: usize = 1 << 16;

impl Limits {
    /// Is the text larger than may be read? Offsets in it have 32 bits.
    pub(crate) fn is_too_large(self, text: &[u8]) -> bool {
        text.len() > self.max_bytes.min(u32::MAX as usize - 1)
    }

    /// Most names and values. One takes 16 bytes in the tree, and 48 bytes or more in the document.
    pub(crate) fn max_values(self) -> usize {
        (self.max_bytes / 10).max(FREE_VALUES)
    }

    /// Most names and values that are made into `serde_json`'s, where an object takes half a kilobyte.
    pub(crate) fn max_copied_values(self) -> usize {
        (self.max_bytes / 40).max(FREE_VALUES)
    }
}

/// An accepted text.
///
/// ```
/// use config_model::{Config, decode};
/// let decoded = decode::<Config>(br#"{"version": 1, "x-note": "kept"}"#)?;
/// assert_eq!(decoded.document, Config::default());
/// assert_eq!(decoded.warnings.to_string().lines().count(), 2); // the field that is not known, and what to do
/// assert!(decoded.migrated.is_none());
/// # Ok::<(), config_model::Problems>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded<D> {
    /// What it says.
    pub document: D,
    /// What is odd about it, such as unknown fields.
    pub warnings: Problems,
    /// Set when the text is of an older version: nothing on disk has changed yet.
    pub migrated: Option<Migrated>,
}

/// A text brought up to the present version, in memory.
///
/// ```
/// # use config_model::{Document, Fields, Migrations, Problem, Problems};
/// # #[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
/// # struct Mirror { url: String }
/// # impl Document for Mirror {
/// #     const VERSION: u32 = 2;
/// #     fn seed() -> Self { Self { url: String::new() } }
/// #     fn migrations() -> Migrations { Migrations::from_version(1).then(rename) }
/// #     fn check(&self, _: &mut Problems) {}
/// # }
/// # fn rename(fields: &mut Fields) -> Result<(), Problem> {
/// #     if let Some(url) = fields.shift_remove("upstream") { fields.insert("url".into(), url); }
/// #     Ok(())
/// # }
/// use config_model::decode;
/// let decoded = decode::<Mirror>(br#"{"version": 1, "upstream": "https://example.org/"}"#)?;
/// let migrated = decoded.migrated.expect("it is older");
/// assert_eq!(migrated.from, 1);
/// assert!(migrated.text.contains("\"version\": 2"));
/// # Ok::<(), Problems>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The version that was read.
    pub from: u32,
    /// The text in the present version; what the steps did not touch stands as it was written.
    pub text: String,
}

/// Without the text, which holds secrets.
impl fmt::Debug for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Migrated");
        shown.field("from", &self.from).finish_non_exhaustive()
    }
}

/// Decodes strict JSON, with the default [`Limits`].
///
/// # Errors
/// Every [`Problem`] of the text: syntax, types and rules alike, and beside them what is odd about it
/// ([`Problems::warnings`]). Nothing is ever taken for a default that is broken.
pub fn decode<D: Document>(bytes: &[u8]) -> Result<Decoded<D>, Problems> {
    decode_with(bytes, Limits::default())
}

/// Decodes within `limits`.
///
/// # Errors
/// As [`decode`].
pub fn decode_with<D: Document>(bytes: &[u8], limits: Limits) -> Result<Decoded<D>, Problems> {
    match fast::read(bytes, limits) {
        Some(document) => Ok(Decoded { document, warnings: Problems::none(), migrated: None }),
        None => thorough(bytes, limits),
    }
}

/// As [`decode_with`], also of a text that nothing is wrong with: by way of a tree, which knows every place.
pub(crate) fn thorough<D: Document>(bytes: &[u8], limits: Limits) -> Result<Decoded<D>, Problems> {
    let text = match as_text(bytes, limits) {
        Ok(text) => text,
        Err(problems) => {
            // Of what is not read at all, no place is known, and so nothing is shown.
            let readable = if limits.is_too_large(bytes) { "" } else { readable(bytes) };
            let parsed = parse(readable, limits.syntax, Secrets(D::SECRETS), limits.max_values());
            return Err(problems.place_in(&Source::new(&parsed.tree, &known::<D>(&parsed.tree))));
        }
    };
    let parsed = parse(text, limits.syntax, Secrets(D::SECRETS), limits.max_values());
    let (tree, problems) = (parsed.tree, parsed.problems);
    let (decoded, known) = if parsed.is_whole {
        let mut known = Known::default();
        (whole(&tree, problems, limits, &mut known), known)
    } else {
        (Err(problems), known::<D>(&tree))
    };
    let source = Source::new(&tree, &known);
    match decoded {
        Ok(decoded) => Ok(Decoded { warnings: decoded.warnings.place_in(&source), ..decoded }),
        Err(problems) => {
            let veiled = problems.map(|problem| veiled(problem, &tree, &known));
            Err(veiled.place_in(&source))
        }
    }
}

/// As much as is UTF-8.
fn readable(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
    }
}

/// `problems` are those that the parser found; `known` is told what people may see.
fn whole<D: Document>(
    tree: &Tree<'_>,
    mut problems: Problems,
    limits: Limits,
    known: &mut Known,
) -> Result<Decoded<D>, Problems> {
    match version::<D>(tree) {
        Found::Present => typed(tree, problems, limits, known),
        // A schema that this program does not know: what else seems wrong may be right.
        Found::Newer(problem) => Err(one(problem)),
        Found::Older(_) if !problems.is_empty() => Err(problems),
        Found::Older(_) if tree.tokens.len() > limits.max_copied_values() => {
            Err(one(too_many(limits.max_copied_values(), "to be migrated")))
        }
        Found::Older(from) => migrated(tree, from, limits),
        Found::Unclear(problem) => {
            // Most likely it is of the present version: the rest is looked at as such.
            problems.extend(problem.map(one).unwrap_or_default());
            let rest = typed::<D>(tree, problems.clone(), limits, known);
            Err(rest.err().unwrap_or(problems))
        }
    }
}

/// What the schema asks for and gets, of a text that nothing new is to be found in; nothing of one of another version.
pub(crate) fn known<D: Document>(tree: &Tree<'_>) -> Known {
    let session = Session::new(Secrets(D::SECRETS));
    if tree.root().kind() == Kind::Object && matches!(version::<D>(tree), Found::Present | Found::Unclear(_))
    {
        drop(read::<D>(tree.root(), &session));
    }
    session.take_known()
}

fn as_text(bytes: &[u8], limits: Limits) -> Result<&str, Problems> {
    let root = Pointer::root;
    if limits.is_too_large(bytes) {
        let message = format!("the text is larger than the limit of {} bytes", limits.max_bytes);
        return Err(one(
            Problem::new(ProblemKind::Size, root(), message).with_help("raise the limit, or split it")
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let message = if is_utf16 { "the text is UTF-16" } else { "the text is not UTF-8 from here on" };
        let problem = Problem::new(ProblemKind::Syntax, root(), message).with_help("save the file as UTF-8");
        one(problem.at(error.valid_up_to()))
    })
}

/// Types and rules, on a text of the present version. `found` holds what the parser found.
fn typed<D: Document>(
    tree: &Tree<'_>,
    found: Problems,
    limits: Limits,
    known: &mut Known,
) -> Result<Decoded<D>, Problems> {
    let mut problems = found;
    let session = Session::new(Secrets(D::SECRETS));
    let document = if tree.root().kind() == Kind::Object { read::<D>(tree.root(), &session) } else { None };
    *known = session.take_known();
    let (misfits, mut warnings) = session.take();
    problems.extend(misfits);
    if let Some(document) = &document {
        problems.extend(rules(tree, document, &session));
    }
    if limits.strict {
        problems.extend(std::mem::take(&mut warnings));
    }
    match document {
        Some(document) if problems.is_empty() => Ok(Decoded { document, warnings, migrated: None }),
        _ => Err(problems.with_warnings(warnings)),
    }
}

fn migrated<D: Document>(tree: &Tree<'_>, from: u32, limits: Limits) -> Result<Decoded<D>, Problems> {
    let (migrations, ours) = (D::migrations(), D::VERSION);
    let in_source = |problem: Problem| {
        let place = tree.start_of(problem.pointer(), problem.is_about_key());
        problem.at(place)
    };
    let hidden = |problem: Problem| {
        let shown = Secrets(D::SECRETS).mask(problem.pointer(), tree);
        problem.with_pointer(shown)
    };
    if let Some(arrives_at) = migrations.arrives_at().filter(|arrives_at| *arrives_at != ours) {
        let message =
            format!("this program writes version {ours}, but its migrations arrive at {arrives_at}");
        let problem = Problem::new(ProblemKind::Version, version_pointer(), message);
        return Err(one(in_source(problem.with_help("this is a mistake in the program, not in the file"))));
    }
    let new = migrations.apply_to(tree.root().to_value(), ours);
    let new = new.map_err(|problem| one(in_source(hidden(problem))))?;
    let text = rewrite_to(tree, &new);
    drop(new);
    let parsed = parse(&text, limits.syntax, Secrets(D::SECRETS), limits.max_values());
    let decoded = if parsed.is_whole {
        // What is known is known of another text than the one that people see.
        typed(&parsed.tree, parsed.problems, limits, &mut Known::default())
    } else {
        Err(parsed.problems)
    };
    match decoded {
        Ok(Decoded { document, warnings, .. }) => {
            let warnings = warnings.map(in_source);
            Ok(Decoded { document, warnings, migrated: Some(Migrated { from, text }) })
        }
        Err(problems) => Err(problems.map(|problem| {
            let help = format!("found after the migration from version {from} to version {ours}");
            let help = problem.help().map_or_else(|| help.clone(), |first| format!("{first} ({help})"));
            in_source(problem.with_help(help))
        })),
    }
}

fn one(problem: Problem) -> Problems {
    let mut problems = Problems::none();
    problems.push(problem);
    problems
}

/// The bytes of the value at `pointer` in `text`, which an accepted text has at most once.
pub fn span_of(text: &str, pointer: &Pointer) -> Option<Range<usize>> {
    let Parsed { tree, is_whole, .. } = parse(text, Syntax::Jsonc, Secrets::default(), usize::MAX);
    let value = is_whole.then(|| pointer.tokens().try_fold(tree.root(), |node, token| node.child(&token)));
    value.flatten().map(Node::span)
}
