//! The document in its next version, for migrations.

use config_model::{Document, Fields, Migrations, Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::generations::Generations;

/// [`Generations`] of version 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Later {
    a: u64,
    b: u64,
    fill: String,
    migrated: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a migration's step")]
fn mark(fields: &mut Fields) -> Result<(), Problem> {
    fields.insert("migrated".to_owned(), Value::from(true));
    Ok(())
}

impl Document for Later {
    const VERSION: u32 = 2;

    fn seed() -> Self {
        let Generations { a, b, fill } = Generations::seed();
        Self { a, b, fill, migrated: true }
    }

    fn migrations() -> Migrations {
        Migrations::from_version(1).then(mark)
    }

    fn check(&self, _problems: &mut Problems) {}
}
