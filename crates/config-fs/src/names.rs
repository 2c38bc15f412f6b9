//! The names beside a config file `N`: `.N.lock`, `.N.history`, `.N.<16 hex>.tmp` and `.N.edit-<6 letters or digits>`.
//!
//! A long `N` is shortened, by the same rule for the lock and the temporary files. Were it not the same, two long names could
//! share their temporary names and not their lock, and one would sweep what the other is writing. A history is not shared: what
//! is left of such a name has a hash of all of it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Bytes that Linux file systems allow in a name.
const LONGEST: usize = 255;
/// What a temporary name adds: a dot, a dot, 16 digits and `.tmp`.
const ADDED: usize = 1 + 1 + DIGITS + TEMPORARY.len();
const DIGITS: usize = 16;
const TEMPORARY: &[u8] = b".tmp";
const HISTORY: &[u8] = b".history";
const EDIT: &[u8] = b".edit-";
/// So many bytes of a long name stay, with room for what is added.
const EDITED: usize = 200;
/// How many letters and digits make an edit's name one of its own.
const OF_ITS_OWN: usize = 6;

/// The name of the lock file of `name`.
pub(crate) fn lock(name: &OsStr) -> OsString {
    joined(&[b".", stem(name, LONGEST - ADDED), b".lock"])
}

/// The name of the directory of what was accepted of `name` before.
pub(crate) fn history(name: &OsStr) -> OsString {
    let whole = stem(name, LONGEST - ADDED);
    if whole.len() == name.len() {
        return joined(&[b".", whole, HISTORY]);
    }
    let hash = format!("-{:016x}", hash(name));
    joined(&[b".", stem(name, LONGEST - 1 - hash.len() - HISTORY.len()), hash.as_bytes(), HISTORY])
}

