//! Bytes to a document, or every problem with its place. The one decoder: files, command lines and network paths
//! all go through it.

use std::ops::Range;

use serde_json::Value;

use crate::de::read;
use crate::document::Document;
use crate::edit::rewrite_tree;
use crate::migrate::version_pointer;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::secret::Secrets;
use crate::session::Session;
use crate::syntax::parse;
use crate::tree::{Kind, Tree};

/// The largest text that is read unless another limit is set: 64 MiB.
pub const DEFAULT_MAX_BYTES: usize = 64 << 20;

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest text, in bytes; never more than 4 GiB.
    pub max_bytes: usize,
    /// Unknown fields are problems, not warnings.
    pub strict: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: DEFAULT_MAX_BYTES,
            strict: false,
        }
    }
}

/// An accepted text.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version that was read.
    pub from: u32,
    /// The text in the present version; what the steps did not touch stands as it was written.
    pub text: String,
}

/// Decodes with the default [`Limits`].
///
/// # Errors
/// Every [`Problem`] of the text: syntax, types and rules alike. Nothing is ever taken for a default that is broken.
pub fn decode<D: Document>(bytes: &[u8]) -> Result<Decoded<D>, Problems> {
    decode_with(bytes, Limits::default())
}

/// Decodes within `limits`.
///
/// # Errors
/// As [`decode`].
pub fn decode_with<D: Document>(bytes: &[u8], limits: Limits) -> Result<Decoded<D>, Problems> {
    let secrets = Secrets(D::SECRETS);
    let hide = |problems: Problems| {
        problems.map(|problem| {
            let masked = secrets.mask(problem.pointer());
            problem.with_pointer(masked)
        })
    };
    let decoded = whole(bytes, limits).map_err(|problems| hide(problems).place_in(bytes))?;
    Ok(Decoded {
        warnings: hide(decoded.warnings).place_in(bytes),
        ..decoded
    })
}

fn whole<D: Document>(bytes: &[u8], limits: Limits) -> Result<Decoded<D>, Problems> {
    let text = as_text(bytes, limits.max_bytes)?;
    let (tree, problems) = parse(text);
    let Some(tree) = tree else { return Err(problems) };
    match version::<D>(&tree) {
        Ok(Found::Present) => typed(&tree, problems, limits),
        // A schema that this program does not know: what else seems wrong may be right.
        Ok(Found::Newer(problem)) => Err(one(problem)),
        Ok(Found::Older(_)) if !problems.is_empty() => Err(problems),
        Ok(Found::Older(from)) => migrated(&tree, from, limits),
        Err(problem) => {
            let mut problems = problems;
            problems.push(problem);
            let Err(all) = typed::<D>(&tree, problems.clone(), limits) else {
                return Err(problems);
            };
            Err(all)
        }
    }
}

