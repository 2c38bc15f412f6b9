//! Any bytes: accepted by every rule, or refused in clean and bounded words.

#![no_main]

use config_model::{Config, Document, Limits, Problems, Syntax, decode, decode_with, diff, encode, ways};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    with_comments(bytes);
    // The fast way accepts nothing that the thorough one would refuse, warn of or read otherwise.
    if let Some(document) = ways::fast::<Config>(bytes, Limits::default()) {
        let decoded = ways::thorough::<Config>(bytes, Limits::default()).unwrap();
        assert_eq!(decoded.document, document);
        assert!(decoded.warnings.is_empty() && decoded.migrated.is_none());
    }
    let strict = Limits { strict: true, ..Limits::default() };
    match decode::<Config>(bytes) {
        Ok(decoded) => {
            let mut problems = Problems::none();
            decoded.document.check(&mut problems);
            assert!(problems.is_empty(), "{problems}");
            assert!(decoded.migrated.is_none());
            clean(&decoded.warnings);
            let text = encode(&decoded.document).unwrap();
            let again = decode_with::<Config>(text.as_bytes(), strict).unwrap();
            assert_eq!(again.document, decoded.document);
            assert!(diff(&again.document, &decoded.document).unwrap().is_empty());
            // Strict differs by the warnings only.
            match decode_with::<Config>(bytes, strict) {
                Ok(_) => assert!(decoded.warnings.is_empty()),
                Err(problems) => assert_eq!(problems, decoded.warnings),
            }
            // Nobody accepts what others refuse.
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            clean(&problems);
            assert!(decode_with::<Config>(bytes, strict).is_err());
        }
    }
});

/// JSON is JSONC, and says the same in it. What is JSONC alone follows every rule too.
fn with_comments(bytes: &[u8]) {
    let limits = Limits { syntax: Syntax::Jsonc, ..Limits::default() };
    match (decode::<Config>(bytes), decode_with::<Config>(bytes, limits)) {
        (Ok(json), jsonc) => assert_eq!(jsonc.unwrap(), json),
        (Err(_), Ok(jsonc)) => {
            let mut problems = Problems::none();
            jsonc.document.check(&mut problems);
            assert!(problems.is_empty() && jsonc.migrated.is_none(), "{problems}");
            clean(&jsonc.warnings);
        }
        (Err(_), Err(problems)) => clean(&problems),
    }
}

fn clean(problems: &Problems) {
    for problem in problems {
        let shown = problem.to_string().replace("\n  help: ", " ");
        assert!(shown.len() < 3 << 10, "{shown}");
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}
