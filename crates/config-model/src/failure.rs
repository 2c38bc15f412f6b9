//! Why serde stopped, and what of its reasons a person may read.

use std::collections::HashSet;
use std::fmt;

use serde::de;

use crate::clean::clean;
use crate::tree::{Kind, Node};

/// Why serde stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was reported, and the next pass goes around it.
    Handled,
    /// It was reported, and no neutral value can stand in for it.
    Hopeless,
    Missing(&'static str),
    /// The field was given under another of its names, too.
    Twice(&'static str),
    UnknownName,
    /// Words of the schema, which know nothing of the value.
    Expected(String),
    /// Words that the schema's own code made up at the sight of the value.
    Custom(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not fit")
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }

    /// Serde's own texts print what was found: only what was expected is kept.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Expected(format!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Expected(format!("expected {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::Expected(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Expected(format!("expected one of: {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownName
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Twice(field)
    }
}

/// Longest message that is compared to a value; what is cut off is not shown either.
const COMPARED: usize = 1024;

/// So many bytes in a row in both a value and a message are no chance.
const ECHO: usize = 6;

/// Does a message of the schema's own repeat words of the value that it is about, perhaps quoted or in another case?
pub(crate) fn echoes(message: &str, node: Node<'_, '_>) -> bool {
    let message = clean(message, COMPARED).to_lowercase();
    let runs: HashSet<&[u8]> = message.as_bytes().windows(ECHO).collect();
    let words: HashSet<&str> = words(&message).collect();
    let repeats = |word: &str| match word.len() {
        0..3 => words.contains(word),
        3..ECHO => message.contains(word),
        _ => word.as_bytes().windows(ECHO).any(|run| runs.contains(run)),
    };
    let mut nodes = vec![node];
    while let Some(node) = nodes.pop() {
        nodes.extend(node.elements());
        nodes.extend(node.members().flat_map(|(key, value)| [key, value]));
        let text = match node.kind() {
            Kind::Plain | Kind::Escaped | Kind::Bare => node.string(),
            Kind::Number => node.source().into(),
            _ => continue,
        };
        if self::words(&text.to_lowercase()).any(repeats) {
            return true;
        }
    }
    false
}

/// Letters and digits in a row: what is between them may have been escaped.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}
