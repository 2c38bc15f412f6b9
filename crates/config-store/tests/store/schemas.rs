//! Schemas of other programs.

use config_model::{Document, Fields, Migrations, Pointer, Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The third version of a schema, which reads the two before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) timeouts: Timeouts,
    #[serde(default)]
    pub(crate) token: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeouts {
    pub(crate) connect: u64,
}

impl Document for Service {
    const VERSION: u32 = 3;
    const SECRETS: &'static [&'static str] = &["/token"];

    fn seed() -> Self {
        Self { timeouts: Timeouts { connect: 5 }, token: String::new() }
    }

    fn migrations() -> Migrations {
        Migrations::from_version(1).then(name_the_unit).then(nest)
    }

    fn check(&self, problems: &mut Problems) {
        if self.timeouts.connect == 0 {
            problems.push(Problem::rule(Pointer::root().key("timeouts").key("connect"), "must not be 0"));
        }
    }
}

fn name_the_unit(fields: &mut Fields) -> Result<(), Problem> {
    match fields.shift_remove("timeout") {
        Some(seconds @ Value::Number(_)) => fields.insert("timeout_seconds".to_owned(), seconds),
        _ => return Err(Problem::rule(Pointer::root().key("timeout"), "has no meaning any more")),
    };
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "a step may fail, this one does not")]
fn nest(fields: &mut Fields) -> Result<(), Problem> {
    let seconds = fields.shift_remove("timeout_seconds").unwrap_or_default();
    fields.insert("timeouts".to_owned(), serde_json::json!({ "connect": seconds }));
    Ok(())
}

/// A schema whose author forgot that a skipped field is not saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forgetful {
    pub(crate) kept: u32,
    #[serde(skip)]
    pub(crate) lost: u32,
}

impl Document for Forgetful {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { kept: 1, lost: 0 }
    }
    fn check(&self, _: &mut Problems) {}
}

/// A schema whose own first document breaks its rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wrong {
    pub(crate) size: u32,
}

impl Document for Wrong {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { size: 0 }
    }
    fn check(&self, problems: &mut Problems) {
        if self.size == 0 {
            problems.push(Problem::rule(Pointer::root().key("size"), "must not be 0"));
        }
    }
}

/// A schema that is no object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bare(pub(crate) Vec<u32>);

impl Document for Bare {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self(vec![1])
    }
    fn check(&self, _: &mut Problems) {}
}

/// A schema whose check panics, as a program's may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fragile {
    pub(crate) size: u32,
}

impl Document for Fragile {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { size: 1 }
    }
    fn check(&self, _: &mut Problems) {
        assert_ne!(self.size, 13, "unlucky");
    }
}

/// A schema with a rule between two fields: each value may be right without the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl Document for Span {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        Self { low: 1, high: 5 }
    }
    fn check(&self, problems: &mut Problems) {
        if self.low > self.high {
            let problem = Problem::rule(Pointer::root().key("high"), "must not be below `low`");
            problems.push(problem.with_help("swap them"));
        }
    }
}
