//! Paths in messages: no control character reaches a terminal, and a command can be pasted.

use std::fmt::{self, Display, Formatter, Write as _};
use std::path::Path;

/// A path for people to read: characters that would move a terminal's cursor, or hide or reorder what is shown, are escaped.
/// Whoever names a file, or what a symlink leads to, is not always who reads of it.
pub fn shown(path: &Path) -> impl Display + '_ {
    Shown(path)
}

/// A path to be pasted into a shell: quoted where it has to be.
pub(crate) fn quoted(path: &Path) -> impl Display + '_ {
    Quoted(path)
}

struct Shown<'a>(&'a Path);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() || is_deceptive(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Invisible, or a change of direction.
fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

struct Quoted<'a>(&'a Path);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = Shown(self.0).to_string();
        let plain = |character: char| character.is_alphanumeric() || "/._-+@%:,=".contains(character);
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
            return f.write_str(&text);
        }
        // `./` keeps a name that starts with a dash from being an option.
        let prefix = if text.starts_with('-') { "./" } else { "" };
        write!(f, "'{prefix}{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(shown(Path::new("a\u{1b}[31m\nb")).to_string(), r"a\u{1b}[31m\nb");
        assert_eq!(shown(Path::new("gpj.\u{202e}é")).to_string(), r"gpj.\u{202e}é");
    }

    #[test]
    fn what_a_shell_would_split_is_quoted() {
        assert_eq!(quoted(Path::new("/etc/app/config.json")).to_string(), "/etc/app/config.json");
        assert_eq!(quoted(Path::new("it's here")).to_string(), r"'it'\''s here'");
        assert_eq!(quoted(Path::new("-rf")).to_string(), "'./-rf'");
        assert_eq!(quoted(Path::new("$HOME")).to_string(), "'$HOME'");
    }
}
