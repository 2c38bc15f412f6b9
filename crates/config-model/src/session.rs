//! What one decoding gathers on its way through a tree: problems, warnings, and how to go on after each.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::pointer::{Pointer, short};
use crate::problem::{Problem, ProblemKind, Problems};
use crate::tree::Node;

/// The place of a value, kept on the stack: it becomes a pointer only for a problem.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Root => 0,
            Self::Key(parent, _) | Self::Index(parent, _) => 1 + parent.depth(),
        }
    }

    pub(crate) fn pointer(&self) -> Pointer {
        match self {
            Self::Root => Pointer::root(),
            Self::Key(parent, name) => parent.pointer().key(short(name)),
            Self::Index(parent, index) => parent.pointer().index(*index),
        }
    }
}

/// Shared by the deserializers of one tree. Serde stops at an error, so a pass that meets one it cannot put a neutral
/// value for notes how to avoid it, and the next pass gets further.
#[derive(Default)]
pub(crate) struct Session {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    problems: Problems,
    warnings: Problems,
    /// Values that were reported and are neutral now.
    neutral: HashSet<u32>,
    /// Entries of maps and arrays, and unknown fields, that the next pass leaves out.
    skipped: HashSet<u32>,
    /// Fields that a struct, known by its list of fields, cannot do without.
    required: Vec<(Fields, &'static str)>,
    reported_missing: HashSet<(u32, &'static str)>,
}

/// The field names of a derived struct.
pub(crate) type Fields = &'static [&'static str];

impl Session {
    /// A value does not fit; from now on it is neutral. Says it once, whatever the number of passes.
    pub(crate) fn misfit(&self, node: Node<'_, '_>, path: &Path<'_>, message: &str, help: &str) {
        let mut state = self.state.borrow_mut();
        if state.neutral.insert(node.id()) {
            let problem = Problem::new(ProblemKind::Type, path.pointer(), message).at(node.start());
            state.problems.push(if help.is_empty() {
                problem
            } else {
                problem.with_help(help)
            });
        }
    }

    pub(crate) fn is_neutral(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow().neutral.contains(&node.id())
    }

    pub(crate) fn skip(&self, node: Node<'_, '_>) {
        self.state.borrow_mut().skipped.insert(node.id());
    }

    pub(crate) fn is_skipped(&self, node: Node<'_, '_>) -> bool {
        let state = self.state.borrow();
        !state.skipped.is_empty() && state.skipped.contains(&node.id())
    }

    /// A pass found that `field` is required. False when that was known: the pass cannot be helped.
    pub(crate) fn learn_required(&self, fields: Fields, field: &'static str) -> bool {
        let mut state = self.state.borrow_mut();
        let is_new = !state
            .required
            .iter()
            .any(|(known, name)| std::ptr::eq(*known, fields) && *name == field);
        if is_new {
            state.required.push((fields, field));
        }
        is_new
    }

    /// The required fields of a struct that `has` does not have.
    pub(crate) fn missing(&self, fields: Fields, has: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let state = self.state.borrow();
        let required = state
            .required
            .iter()
            .filter(|(known, _)| std::ptr::eq(*known, fields));
        required
            .map(|(_, name)| *name)
            .filter(|name| !has(name))
            .collect()
    }

    pub(crate) fn report_missing(&self, node: Node<'_, '_>, path: &Path<'_>, field: &'static str) {
        let mut state = self.state.borrow_mut();
        if state.reported_missing.insert((node.id(), field)) {
            let message = format!("the field `{field}` is missing");
            let problem = Problem::new(ProblemKind::Type, path.pointer().key(field), message);
            state.problems.push(
                problem
                    .with_help(format!("add `\"{field}\": ...`"))
                    .at(node.start()),
            );
        }
    }

    pub(crate) fn problem(&self, problem: Problem) {
        self.state.borrow_mut().problems.push(problem);
    }

    /// A field that the schema does not have: a warning, with the name it may have been meant to be.
    pub(crate) fn unknown(&self, key: Node<'_, '_>, path: &Path<'_>, fields: Fields) {
        // Every document may have these, whatever its schema: the format's version, and a hint for editors.
        if path.depth() == 1 && matches!(key.string().as_ref(), "version" | "$schema") {
            return;
        }
        let problem = Problem::new(
            ProblemKind::UnknownField,
            path.pointer(),
            "this field is not known",
        )
        .about_key()
        .at(key.start())
        .with_help(unknown_help(&key.string(), fields));
        self.state.borrow_mut().warnings.push(problem);
    }

    /// Each pass meets the unknown fields again.
    pub(crate) fn next_pass(&self) {
        self.state.borrow_mut().warnings = Problems::none();
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.state.borrow().problems.is_full()
    }

    pub(crate) fn finish(self) -> (Problems, Problems) {
        let state = self.state.into_inner();
        (state.problems, state.warnings)
    }
}

fn unknown_help(name: &str, fields: Fields) -> String {
    let near = fields
        .iter()
        .map(|field| (strsim::damerau_levenshtein(short(name), field), *field))
        .min();
    match near {
        Some((distance, field)) if distance <= 1 + field.len() / 4 => format!("did you mean `{field}`?"),
        _ if fields.is_empty() => "remove it; it is kept as it is until then".to_owned(),
        _ => format!("known here: {}; it is kept as it is", fields.join(", ")),
    }
}
