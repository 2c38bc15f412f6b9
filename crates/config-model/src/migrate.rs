//! From an older version of the schema to this program's, one step for each version in between.

use serde_json::{Map, Value};

use crate::pointer::Pointer;
use crate::problem::{Problem, ProblemKind};

/// The members of a document's root object, in their order, without its `version`.
pub type Fields = Map<String, Value>;

/// Turns a document of one version into one of the next. An error says what in the older document has no meaning in
/// the newer one; the file then stays as it is.
pub type Step = fn(&mut Fields) -> Result<(), Problem>;

/// Contiguous steps, from the oldest version that is still read to the present one.
///
/// ```
/// use config_model::{Fields, Migrations, Problem};
///
/// fn rename_timeout(fields: &mut Fields) -> Result<(), Problem> {
///     if let Some(seconds) = fields.shift_remove("timeout") {
///         fields.insert("timeout_seconds".to_owned(), seconds);
///     }
///     Ok(())
/// }
///
/// let migrations = Migrations::from_version(1).then(rename_timeout);
/// let old = serde_json::json!({"version": 1, "timeout": 30});
/// let new = migrations.apply(&old, 2).unwrap();
/// assert_eq!(new, serde_json::json!({"version": 2, "timeout_seconds": 30}));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Migrations {
    oldest: Option<u32>,
    steps: Vec<Step>,
}

impl Migrations {
    /// Only the present version is read.
    pub fn none() -> Self {
        Self::default()
    }

    /// The oldest version that is still read; its step comes with the first [`then`](Self::then).
    pub fn from_version(oldest: u32) -> Self {
        Self { oldest: Some(oldest), steps: Vec::new() }
    }

    /// Adds the step from the version reached so far to the next one.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The version that the last step arrives at; `None` when there are no steps.
    pub fn arrives_at(&self) -> Option<u32> {
        let steps = u32::try_from(self.steps.len()).ok().filter(|steps| *steps > 0)?;
        self.oldest?.checked_add(steps)
    }

    /// Takes `document` from the version it has to the version `to`. A document that has it already stays the same.
    pub fn apply(&self, document: &Value, to: u32) -> Result<Value, Problem> {
        self.apply_to(document.clone(), to)
    }

    /// As [`apply`](Self::apply), without a copy: a large document is there twice as it is, as its text and as values.
    pub(crate) fn apply_to(&self, document: Value, to: u32) -> Result<Value, Problem> {
        let version_problem = |message: &str| Problem::new(ProblemKind::Version, version_pointer(), message);
        let Value::Object(mut fields) = document else {
            return Err(version_problem("the document is not an object"));
        };
        let from =
            fields.get("version").and_then(Value::as_u64).and_then(|version| u32::try_from(version).ok());
        let from = from.ok_or_else(|| version_problem("the document has no version"))?;
        if from == to {
            return Ok(Value::Object(fields));
        }
        let steps = self.between(from, to)?;
        for step in steps {
            fields.shift_remove("version");
            step(&mut fields)?;
        }
        fields.shift_remove("version");
        // First, where people look for it.
        fields.shift_insert(0, "version".to_owned(), Value::from(to));
        Ok(Value::Object(fields))
    }

    fn between(&self, from: u32, to: u32) -> Result<&[Step], Problem> {
        let oldest = self.oldest.unwrap_or(to);
        let refuse = |message: String, help: String| {
            Err(Problem::new(ProblemKind::Version, version_pointer(), message).with_help(help))
        };
        let (Some(first), Some(count)) = (from.checked_sub(oldest), to.checked_sub(from)) else {
            let message = format!("version {from} is not read by this program, only {oldest} to {to}");
            return refuse(
                message,
                "bring it up with the program's older releases, or write it anew".to_owned(),
            );
        };
        match self.steps.get(first as usize..).and_then(|steps| steps.get(..count as usize)) {
            Some(steps) => Ok(steps),
            None => refuse(
                format!("this program has no steps from version {from} to version {to}"),
                "this is a mistake in the program, not in the file".to_owned(),
            ),
        }
    }
}

pub(crate) fn version_pointer() -> Pointer {
    Pointer::root().key("version")
}
