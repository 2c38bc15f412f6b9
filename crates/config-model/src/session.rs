//! What one decoding gathers on its way through a tree: problems, warnings, and how to go on after each.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::known::{Known, is_covered};
use crate::pointer::Pointer;
use crate::problem::{ENOUGH, Problem, ProblemKind, Problems};
use crate::secret::Secrets;
use crate::tree::{Kind, Node};

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

    /// The place so many levels around this one.
    pub(crate) fn up(&self, levels: usize) -> &Self {
        match self {
            Self::Key(parent, _) | Self::Index(parent, _) if levels > 0 => parent.up(levels - 1),
            _ => self,
        }
    }

    pub(crate) fn pointer(&self, secrets: Secrets) -> Pointer {
        match self {
            Self::Root => Pointer::root(),
            Self::Key(parent, name) => secrets.name_in(&parent.pointer(secrets), name),
            Self::Index(parent, index) => parent.pointer(secrets).index(*index),
        }
    }
}

/// Shared by the deserializers of one tree. Serde stops at an error, so a pass that meets one it cannot put a neutral
/// value for notes how to avoid it, and the next pass gets further.
#[derive(Default)]
pub(crate) struct Session {
    secrets: Secrets,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    problems: Problems,
    warnings: Problems,
    /// Values that were reported and are neutral now.
    neutral: BTreeSet<u32>,
    /// Entries of maps and arrays, and unknown fields, that the next pass leaves out.
    skipped: BTreeSet<u32>,
    /// Values that nothing can stand in for: their struct cannot be read, but what is beside them is looked at first.
    last: BTreeSet<u32>,
    /// Fields that a type, by its name, cannot do without.
    required: Vec<(&'static str, &'static str)>,
    /// What such a field's absence from an object is; `None` when the object has it under another name.
    missing: BTreeMap<(u32, &'static str), Option<Problem>>,
    /// Which variant a neutral value of an enum is, when it is not the first.
    variants: BTreeMap<&'static str, usize>,
    /// The type of the root has a field of its own for the version.
    has_version: bool,
    /// What the schema asked for and got.
    known: Known,
}

/// The field names of a derived struct.
pub(crate) type Fields = &'static [&'static str];

