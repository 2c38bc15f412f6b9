//! A command line that is not understood, for programs.

use std::ffi::OsString;

use clap::Error;

use crate::failure::{Exit, Failure};

/// Is `--json` there? Who reads the arguments does not tell of those that it cannot read.
pub(crate) fn is_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    arguments.into_iter().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// The first paragraph is what is wrong, and the others say what would be right.
pub(crate) fn failure(error: &Error) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut paragraphs = text.split("\n\n").map(in_a_line).filter(|paragraph| !paragraph.is_empty());
    let failure = Failure::new(Exit::Usage, paragraphs.next().unwrap_or_default());
    let help: Vec<String> = paragraphs.collect();
    if help.is_empty() { failure } else { failure.with_help(help.join("; ")) }
}

fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_for_json_is_found_among_other_arguments() {
        for (line, found) in [
            ("configctl", false),
            ("--json", false),
            ("configctl --json frobnicate", true),
            ("configctl set /a --json", true),
            ("configctl set /a -- --json", false),
            ("configctl --json=yes", false),
        ] {
            assert_eq!(is_json(line.split(' ').map(OsString::from)), found, "{line}");
        }
    }
}
