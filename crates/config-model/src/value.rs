//! JSON from elsewhere than a file, such as a command line: under the same strict rules.

use serde_json::Value;

use crate::decode::Limits;
use crate::excerpt::Source;
use crate::jsonc::Syntax;
use crate::known::Known;
use crate::pointer::Pointer;
use crate::problem::Problems;
use crate::secret::Secrets;
use crate::syntax::{Parsed, parse};

/// Reads one JSON value as strictly as a document: no duplicate names, no comment, no trailing comma, bounded depth, and at most
/// 1,677,721 names and values.
///
/// # Errors
/// Every syntax problem, with its place in `text` as line and column. Without a pointer: what the value is for is not
/// known here, so that a name in it may be a secret.
pub fn parse_value(text: &str) -> Result<Value, Problems> {
    let Parsed { tree, is_whole, problems } =
        parse(text, Syntax::Json, Secrets::default(), Limits::default().max_copied_values());
    if is_whole && problems.is_empty() {
        return Ok(tree.root().to_value());
    }
    let unnamed = problems.map(|problem| problem.with_pointer(Pointer::root()));
    Err(unnamed.place_in(&Source::new(&tree, &Known::default())))
}
