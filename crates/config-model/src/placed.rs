//! Where in a text problems are that were found without it.

use crate::decode::known;
use crate::document::Document;
use crate::excerpt::Source;
use crate::jsonc::Syntax;
use crate::pointer::Pointer;
use crate::problem::Problems;
use crate::secret::Secrets;
use crate::syntax::{Parsed, parse};

/// Problems that a program has with the document of the accepted text `text`, each with its place in there, and without names
/// from inside of a secret: what the decoder does with its own. What the text does not have is placed at the innermost value
/// around it.
///
/// ```
/// use config_model::{Config, Pointer, Problem, Problems, placed};
///
/// let mut problems = Problems::none();
/// problems.push(Problem::veto(Pointer::root().key("features").key("auth"), "must stay on"));
/// let placed = placed::<Config>("{\n  \"version\": 1,\n  \"features\": {\"auth\": false}\n}", problems);
/// assert_eq!(placed.to_string(), "3:24: /features/auth: must stay on");
/// ```
pub fn placed<D: Document>(text: &str, problems: Problems) -> Problems {
    let secrets = Secrets(D::SECRETS);
    let Parsed { tree, is_whole, .. } = parse(text, Syntax::Jsonc, secrets, usize::MAX);
    if !is_whole {
        return problems.map(|problem| problem.with_pointer(Pointer::root()));
    }
    let placed = problems.map(|problem| {
        let start = tree.start_of(problem.pointer(), problem.is_about_key());
        let shown = secrets.mask(problem.pointer(), &tree);
        problem.at(start).with_pointer(shown)
    });
    placed.place_in(&Source::new(&tree, &known::<D>(&tree)))
}
