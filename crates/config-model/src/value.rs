//! JSON from elsewhere than a file, such as a command line: under the same strict rules.

use serde_json::Value;

use crate::decode::Limits;
use crate::excerpt::Source;
use crate::jsonc::Syntax;
use crate::known::Known;
use crate::pointer::Pointer;
use crate::problem::{Problem, Problems};
use crate::problem_kind::ProblemKind;
use crate::secret::Secrets;
use crate::syntax::{Parsed, parse};
use crate::tree::Kind;

/// Reads one JSON value as strictly as a document: no duplicate names, no comment, no trailing comma, bounded depth, and at most
/// 1,677,721 names and values. A whole number of more than 64 bits is refused: a [`Value`] would keep its first digits only.
///
/// # Errors
/// Every syntax problem, with its place in `text` as line and column. Without a pointer: what the value is for is not
/// known here, so that a name in it may be a secret.
pub fn parse_value(text: &str) -> Result<Value, Problems> {
    let Parsed { tree, is_whole, problems } =
        parse(text, Syntax::Json, Secrets::default(), Limits::default().max_copied_values());
    let mut problems = problems;
    if is_whole && problems.is_empty() {
        let numbers =
            tree.root().ids().filter_map(|id| tree.node(id)).filter(|node| node.kind() == Kind::Number);
        for number in numbers.filter(|number| is_cut_short(number.source())) {
            let message = "this whole number has more than 64 bits, so that digits of it would be lost";
            let problem = Problem::new(ProblemKind::Size, Pointer::root(), message);
            problems.push(
                problem
                    .with_help("give a smaller one, or a string, in `\"`, where one may stand")
                    .at(number.start()),
            );
        }
    }
    if is_whole && problems.is_empty() {
        return Ok(tree.root().to_value());
    }
    let unnamed = problems.map(|problem| problem.with_pointer(Pointer::root()));
    Err(unnamed.place_in(&Source::new(&tree, &Known::default())))
}

fn is_cut_short(number: &str) -> bool {
    let is_whole = number.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    is_whole && number.parse::<u64>().is_err() && number.parse::<i64>().is_err()
}
