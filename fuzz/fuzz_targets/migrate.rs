//! Texts of any version of a schema with two steps: they compose, and the text that they lead to says the same.

#![no_main]

// The example itself, without the store that the example's program opens.
#[path = "../../examples/own-schema/src/lib.rs"]
mod own_schema;

use config_model::{Document, Limits, Pointer, Problems, Syntax, decode_with, span_of};
use libfuzzer_sys::fuzz_target;
use own_schema::Relay;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    compose(bytes);
    for syntax in [Syntax::Json, Syntax::Jsonc] {
        migrated(bytes, Limits { syntax, ..Limits::default() });
    }
});

fn migrated(bytes: &[u8], limits: Limits) {
    let Ok(decoded) = decode_with::<Relay>(bytes, limits) else { return };
    let mut problems = Problems::none();
    decoded.document.check(&mut problems);
    assert!(problems.is_empty(), "{problems}");
    let Some(migrated) = decoded.migrated else { return };
    assert!(migrated.from < Relay::VERSION);
    let again = decode_with::<Relay>(migrated.text.as_bytes(), limits).unwrap();
    assert_eq!(again.document, decoded.document);
    assert_eq!(again.migrated, None);
    // What no step knows stands as it was written.
    let source = std::str::from_utf8(bytes).unwrap();
    for name in ["x", "y", "$schema", "note"] {
        let at = Pointer::root().key(name);
        let written = |text: &str| span_of(text, &at).map(|span| text[span].to_owned());
        assert_eq!(written(source), written(&migrated.text));
    }
}

/// Where serde_json reads more than the decoder does, the steps must not mind either.
fn compose(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    let steps = Relay::migrations();
    let Some(from) = document.get("version").and_then(Value::as_u64) else { return };
    let Ok(whole) = steps.apply(&document, 3) else { return };
    for between in from..=3 {
        let part = steps.apply(&document, u32::try_from(between).unwrap()).unwrap();
        assert_eq!(steps.apply(&part, 3).unwrap().to_string(), whole.to_string());
    }
    assert_eq!(steps.apply(&whole, 3).unwrap().to_string(), whole.to_string());
}
