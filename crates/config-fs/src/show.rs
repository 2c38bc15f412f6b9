//! Paths in messages: no control character reaches a terminal, and a command can be pasted.

use std::fmt::{self, Display, Formatter, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path for people to read: characters that would move a terminal's cursor, or hide or reorder what is shown, are escaped.
/// Whoever names a file, or what a symlink leads to, is not always who reads of it.
pub fn shown(path: &Path) -> impl Display + '_ {
    Shown(path)
}

/// A path to be pasted into a shell, where it names what it names here: quoted where it has to be.
pub fn quoted(path: &Path) -> impl Display + '_ {
    Quoted(path)
}

struct Shown<'a>(&'a Path);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if is_deceptive(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Does this move a terminal's cursor, hide, or change the direction of what follows?
pub fn is_deceptive(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

/// The same as config-model's `clean.rs` has, which this crate does not know: a test of configctl holds the two together.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

struct Quoted<'a>(&'a Path);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(text) = self.0.to_str().filter(|text| !text.contains(is_deceptive)) else {
            return self.escape(f);
        };
        let plain = |character: char| character.is_alphanumeric() || "/._-+@%:,=".contains(character);
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
            return f.write_str(text);
        }
        write!(f, "'{}{}'", self.prefix(), text.replace('\'', r"'\''"))
    }
}

impl Quoted<'_> {
    /// `./` keeps a name that starts with a dash from being an option.
    fn prefix(&self) -> &'static str {
        if self.0.as_os_str().as_bytes().starts_with(b"-") { "./" } else { "" }
    }

    /// Byte by byte, as `$'...'` of POSIX shells takes them.
    fn escape(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "$'{}", self.prefix())?;
        for byte in self.0.as_os_str().as_bytes() {
            match byte {
                b'\'' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=b'~' => f.write_char(char::from(*byte))?,
                _ => write!(f, "\\{byte:03o}")?,
            }
        }
        f.write_char('\'')
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
        assert_eq!(quoted(Path::new("")).to_string(), "''");
    }

    /// A shell of POSIX 2024, or any of today's.
    #[test]
    fn what_could_not_be_shown_can_be_pasted() {
        use std::ffi::OsStr;
        use std::process::Command;
        for name in [&b"a\x1b[31m\nb"[..], b"it's\\\t", b"\xff\xfe7", "gpj.\u{202e}é".as_bytes(), b"-\r"] {
            let quoted = quoted(Path::new(OsStr::from_bytes(name))).to_string();
            assert!(quoted.chars().all(|character| matches!(character, ' '..='~')), "{quoted}");
            let echoed = Command::new("bash").arg("-c").arg(format!("printf %s {quoted}")).output().unwrap();
            let expected = if name.starts_with(b"-") { [b"./", name].concat() } else { name.to_vec() };
            assert_eq!(echoed.stdout, expected, "{quoted}");
        }
    }
}
