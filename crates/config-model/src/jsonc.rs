//! JSON with comments: which texts may have them, and where one ends.

use std::path::Path;

/// What a text may have beside JSON. It is decided by the file's name, see [`Syntax::of`].
///
/// ```
/// use config_model::{Config, Limits, Syntax, decode, decode_with};
///
/// let text = b"{\n  // Raised for the audit.\n  \"version\": 1, /* and no more */\n}";
/// let limits = Limits { syntax: Syntax::Jsonc, ..Limits::default() };
/// assert!(decode_with::<Config>(text, limits).is_ok());
/// assert!(decode::<Config>(text).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// JSON as RFC 8259 has it, and nothing else.
    #[default]
    Json,
    /// JSON with comments, `// to the line's end` and `/* */`, and with a comma after the last entry of an array or object.
    /// In all else it is as strict as JSON.
    Jsonc,
}

impl Syntax {
    /// That of the file at `path`: JSONC when the name ends in `.jsonc`, in lower case; JSON for any other name.
    ///
    /// The name is the one that is given. Where it is a symlink, what that leads to has no say, so that nobody who moves the
    /// link changes what a text means.
    ///
    /// ```
    /// use config_model::Syntax;
    /// assert_eq!(Syntax::of("/etc/gateway/config.jsonc".as_ref()), Syntax::Jsonc);
    /// assert_eq!(Syntax::of("/etc/gateway/config.json".as_ref()), Syntax::Json);
    /// ```
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "jsonc") { Self::Jsonc } else { Self::Json }
    }
}

/// The length of the comment that `rest` starts with, if it is one: a line comment's without the line's end, a block
/// comment's with its `*/`. One that is not closed goes to the end.
pub(crate) fn comment(rest: &[u8]) -> Option<usize> {
    let inside = rest.get(2..)?;
    match rest.get(..2)? {
        b"//" => {
            let line = inside.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            Some(line.map_or(rest.len(), |line| 2 + line))
        }
        b"/*" => {
            let end = inside.array_windows().position(|pair| pair == b"*/");
            Some(end.map_or(rest.len(), |end| 2 + end + 2))
        }
        _ => None,
    }
}

/// Is this block comment, which may be cut off, closed?
pub(crate) fn is_closed(comment: &[u8]) -> bool {
    comment.len() >= "/**/".len() && comment.ends_with(b"*/")
}

/// The first character of a line comment that ends a line for JavaScript's readers, and not for others. The comment is
/// followed by `rest`.
pub(crate) fn doubtful_end(comment: &str, rest: &[u8]) -> Option<usize> {
    let is_alone = rest.first() == Some(&b'\r') && rest.get(1) != Some(&b'\n');
    comment.find(['\u{2028}', '\u{2029}']).or_else(|| is_alone.then_some(comment.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ends_where_it_does() {
        for (text, length) in [
            ("//", Some(2)),
            ("// a\nb", Some(4)),
            ("// a\r\nb", Some(4)),
            ("// /* \n */", Some(6)),
            ("/**/1", Some(4)),
            ("/*/*/1", Some(5)),
            ("/*/", Some(3)),
            ("/* // */ */", Some(8)),
            ("/*\n*\n*/", Some(7)),
            ("/* a", Some(4)),
            ("/", None),
            ("/a", None),
            ("", None),
        ] {
            assert_eq!(comment(text.as_bytes()), length, "{text:?}");
        }
        assert!(is_closed(b"/**/") && !is_closed(b"/*/") && !is_closed(b"/* *"));
    }
}
