//! Whether what is written has colours: by `--color`, else by what the output leads to and what the environment asks for.

use std::ffi::{OsStr, OsString};

use anstream::ColorChoice;
use clap::ValueEnum;

/// When to write in colours: on a terminal that can, unless `NO_COLOR` is set, and elsewhere with `CLICOLOR_FORCE`; also into
/// a pipe or a file; nowhere. (Words beside each would make `--help` twice as long.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// Decides for the whole process. What is no choice is told by whoever reads the arguments after this.
pub(crate) fn choose(arguments: impl IntoIterator<Item = OsString>) {
    match asked(arguments).unwrap_or_default() {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

/// The last `--color`, found without the help of who reads the arguments: its own words are in colours already.
fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Color> {
    let mut found = None;
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(argument) = arguments.next() {
        let value = match argument.to_str() {
            Some("--") => break,
            Some("--color") => arguments.next(),
            Some(text) => text.strip_prefix("--color=").map(OsString::from),
            None => None,
        };
        let named = value.as_deref().and_then(OsStr::to_str);
        found = named.and_then(|name| Color::from_str(name, false).ok()).or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_found_among_other_arguments() {
        for (line, found) in [
            ("configctl show", None),
            ("configctl --color never show", Some(Color::Never)),
            ("configctl show --color=always", Some(Color::Always)),
            ("configctl --color=always show --color auto", Some(Color::Auto)),
            ("configctl --color=pink --color", None),
            ("configctl set /a -- --color=always", None),
            ("--color=always", None),
        ] {
            assert_eq!(asked(line.split(' ').map(OsString::from)), found, "{line}");
        }
    }
}
