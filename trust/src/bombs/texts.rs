//! The worst texts that a file of the largest size can hold.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{CAP, Expected, Program};

/// Most names and values of a text of this size, and of one that has to be migrated; less those around the entries.
const VALUES: usize = CAP / 10 - 32;
const OLDER: usize = CAP / 40 - 32;

/// A text of one entry, over and over.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) expected: Expected,
    before: &'static str,
    entry: Entry,
    /// Names and values of an entry; `None` fills the file, whatever the limit on them.
    values: Option<usize>,
    after: &'static str,
}

/// What is repeated.
enum Entry {
    /// Without a comma between.
    Bytes(&'static str),
    Listed(&'static str),
    /// With `#` for a name of letters and digits that no other entry has.
    Distinct(&'static str),
    /// As before, and `x` so many times for `@`.
    Long(&'static str, usize),
}

/// Writes the text, as much of it as fits.
pub(crate) fn write(bomb: &Bomb, path: &Path) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut out = BufWriter::new(file);
    out.write_all(bomb.before.as_bytes())?;
    let most = if bomb.program == Program::OwnSchema { OLDER } else { VALUES };
    let entries = bomb.values.map_or(usize::MAX, |values| most / values);
    let mut size = bomb.before.len() + bomb.after.len();
    // The one that is too large by a byte says so in its name alone.
    let cap = CAP + usize::from(bomb.name.contains("one byte over"));
    for index in 0..entries {
        let comma = if index == 0 || matches!(bomb.entry, Entry::Bytes(_)) { "" } else { "," };
        let entry = entry(&bomb.entry, index);
        size += comma.len() + entry.len();
        if size > cap {
            break;
        }
        out.write_all(comma.as_bytes())?;
        out.write_all(entry.as_bytes())?;
    }
    out.write_all(bomb.after.as_bytes())?;
    let written = out.into_inner()?.metadata()?.len();
    ensure!(written <= cap as u64, "{} has {written} bytes", bomb.name);
    Ok(())
}

fn entry(entry: &Entry, index: usize) -> std::borrow::Cow<'static, str> {
    match *entry {
        Entry::Bytes(text) | Entry::Listed(text) => text.into(),
        Entry::Distinct(text) => text.replacen('#', &short(index), 1).into(),
        Entry::Long(text, length) => {
            text.replacen('#', &short(index), 1).replacen('@', &"x".repeat(length), 1).into()
        }
    }
}

/// The shortest names: one letter, then two.
fn short(mut index: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut name = String::new();
    loop {
        name.extend(LETTERS.get(index % LETTERS.len()).map(|letter| char::from(*letter)));
        index /= LETTERS.len();
        if index == 0 {
            return name;
        }
        index -= 1;
    }
}

macro_rules! bombs {
    ($($name:literal: $program:ident $expected:expr, $before:expr, $entry:expr, $values:expr, $after:expr;)*) => {
        &[$(Bomb {
            name: $name,
            program: Program::$program,
            expected: $expected,
            before: $before,
            entry: $entry,
            values: $values,
            after: $after,
        }),*]
    };
}

use Entry::{Bytes, Distinct, Listed, Long};
use Expected::{Refused, Valid};

const KEYS: &str = r#"{"version":1,"models":{"a":{"upstream":"m","enabled":true,"allowed_keys":["#;
const MODELS: &str = r#"{"version":1,"models":{"#;
const ANY: &str = r#"{"version":1,"x":["#;
const NAMES: &str = r#"{"version":1,"#;
const ROUTES: &str = r#"{"version":3,"routes":["#;
const TOO_MANY: Expected = Refused("names and values");

pub(crate) static BOMBS: &[Bomb] = bombs! {
    "brackets": Configctl Refused("nested deeper"), "", Bytes("["), None, "";
    "braces": Configctl Refused("nested deeper"), "", Bytes("{\"\":"), None, "";
    "nests of 60 levels": Configctl TOO_MANY, ANY, Listed("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), None, "]}";
    "white space": Configctl Refused("the text is empty"), "", Bytes("\n"), None, "";
    "NULs": Configctl Refused("cannot start"), "", Bytes("\0"), None, "";
    "commas": Configctl Refused("a value is missing"), "", Bytes(","), None, "";
    "colons in an object": Configctl Refused("is expected here"), "{", Bytes(":"), None, "}";
    "comments": Configctl Refused("no comments"), "", Bytes("/**/"), None, "";
    "broken escapes": Configctl Refused("not an escape"), "{\"version\":1,\"x\":\"", Bytes("\\x"), None, "\"}";
    "one string": Configctl Refused("expected an object"), "\"", Bytes("a"), None, "\"";
    "one string, one byte over": Configctl Refused("larger than"), "\"", Bytes("a"), None, "\"";
    "one string in an unknown field": Configctl Valid, "{\"version\":1,\"x\":\"", Bytes("a"), None, "\"}";
    "one string of commas": Configctl Valid, "{\"version\":1,\"x\":\"", Bytes(","), None, "\"}";
    "one string of escapes": Configctl Valid, "{\"version\":1,\"x\":\"", Bytes("\\u0061"), None, "\"}";
    "one number": Configctl Refused("too large for a double"), "{\"version\":1,\"x\":", Bytes("1"), None, "}";
    "one key": Configctl Refused("at most 256 bytes"), KEYS, Long("\"@\"", CAP - 128), None, "]}}}";
    "one alias of escapes": Configctl Refused("at most 256 bytes"), "{\"version\":1,\"models\":{\"", Bytes("\\n"), None, "\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[]}}}";
    "one upstream of escapes": Configctl Refused("at most 256 bytes"), "{\"version\":1,\"models\":{\"a\":{\"enabled\":true,\"allowed_keys\":[],\"upstream\":\"", Bytes("\\u0061"), None, "\"}}}";
    "ones": Configctl TOO_MANY, ANY, Listed("1"), None, "]}";
    "ones, as many as may be": Configctl Valid, ANY, Listed("1"), Some(1), "]}";
    "empty arrays": Configctl TOO_MANY, ANY, Listed("[]"), None, "]}";
    "tiny objects": Configctl TOO_MANY, ANY, Listed("{\"\":1}"), None, "]}";
    "tiny objects, as many as may be": Configctl Valid, ANY, Listed("{\"\":1}"), Some(3), "]}";
    "empty keys": Configctl TOO_MANY, KEYS, Listed("\"\""), None, "]}}}";
    "empty keys, as many as may be": Configctl Refused("must not be empty"), KEYS, Listed("\"\""), Some(1), "]}}}";
    "same keys, as many as may be": Configctl Refused("listed twice"), KEYS, Listed("\"k\""), Some(1), "]}}}";
    "distinct keys": Configctl TOO_MANY, KEYS, Distinct("\"#\""), None, "]}}}";
    "distinct keys, as many as may be": Configctl Valid, KEYS, Distinct("\"#\""), Some(1), "]}}}";
    "distinct keys of 7 bytes": Configctl Valid, KEYS, Long("\"@#\"", 3), Some(1), "]}}}";
    "distinct keys of 25 bytes": Configctl Valid, KEYS, Long("\"@#\"", 21), Some(1), "]}}}";
    "distinct keys and a star": Configctl Refused("beside other keys"), KEYS, Distinct("\"#\""), Some(1), ",\"*\"]}}}";
    "misfits for keys": Configctl Refused("expected a string"), KEYS, Listed("1"), Some(1), "]}}}";
    "unknown fields": Configctl TOO_MANY, NAMES, Distinct("\"#\":1"), None, "}";
    "unknown fields, as many as may be": Configctl Valid, NAMES, Distinct("\"_#\":1"), Some(2), "}";
    "unknown fields of long names": Configctl Valid, NAMES, Long("\"#@\":1", 100_000), None, "}";
    "the same name": Configctl TOO_MANY, "{\"version\":1,\"x\":{", Listed("\"\":1"), None, "}}";
    "the same name, as often as may be": Configctl Refused("already used"), "{\"version\":1,\"x\":{", Listed("\"\":1"), Some(2), "}}";
    "models": Configctl TOO_MANY, MODELS, Distinct("\"#\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[]}"), None, "}}";
    "models, as many as may be": Configctl Valid, MODELS, Distinct("\"#\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[]}"), Some(8), "}}";
    "models of one key": Configctl Valid, MODELS, Distinct("\"#\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[\"k\"]}"), Some(9), "}}";
    "models of a typical size": Configctl Valid, MODELS, Distinct("\"#\":{\"upstream\":\"openai/gpt-4o-mini-2024-07-18\",\"enabled\":true,\"allowed_keys\":[\"sk-0123456789abcdef0123456789abcdef\"]}"), Some(9), "}}";
    "models of long aliases": Configctl Refused("at most 256 bytes"), MODELS, Long("\"#@\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[]}", 5_000), None, "}}";
    "models that break each rule": Configctl Refused("must name a model"), MODELS, Distinct("\"#\":{\"upstream\":\"\",\"enabled\":true,\"allowed_keys\":[\"\",\"\"]}"), Some(10), "}}";
    "models of nothing": Configctl Refused("is missing"), MODELS, Distinct("\"#\":{}"), Some(2), "}}";
    "numbers for models": Configctl Refused("expected an object"), MODELS, Distinct("\"#\":1"), Some(2), "}}";
    "models of unknown fields": Configctl Refused("is missing"), MODELS, Long("\"#\":{\"@\":1}", 600), None, "}}";
    "older: ones": OwnSchema Refused("to be migrated"), ANY, Listed("1"), Some(1), ",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}";
    "older: ones, as many as may be": OwnSchema Valid, ANY, Listed("1"), Some(1), "]}";
    "older: objects": OwnSchema Valid, ANY, Listed("{\"\":1}"), Some(3), "]}";
    "older: objects of long texts": OwnSchema Valid, ANY, Long("{\"a\":\"@\"}", 108), Some(3), "]}";
    "older: empty objects": OwnSchema Valid, ANY, Listed("{}"), Some(1), "]}";
    "older: texts": OwnSchema Valid, ANY, Long("\"@\"", 36), Some(1), "]}";
    "older: fields": OwnSchema Valid, NAMES, Distinct("\"_#\":1"), Some(2), "}";
    "older: one string": OwnSchema Valid, "{\"version\":1,\"x\":\"", Bytes("a"), None, "\"}";
    "routes, as many as may be": OwnSchema Valid, ROUTES, Distinct("{\"domain\":\"#\",\"host\":\"h\"}"), Some(5), "]}";
};
