//! The version that a text says it is of.

use crate::document::Document;
use crate::migrate::version_pointer;
use crate::pointer::Pointer;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{Kind, Tree};

/// How the version of a text compares with the schema's.
pub(crate) enum Found {
    Present,
    Older(u32),
    Newer(Problem),
    /// With the reason, unless the parser has reported it.
    Unclear(Option<Problem>),
}

pub(crate) fn version<D: Document>(tree: &Tree<'_>) -> Found {
    let ours = D::VERSION;
    let unclear = |message: &str, at: usize| {
        let problem = Problem::new(ProblemKind::Version, version_pointer(), message).at(at);
        Found::Unclear(Some(problem.with_help(format!("write `\"version\": {ours}`"))))
    };
    let root = tree.root();
    match root.kind() {
        Kind::Object => {}
        Kind::Invalid => return Found::Unclear(None),
        kind => {
            let message = format!("expected an object, found {}", kind.name());
            let problem = Problem::new(ProblemKind::Type, Pointer::root(), message).at(root.start());
            return Found::Unclear(Some(problem.with_help(format!("write `{{\"version\": {ours}, ...}}`"))));
        }
    }
    let Some((_, value)) = root.member("version") else {
        // A name that cannot be read may be the one.
        let mut names = root.members().map(|(key, _)| key);
        return if names.any(|key| key.kind() == Kind::Invalid) {
            Found::Unclear(None)
        } else {
            unclear("the field `version` is missing", root.start())
        };
    };
    let digits = value.source();
    let is_whole = value.kind() == Kind::Number && digits.bytes().all(|byte| byte.is_ascii_digit());
    if value.kind() == Kind::Invalid {
        return Found::Unclear(None);
    }
    if !is_whole {
        let message = format!("the version must be a whole number, found {}", value.kind().name());
        return unclear(&message, value.start());
    }
    // A version beyond 32 bits is newer than any.
    match digits.parse::<u32>() {
        Ok(found) if found == ours => Found::Present,
        Ok(found) if found < ours => Found::Older(found),
        _ => {
            let more = if digits.len() > 20 { "…" } else { "" };
            let message = format!(
                "the document's version {digits:.20}{more} is newer than version {ours} of this program"
            );
            let help = "use a newer program; this one leaves the file as it is";
            let problem = Problem::new(ProblemKind::NewerVersion, version_pointer(), message);
            Found::Newer(problem.with_help(help).at(value.start()))
        }
    }
}
