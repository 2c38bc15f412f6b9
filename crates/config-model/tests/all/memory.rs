//! Memory stays under 10 times the size limit, whatever the text. Peaks are a process's own: each text has one.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use config_model::{Config, Document, Limits, Migrations, Problems, Syntax, decode_with};
use serde::{Deserialize, Serialize};

const CAP: usize = 8 << 20;

/// Names and values that such a text may have, less those around what is repeated.
const VALUES: usize = CAP / 10 - 32;
const OLDER_VALUES: usize = CAP / 40 - 32;

/// A schema in its second version, of which nothing is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Second {}

impl Document for Second {
    const VERSION: u32 = 2;
    fn seed() -> Self {
        unreachable!("no test seeds it")
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|_| Ok(()))
    }
    fn check(&self, _: &mut Problems) {}
}

/// `entry` for each index, as often as the limits let it be.
fn list(before: &str, entry: impl Fn(usize) -> String, values: usize, after: &str) -> String {
    let mut text = String::with_capacity(CAP);
    text.push_str(before);
    for index in 0..values {
        let entry = entry(index);
        if text.len() + entry.len() + after.len() >= CAP {
            break;
        }
        write!(text, "{}{entry}", if index == 0 { "" } else { "," }).unwrap();
    }
    text + after
}

/// The texts, and what each is told when it is refused.
fn bomb(name: &str) -> (String, &'static str) {
    let keys = "{\"version\":1,\"models\":{\"a\":{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[";
    let (models, any) = ("{\"version\":1,\"models\":{", "{\"version\":1,\"x\":[");
    match name {
        "keys" => (list(keys, |index| format!("\"{index:07x}\""), VALUES, "]}}}"), ""),
        "keys of one letter" => (list(keys, |_| "\"k\"".to_owned(), VALUES, "]}}}"), "listed twice"),
        "keys of nothing" => (list(keys, |_| "\"\"".to_owned(), CAP, "]}}}"), "names and values"),
        "misfits" => (list(keys, |_| "1".to_owned(), VALUES, "]}}}"), "expected a string"),
        "models" => {
            let model = "{\"upstream\":\"m\",\"enabled\":true,\"allowed_keys\":[\"k\"]}";
            (list(models, |index| format!("\"{index:x}\":{model}"), VALUES / 10, "}}"), "")
        }
        "models without fields" => {
            (list(models, |index| format!("\"{index:x}\":{{}}"), VALUES / 2, "}}"), "is missing")
        }
        "names" => (list("{\"version\":1,", |index| format!("\"{index:x}\":1"), VALUES / 2, "}"), ""),
        "the same name" => {
            (list("{\"version\":1,\"x\":{", |_| "\"a\":1".to_owned(), VALUES / 2, "}}"), "already used")
        }
        "ones" => (list(any, |_| "1".to_owned(), CAP, "]}"), "names and values"),
        "one long key" => (format!("{keys}\"{}\"]}}}}}}", "\\n".repeat(CAP / 2 - 64)), "at most 256 bytes"),
        "older objects" => {
            let value = "a".repeat(105);
            (list(any, |_| format!("{{\"a\":\"{value}\"}}"), OLDER_VALUES / 3, "]}"), "")
        }
        "older names" => {
            (list("{\"version\":1,", |index| format!("\"{index:068x}\":1"), OLDER_VALUES / 2, "}"), "")
        }
        "older ones" => (list(any, |_| "1".to_owned(), VALUES, "]}"), "too many to be migrated"),
        "comments" => (format!("{{\"version\":1,{}}}", "/*,*/".repeat(CAP / 5 - 8)), ""),
        "one long comment" => (format!("{{\"version\":1}}//{}", ",".repeat(CAP - 32)), ""),
        "keys with comments" => (list(keys, |index| format!("\"{index:07x}\"/**/"), VALUES, "]}}}"), ""),
        other => panic!("no bomb {other}"),
    }
}

const BOMBS: [&str; 16] = [
    "keys",
    "keys of one letter",
    "keys of nothing",
    "misfits",
    "models",
    "models without fields",
    "names",
    "the same name",
    "ones",
    "one long key",
    "older objects",
    "older names",
    "older ones",
    "comments",
    "one long comment",
    "keys with comments",
];

const BOMB: &str = "CONFIG_MODEL_TEST_BOMB";

/// Does nothing, unless it is run by [`memory_stays_under_ten_times_the_limit`].
#[test]
fn role() {
    let Ok(name) = std::env::var(BOMB) else { return };
    let (text, expected) = bomb(&name);
    assert!(text.len() <= CAP);
    let syntax = if name.contains("comment") { Syntax::Jsonc } else { Syntax::Json };
    let limits = Limits { max_bytes: CAP, syntax, ..Limits::default() };
    let decoded = if name.starts_with("older") {
        decode_with::<Second>(text.as_bytes(), limits)
            .map(|decoded| drop(decoded.migrated.expect("it is older")))
    } else {
        decode_with::<Config>(text.as_bytes(), limits).map(drop)
    };
    let said = decoded.err().map(|problems| problems.to_string()).unwrap_or_default();
    assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak: {}", peak.trim());
}

#[test]
fn memory_stays_under_ten_times_the_limit() {
    for name in BOMBS {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "memory::role", "--nocapture", "--test-threads=1"]).env(BOMB, name);
        let output = child.stdin(Stdio::null()).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        let peak = printed.split_once("peak: ").and_then(|(_, peak)| peak.split_once(" kB")).unwrap().0;
        let tenths = peak.parse::<usize>().unwrap() * 1024 * 10 / CAP;
        println!("{name}: {}.{} times the limit", tenths / 10, tenths % 10);
        assert!(tenths < 100, "{name}");
    }
}
