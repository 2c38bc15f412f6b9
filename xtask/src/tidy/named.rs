//! The tests that a document names are there.

use std::fs;
use std::path::Path;

use super::{Slips, Source};

/// Tables whose last column names tests, each in backquotes.
const DOCUMENT: &str = "docs/trust-tests.md";

/// Fewest names that a test has: `a_file_that_is_there` is one, `allow_foreign_owner` is not.
const WORDS: usize = 4;

pub(crate) fn check(root: &Path, files: &[Source], slips: &mut Slips) {
    let text = fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    let mut count = 0;
    // Every second part stands between backquotes.
    for name in text.split('`').skip(1).step_by(2).filter(|name| is_a_test(name)) {
        let definition = format!("fn {name}(");
        count += 1;
        if !files.iter().any(|file| file.text.contains(&definition)) {
            slips.push(format!("{DOCUMENT}: there is no test `{name}`"));
        }
    }
    if count == 0 {
        slips.push(format!("{DOCUMENT}: missing, or names no test"));
    }
}

fn is_a_test(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_word) && name.split('_').count() >= WORDS
}
