//! The files: the corpus of RFC 8259, each case as a file and inside a config, and files written for a gateway's config.

use anyhow::{Result, ensure};

use super::corpus::{ACCEPTED, Case, JSONC, OPEN, REFUSED, cases};

const MALFORMED: &str = include_str!("malformed.txt");
const WELLFORMED: &str = include_str!("wellformed.txt");
const GATEWAY: &str = include_str!("gateway.json");
const MODEL: &str = r#"{"upstream":"m","enabled":true,"allowed_keys":["k"]}"#;

/// A file.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Files of one sort.
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) texts: Vec<Text>,
    /// Fields that are not known are refused, as the peers' structs refuse them.
    pub(crate) is_strict: bool,
}

/// What nobody should believe.
pub(crate) fn malformed() -> Result<Vec<Class>> {
    let refused = cases(REFUSED);
    let open: Vec<Case> =
        cases(OPEN).into_iter().filter(|case| case.rest.first() == Some(&"refused")).collect();
    let mut classes = inside("RFC 8259 refuses, in a config", &refused);
    classes.push(as_files("RFC 8259 refuses, as a file", &refused));
    classes.extend(inside("RFC 8259 leaves open, in a config", &open));
    classes.push(as_files("RFC 8259 leaves open, as a file", &open));
    classes.extend(inside("JSONC, in a config", &cases(JSONC)));
    let written = written(MALFORMED);
    ensure!(written.iter().all(|class| !class.texts.is_empty()), "a class without cases");
    classes.extend(written);
    classes.push(cut());
    Ok(classes)
}

/// What everybody should read.
pub(crate) fn wellformed() -> Vec<Class> {
    let accepted = cases(ACCEPTED);
    let mut classes = inside("RFC 8259 accepts, in a config", &accepted);
    classes.extend(written(WELLFORMED));
    classes.push(Class {
        name: "a whole config".to_owned(),
        texts: vec![Text { name: "gateway.json".to_owned(), bytes: GATEWAY.into() }],
        is_strict: true,
    });
    classes
}

/// Each case as the value of a field, where the decoder tells what it does not know, and the peers have any JSON.
fn inside(title: &str, cases: &[Case]) -> Vec<Class> {
    let text = |case: &Case| Text {
        name: case.name.to_owned(),
        bytes: [b"{\"version\":1,\"x-note\":", case.bytes.as_slice(), b"}"].concat(),
    };
    let values = cases.iter().filter(|case| !case.is_file).map(|case| (case.class, text(case)));
    classes(values, |class| (format!("{title}: {class}"), false))
}

fn as_files(title: &str, cases: &[Case]) -> Class {
    let text =
        |case: &Case| Text { name: format!("{}: {}", case.class, case.name), bytes: case.bytes.clone() };
    Class { name: title.to_owned(), texts: cases.iter().map(text).collect(), is_strict: true }
}

fn written(file: &'static str) -> Vec<Class> {
    let text = |case: Case| {
        let bytes = replaced(&case.bytes, b"@model", MODEL.as_bytes());
        (case.class, Text { name: case.name.to_owned(), bytes })
    };
    classes(cases(file).into_iter().map(text), |class| (class.to_owned(), true))
}

/// By class, in the order of the file.
fn classes<'c>(
    texts: impl Iterator<Item = (&'c str, Text)>,
    name: impl Fn(&str) -> (String, bool),
) -> Vec<Class> {
    let mut found: Vec<(&str, Class)> = Vec::new();
    for (class, text) in texts {
        if found.last().is_none_or(|(last, _)| *last != class) {
            let (name, is_strict) = name(class);
            found.push((class, Class { name, texts: Vec::new(), is_strict }));
        }
        if let Some((_, of_class)) = found.last_mut() {
            of_class.texts.push(text);
        }
    }
    found.into_iter().map(|(_, class)| class).collect()
}

/// A config, cut off at every byte.
fn cut() -> Class {
    let whole = GATEWAY.trim_end().as_bytes();
    let text = |end: usize| Text {
        name: format!("after {end} bytes"),
        bytes: whole.get(..end).unwrap_or_default().to_vec(),
    };
    Class {
        name: "a config, cut off at every byte".to_owned(),
        texts: (0..whole.len()).map(text).collect(),
        is_strict: true,
    }
}

fn replaced(bytes: &[u8], mark: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(by);
        rest = after.get(mark.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