impl Session {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, ..Self::default() }
    }

    /// A value does not fit; from now on it is neutral. Says it once, whatever the number of passes.
    pub(crate) fn misfit(&self, node: Node<'_, '_>, path: &Path<'_>, message: &str, help: &str) {
        let mut state = self.state.borrow_mut();
        if state.neutral.insert(node.id()) {
            state.problems.push_with(|| {
                let problem = Problem::new(ProblemKind::Type, path.pointer(self.secrets), message);
                let problem = problem.at(node.start());
                if help.is_empty() { problem } else { problem.with_help(help) }
            });
        }
    }

    /// The schema asked for the number or name `node`, at `path`: people may see it, unless it is secret there.
    pub(crate) fn know(&self, node: Node<'_, '_>, path: &Path<'_>) {
        if !is_covered(path, self.secrets) {
            self.state.borrow_mut().known.add(node);
        }
    }

    /// All that the schema asked for and got; nothing is left here.
    pub(crate) fn take_known(&self) -> Known {
        std::mem::take(&mut self.state.borrow_mut().known)
    }

    pub(crate) fn is_neutral(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow().neutral.contains(&node.id())
    }

    pub(crate) fn skip(&self, node: Node<'_, '_>) {
        self.state.borrow_mut().skipped.insert(node.id());
    }

    pub(crate) fn is_skipped(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow().skipped.contains(&node.id())
    }

    /// False when it was put last already: the pass cannot be helped.
    pub(crate) fn put_last(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow_mut().last.insert(node.id())
    }

    pub(crate) fn is_last(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow().last.contains(&node.id())
    }

    /// Does something that was reported stand inside `node`, or is it that itself?
    pub(crate) fn is_disturbed(&self, node: Node<'_, '_>) -> bool {
        let (state, ids) = (self.state.borrow(), node.ids());
        let mut missing = state.missing.range((ids.start, "")..(ids.end, ""));
        state.neutral.range(ids.clone()).next().is_some()
            || state.skipped.range(ids).next().is_some()
            || missing.any(|(_, problem)| problem.is_some())
    }

    /// Was something inside `node` left out?
    pub(crate) fn lost_inside(&self, node: Node<'_, '_>) -> bool {
        self.state.borrow().skipped.range(node.ids()).next().is_some()
    }

    /// The variant that a neutral value of an enum is, by the name of its type.
    pub(crate) fn neutral_variant(&self, of_type: &'static str) -> usize {
        self.state.borrow().variants.get(of_type).copied().unwrap_or_default()
    }

    /// The variant `tried` has no neutral value, perhaps as it holds the enum itself: the next pass takes the next one.
    /// False when there is none.
    pub(crate) fn next_variant(&self, of_type: &'static str, tried: usize, count: usize) -> bool {
        let next = tried + 1;
        next < count && self.state.borrow_mut().variants.insert(of_type, next) != Some(next)
    }

    /// Was `field` reported as missing from `node`?
    pub(crate) fn is_missing(&self, node: Node<'_, '_>, field: &str) -> bool {
        let (state, id) = (self.state.borrow(), node.id());
        let mut missing = state.missing.range((id, "")..(id + 1, ""));
        missing.any(|((_, name), problem)| *name == field && problem.is_some())
    }

    pub(crate) fn is_secret(&self, path: &Path<'_>) -> bool {
        self.secrets.touches(&path.pointer(self.secrets))
    }

    /// A pass found that `field` is required. False when that was known: the pass cannot be helped.
    pub(crate) fn learn_required(&self, of_type: &'static str, field: &'static str) -> bool {
        let mut state = self.state.borrow_mut();
        let is_new = !state.required.contains(&(of_type, field));
        if is_new {
            state.required.push((of_type, field));
        }
        is_new
    }

    /// The required fields of a type that `node` does not have, which are reported; all of them without a node.
    pub(crate) fn missing(
        &self,
        (of_type, all): (&str, Fields),
        node: Option<Node<'_, '_>>,
        path: &Path<'_>,
    ) -> Vec<&'static str> {
        let mut state = self.state.borrow_mut();
        let required = state.required.iter().filter(|(known, _)| *known == of_type);
        let mut fields: Vec<_> = required.map(|(_, field)| *field).collect();
        let Some(node) = node else { return fields };
        fields.retain(|field| node.member(field).is_none());
        fields.retain(|field| !matches!(state.missing.get(&(node.id(), *field)), Some(None)));
        // A name that cannot be read may be the one.
        if node.members().any(|(key, _)| key.kind() == Kind::Invalid) {
            return fields;
        }
        for field in &fields {
            state.missing.entry((node.id(), *field)).or_insert_with(|| {
                let message = format!("the field `{field}` is missing");
                let parent = path.pointer(self.secrets);
                // In there, a name may be a secret.
                let misspelt = || misspelt(node, field, all).filter(|_| !self.secrets.covers(&parent));
                let help = match misspelt() {
                    Some(name) => {
                        format!("`{name}` is not known here: rename it, if it was meant to be `{field}`")
                    }
                    None => format!("add `\"{field}\": ...`"),
                };
                let problem = Problem::new(ProblemKind::Type, parent.key(field), message).at(node.start());
                Some(problem.with_help(help))
            });
        }
        fields
    }

    /// `field` is not missing from `node`: it has another name there. False when it was not said to be missing.
    pub(crate) fn is_there_after_all(&self, node: Node<'_, '_>, field: &'static str) -> bool {
        let mut state = self.state.borrow_mut();
        let said = state.missing.get_mut(&(node.id(), field));
        said.is_some_and(|said| said.take().is_some())
    }

    /// The type of the root turned out to have a field for the version, although it does not list its fields.
    pub(crate) fn learn_version(&self) -> bool {
        !std::mem::replace(&mut self.state.borrow_mut().has_version, true)
    }

    pub(crate) fn has_version(&self) -> bool {
        self.state.borrow().has_version
    }

    /// A name that the type of a map's keys, or a strict struct, does not take.
    pub(crate) fn bad_name(&self, key: Node<'_, '_>, path: &Path<'_>, message: &str, help: Option<String>) {
        self.state.borrow_mut().problems.push_with(|| {
            let pointer = path.pointer(self.secrets);
            let problem = Problem::new(ProblemKind::Type, pointer, message).about_key();
            let problem = problem.at(key.start());
            match help {
                Some(help) => problem.with_help(help),
                None => problem,
            }
        });
    }

    /// A field that the schema does not have: a warning, with the name it may have been meant to be.
    pub(crate) fn unknown(&self, key: Node<'_, '_>, path: &Path<'_>, fields: Fields) {
        self.state.borrow_mut().warnings.push_with(|| {
            let kept = || "it is kept as it is".to_owned();
            let help = meant(&key.string(), fields).unwrap_or_else(kept);
            let pointer = path.pointer(self.secrets);
            Problem::new(ProblemKind::UnknownField, pointer, "this field is not known")
                .about_key()
                .at(key.start())
                .with_help(help)
        });
    }

    /// Each pass meets the unknown fields again.
    pub(crate) fn next_pass(&self) {
        self.state.borrow_mut().warnings = Problems::none();
    }

    pub(crate) fn is_enough(&self) -> bool {
        let state = self.state.borrow();
        state.problems.is_enough() || state.missing.len() >= ENOUGH
    }

    /// The problems and the warnings; nothing is left here.
    pub(crate) fn take(&self) -> (Problems, Problems) {
        let mut state = self.state.borrow_mut();
        let mut problems = std::mem::take(&mut state.problems);
        for problem in state.missing.values().flatten() {
            problems.push_with(|| problem.clone());
        }
        (problems, std::mem::take(&mut state.warnings))
    }
}

/// Longest name that is compared to others.
const COMPARED: usize = 64;

/// What a name that is not known may have been meant to be.
pub(crate) fn meant(name: &str, fields: Fields) -> Option<String> {
    match nearest(name, fields) {
        Some(field) => Some(format!("did you mean `{field}`?")),
        None if fields.is_empty() => None,
        None => Some(format!("known here: {}", fields.join(", "))),
    }
}

/// The field that a name is a slip of, if it is one.
fn nearest(name: &str, fields: Fields) -> Option<&'static str> {
    let distance = |field: &&'static str| (strsim::damerau_levenshtein(name, field), *field);
    let near = fields.iter().filter(|_| name.len() <= COMPARED).map(distance).min();
    near.filter(|(distance, field)| *distance <= 1 + field.len() / 4).map(|(_, field)| field)
}

/// So many names of an object are looked at for one that was meant to be a field's.
const LOOKED_AT: usize = 64;

/// The name in `node` that seems to be a slip of `field`, which is missing.
fn misspelt<'t>(node: Node<'_, 't>, field: &str, all: Fields) -> Option<Cow<'t, str>> {
    let names = node.members().take(LOOKED_AT).filter(|(key, _)| key.is_name()).map(|(key, _)| key.string());
    let mut unknown = names.filter(|name| !all.contains(&name.as_ref()));
    unknown.find(|name| nearest(name, all) == Some(field))
}