/// FNV-1a: the same for ever, whoever compiles it.
fn hash(name: &OsStr) -> u64 {
    name.as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A temporary name for `name`.
pub(crate) fn temporary(name: &OsStr, random: [u8; 8]) -> OsString {
    let mut digits = String::with_capacity(DIGITS);
    for byte in random {
        // Writing to a string cannot fail.
        write!(digits, "{byte:02x}").ok();
    }
    joined(&[b".", stem(name, LONGEST - ADDED), b".", digits.as_bytes(), TEMPORARY])
}

/// Whether `candidate` is a temporary name for `name`, exactly as [`temporary`] makes them.
pub(crate) fn is_temporary(name: &OsStr, candidate: &OsStr) -> bool {
    let digits = candidate
        .as_bytes()
        .strip_prefix(b".")
        .and_then(|rest| rest.strip_prefix(stem(name, LONGEST - ADDED)))
        .and_then(|rest| rest.strip_prefix(b"."))
        .and_then(|rest| rest.strip_suffix(TEMPORARY));
    digits.is_some_and(|digits| {
        digits.len() == DIGITS && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether `candidate` is a copy that was kept of `name`, by a migration, `NAME.v1-0123456789ab.bak`, or a rollback,
/// `NAME.replaced-0123456789ab.bak`; or the same with a number.
pub(crate) fn is_copy(name: &OsStr, candidate: &OsStr) -> bool {
    let bytes = candidate.as_bytes();
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at + 1);
    let suffixes =
        starts.filter_map(|start| bytes.get(start..).and_then(|suffix| str::from_utf8(suffix).ok()));
    suffixes.filter(|suffix| is_copy_suffix(suffix)).any(|suffix| with_suffix(name, suffix) == candidate)
}

/// `v1-0123456789ab.bak` or `replaced-0123456789ab.bak.7`.
fn is_copy_suffix(suffix: &str) -> bool {
    let are = |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(digit);
    let Some((why, rest)) = suffix.split_once('-') else { return false };
    let Some((revision, number)) = rest.split_once(".bak") else { return false };
    (why == "replaced" || why.strip_prefix('v').is_some_and(|version| are(version, u8::is_ascii_digit)))
        && are(revision, |digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        && (number.is_empty()
            || number
                .strip_prefix('.')
                .is_some_and(|number| number.len() <= 2 && are(number, u8::is_ascii_digit)))
}

/// What the name of the directory that an edit of `name` is made in begins with.
pub(crate) fn edit(name: &OsStr) -> OsString {
    joined(&[b".", stem(name, EDITED), EDIT])
}

/// Whether `candidate` is such a name, with the letters and digits that make it one of its own.
pub(crate) fn is_edit(name: &OsStr, candidate: &OsStr) -> bool {
    let of_its_own = candidate.as_bytes().strip_prefix(edit(name).as_bytes());
    of_its_own.is_some_and(|rest| rest.len() == OF_ITS_OWN && rest.iter().all(u8::is_ascii_alphanumeric))
}

/// Whether `candidate` is what an editor keeps of `name`: its backups and swap files.
pub(crate) fn is_editor_s(name: &OsStr, candidate: &OsStr) -> bool {
    let (name, candidate) = (name.as_bytes(), candidate.as_bytes());
    if let Some(rest) = candidate.strip_prefix(name) {
        // nano and gedit, emacs, joe, patch and merge tools.
        return matches!(rest, b"~" | b".bak" | b".orig" | b".save" | b".old")
            || rest.strip_prefix(b".~").is_some_and(|rest| rest.ends_with(b"~"));
    }
    let inside = |open: &[u8], close: &[u8]| {
        candidate.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) == Some(name)
    };
    let swap = candidate.strip_prefix(b".").and_then(|rest| rest.strip_prefix(name));
    // vim's swap files count down from `.swp`.
    inside(b"#", b"#") || swap.is_some_and(|rest| rest.len() == 4 && rest.starts_with(b".s"))
}

/// `name.suffix`, `name` shortened where that is too long.
pub(crate) fn with_suffix(name: &OsStr, suffix: &str) -> OsString {
    let room = LONGEST.saturating_sub(suffix.len() + 1);
    joined(&[stem(name, room), b".", suffix.as_bytes()])
}

/// At most `most` bytes of a name, and no half of a character: some file systems take only valid UTF-8.
fn stem(name: &OsStr, most: usize) -> &[u8] {
    let end = match name.to_str() {
        Some(text) => text.floor_char_boundary(most),
        None => most,
    };
    let bytes = name.as_bytes();
    bytes.get(..end).unwrap_or(bytes)
}

fn joined(parts: &[&[u8]]) -> OsString {
    OsString::from_vec(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; 8] = [0, 1, 0xab, 0xff, 4, 5, 6, 7];

    #[test]
    fn a_short_name_is_kept_whole() {
        let name = OsStr::new("config.json");
        assert_eq!(lock(name), ".config.json.lock");
        assert_eq!(temporary(name, RANDOM), ".config.json.0001abff04050607.tmp");
        assert!(is_temporary(name, &temporary(name, RANDOM)));
    }

    #[test]
    fn a_long_name_is_shortened_to_fit() {
        for name in [
            OsString::from("x".repeat(255)),
            OsString::from("ä".repeat(127)),
            OsString::from_vec(vec![0xff; 255]),
        ] {
            let temporary = temporary(&name, RANDOM);
            assert!((254..=255).contains(&temporary.len()), "{temporary:?}");
            assert!(is_temporary(&name, &temporary));
            assert_eq!(temporary.to_str().is_some(), name.to_str().is_some(), "a character was cut");
            assert!(lock(&name).len() <= LONGEST && history(&name).len() <= LONGEST);
            assert_eq!(with_suffix(&name, "bak").to_str().is_some(), name.to_str().is_some());
            assert!(with_suffix(&name, "bak").len() <= LONGEST);
        }
    }

    #[test]
    fn names_that_share_temporary_names_share_the_lock() {
        let (one, two) = (OsString::from("x".repeat(240) + "1"), OsString::from("x".repeat(240) + "2"));
        assert_eq!(temporary(&one, RANDOM), temporary(&two, RANDOM));
        assert_eq!(lock(&one), lock(&two));
    }

    /// What was accepted of one is nothing to go back to for the other.
    #[test]
    fn long_names_share_no_history() {
        for length in [233, 234, 254] {
            let name = |last: &str| OsString::from("x".repeat(length) + last);
            assert_ne!(history(&name("1")), history(&name("2")), "{length}");
        }
        let longest = OsString::from("x".repeat(233));
        assert_eq!(history(&longest), format!(".{}.history", longest.display()).as_str());
        // Programs of other versions find it too.
        let known = format!(".{}-ce4196081a77da6d.history", "x".repeat(229));
        assert_eq!(history(&OsString::from("x".repeat(234))), known.as_str());
    }

    #[test]
    fn copies_are_known_by_their_names() {
        let long = OsString::from("x".repeat(250));
        for name in [OsStr::new("config.json"), OsStr::new("a.v1-b.bak"), &long] {
            for suffix in
                ["v1-0123456789ab.bak", "v12-ab.bak.1", "v1-0123456789ab.bak.99", "replaced-ab.bak.1"]
            {
                assert!(is_copy(name, &with_suffix(name, suffix)), "{suffix}");
            }
            for suffix in [
                "v-ab.bak",
                "v1-.bak",
                "v1-AB.bak",
                "v1-ab.bak.",
                "v1-ab.bak.100",
                "v1-ab.bak~",
                "v1.bak",
                "broken-ab.bak",
            ] {
                assert!(!is_copy(name, &with_suffix(name, suffix)), "{suffix}");
            }
        }
        assert!(!is_copy(OsStr::new("config.json"), OsStr::new("xconfig.json.v1-ab.bak")));
    }

    #[test]
    fn what_editors_leave_is_known_by_its_name() {
        let name = OsStr::new("config.json");
        for left in
            ["config.json~", ".config.json.swp", ".config.json.swo", "#config.json#", "config.json.~1~"]
        {
            assert!(is_editor_s(name, OsStr::new(left)), "{left}");
        }
        for other in
            ["config.json", "tsconfig.json~", ".config.json.lock", "config.json5", ".config.json.s", "##"]
        {
            assert!(!is_editor_s(name, OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn edits_are_known_by_their_names() {
        let long = OsString::from("x".repeat(250));
        for name in [OsStr::new("config.json"), &long] {
            let named = |rest: &str| joined(&[edit(name).as_bytes(), rest.as_bytes()]);
            assert!(is_edit(name, &named("Ab12Cd")) && named("Ab12Cd").len() <= LONGEST);
            for other in ["Ab12C", "Ab12Cde", "Ab12C.", ""] {
                assert!(!is_edit(name, &named(other)), "{other}");
            }
        }
        assert!(!is_edit(OsStr::new("config.json"), OsStr::new(".other.json.edit-Ab12Cd")));
    }

    #[test]
    fn only_exact_names_are_temporary() {
        for foreign in [
            "config.json.0001abff04050607.tmp",
            ".config.json.0001ABFF04050607.tmp",
            ".config.json.0001abff0405060.tmp",
            ".config.json.0001abff040506070.tmp",
            ".config.json.0001abff04050607.tmp~",
            ".config.json.0001abff04050607",
            ".config.json.0001abffg4050607.tmp",
            ".config.jso.0001abff04050607.tmp",
            ".config.json.lock",
            ".config.json..tmp",
        ] {
            assert!(!is_temporary(OsStr::new("config.json"), OsStr::new(foreign)), "{foreign}");
        }
    }
}
