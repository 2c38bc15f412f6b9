//! The documents that are saved. They differ in one number, which is as long in each of them: a save need not change the
//! file's size.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Where the number is.
pub(crate) const POINTER: &str = "/retention/events_days";

/// What is there at first, then what is saved, in this order.
pub(crate) const GENERATIONS: [u64; 3] = [100, 101, 102];

/// The text of a generation.
pub(crate) fn text(generation: u64) -> String {
    format!(
        "{{\n  \"version\": 1,\n  \"models\": {{}},\n  \"retention\": {{\n    \"events_days\": {generation},\n    \
         \"traces_days\": 7\n  }},\n  \"features\": {{\n    \"auth\": true,\n    \"telemetry\": false,\n    \"debug\": \
         false\n  }}\n}}\n"
    )
}

/// The generation that a text is of, however a program may have laid it out.
pub(crate) fn generation(text: &[u8]) -> Result<u64> {
    let document: Value = serde_json::from_slice(text)?;
    document.pointer(POINTER).and_then(Value::as_u64).with_context(|| format!("no number at {POINTER}"))
}
