//! JSON from elsewhere than a file, such as a command line: under the same strict rules.

use serde_json::Value;

use crate::decode::Limits;
use crate::jsonc::Syntax;
use crate::pointer::Pointer;
use crate::problem::Problems;
use crate::secret::Secrets;
use crate::syntax::parse;

/// Reads one JSON value as strictly as a document: no duplicate names, no comment, no trailing comma, bounded depth, and at most
/// 1,677,721 names and values.
///
/// # Errors
/// Every syntax problem, with its place in `text` as line and column. Without a pointer: what the value is for is not
/// known here, so that a name in it may be a secret.
pub fn parse_value(text: &str) -> Result<Value, Problems> {
    match parse(text, Syntax::Json, Secrets::default(), Limits::default().max_copied_values()) {
        (Some(tree), problems) if problems.is_empty() => Ok(tree.root().to_value()),
        (_, problems) => {
            let unnamed = problems.map(|problem| problem.with_pointer(Pointer::root()));
            Err(unnamed.place_in(text.as_bytes()))
        }
    }
}