fn as_text(bytes: &[u8], max_bytes: usize) -> Result<&str, Problems> {
    let root = crate::pointer::Pointer::root;
    if bytes.len() > max_bytes.min(u32::MAX as usize - 1) {
        let message = format!("the text is larger than the limit of {max_bytes} bytes");
        return Err(one(
            Problem::new(ProblemKind::Size, root(), message).with_help("raise the limit, or split it")
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let message = if is_utf16 {
            "the text is UTF-16"
        } else {
            "the text is not UTF-8 from here on"
        };
        let problem = Problem::new(ProblemKind::Syntax, root(), message).with_help("save the file as UTF-8");
        one(problem.at(error.valid_up_to()))
    })
}

enum Found {
    Present,
    Older(u32),
    Newer(Problem),
}

fn version<D: Document>(tree: &Tree<'_>) -> Result<Found, Problem> {
    let ours = D::VERSION;
    let problem =
        |message: &str, at: usize| Problem::new(ProblemKind::Version, version_pointer(), message).at(at);
    let root = tree.root();
    if root.kind() != Kind::Object {
        let message = format!("expected an object, found {}", root.kind().name());
        let help = format!("write `{{\"version\": {ours}, ...}}`");
        return Err(Problem::new(ProblemKind::Type, crate::Pointer::root(), message)
            .with_help(help)
            .at(root.start()));
    }
    let Some((_, value)) = root.member("version") else {
        let help = format!("add `\"version\": {ours}`");
        return Err(problem("the field `version` is missing", root.start()).with_help(help));
    };
    let digits = value.source();
    let is_whole = value.kind() == Kind::Number && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole {
        let message = format!(
            "the version must be a whole number, found {}",
            value.kind().name()
        );
        return Err(problem(&message, value.start()).with_help(format!("write `\"version\": {ours}`")));
    }
    // A version beyond 32 bits is newer than any.
    match digits.parse::<u32>() {
        Ok(found) if found == ours => Ok(Found::Present),
        Ok(found) if found < ours => Ok(Found::Older(found)),
        _ => {
            let message =
                format!("the document's version {digits:.20} is newer than version {ours} of this program");
            let help = "use a newer program; this one leaves the file as it is";
            let problem = Problem::new(ProblemKind::NewerVersion, version_pointer(), message);
            Ok(Found::Newer(problem.with_help(help).at(value.start())))
        }
    }
}

/// Types and rules, on a text of the present version. `found` holds what the parser found.
fn typed<D: Document>(tree: &Tree<'_>, found: Problems, limits: Limits) -> Result<Decoded<D>, Problems> {
    let mut problems = found;
    let session = Session::default();
    let document = if tree.root().kind() == Kind::Object {
        read::<D>(tree.root(), &session)
    } else {
        None
    };
    let (misfits, mut warnings) = session.finish();
    problems.extend(misfits);
    if let Some(document) = &document {
        problems.extend(rules(tree, document, &problems));
    }
    if limits.strict {
        problems.extend(std::mem::take(&mut warnings));
    }
    match document {
        Some(document) if problems.is_empty() => Ok(Decoded {
            document,
            warnings,
            migrated: None,
        }),
        _ => Err(problems),
    }
}

/// What `check` says, but for the places where a neutral value stands in for something that was reported already.
fn rules<D: Document>(tree: &Tree<'_>, document: &D, known: &Problems) -> Problems {
    let mut rules = Problems::none();
    document.check(&mut rules);
    rules.retain(|rule| {
        let (rule, mut known) = (rule.pointer(), known.iter().map(Problem::pointer));
        !known.any(|known| rule.is_within(known) || known.is_within(rule))
    });
    rules.map(|rule| {
        let (node, name) = tree.nearest(rule.pointer());
        let start = name.filter(|_| rule.is_about_key()).unwrap_or(node).start();
        rule.at(start)
    })
}

fn migrated<D: Document>(tree: &Tree<'_>, from: u32, limits: Limits) -> Result<Decoded<D>, Problems> {
    let (migrations, ours) = (D::migrations(), D::VERSION);
    let in_source = |problem: Problem| {
        let place = tree.nearest(problem.pointer()).0.start();
        problem.at(place)
    };
    if let Some(arrives_at) = migrations.arrives_at().filter(|arrives_at| *arrives_at != ours) {
        let message =
            format!("this program writes version {ours}, but its migrations arrive at {arrives_at}");
        let problem = Problem::new(ProblemKind::Version, version_pointer(), message);
        return Err(one(in_source(
            problem.with_help("this is a mistake in the program, not in the file"),
        )));
    }
    let old = tree.root().to_value();
    let new: Value = migrations
        .apply(&old, ours)
        .map_err(|problem| one(in_source(problem)))?;
    let text = rewrite_tree(tree, &old, &new);
    let (migrated, problems) = parse(&text);
    let decoded = match &migrated {
        Some(tree) => typed(tree, problems, limits),
        None => Err(problems),
    };
    match decoded {
        Ok(Decoded {
            document, warnings, ..
        }) => {
            let warnings = warnings.map(in_source);
            Ok(Decoded {
                document,
                warnings,
                migrated: Some(Migrated { from, text }),
            })
        }
        Err(problems) => Err(problems.map(|problem| {
            let help = format!("found after the migration from version {from} to version {ours}");
            let help = problem
                .help()
                .map_or_else(|| help.clone(), |first| format!("{first} ({help})"));
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
pub fn span_of(text: &str, pointer: &crate::Pointer) -> Option<Range<usize>> {
    let tree = parse(text).0?;
    let mut node = tree.root();
    for token in pointer.tokens() {
        node = match node.kind() {
            Kind::Array => node.elements().nth(token.parse().ok()?)?,
            _ => node.member(&token)?.1,
        };
    }
    Some(node.span())
}
