//! The cases of the corpus, as the tests and the tool that compares readers take them from their files.

/// What every reader must accept.
pub(crate) const ACCEPTED: &str = include_str!("accepted.txt");
/// What the grammar does not have.
pub(crate) const REFUSED: &str = include_str!("refused.txt");
/// What RFC 8259 leaves to the reader.
pub(crate) const OPEN: &str = include_str!("open.txt");
/// What is beside JSON, and may or may not be in JSONC.
pub(crate) const JSONC: &str = include_str!("jsonc.txt");

/// The end of a class's heading whose cases make sense as a file only.
const AS_A_FILE: &str = " (as a file)";

/// One text, and what is to become of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Not also as a value inside a document.
    pub(crate) is_file: bool,
    /// The columns after the text.
    pub(crate) rest: Vec<&'static str>,
}

/// The cases of one of the files.
pub(crate) fn cases(file: &'static str) -> Vec<Case> {
    let (mut class, mut is_file) = ("", false);
    let mut cases = Vec::new();
    for line in file.lines() {
        let mut columns = line.split('\t');
        match (columns.next(), columns.next()) {
            (Some(name), Some(text)) => {
                cases.push(Case { class, name, bytes: bytes(text), is_file, rest: columns.collect() });
            }
            (Some(line), None) if line.starts_with("# ") => {
                let heading = line.trim_start_matches("# ");
                is_file = heading.ends_with(AS_A_FILE);
                class = heading.trim_end_matches(AS_A_FILE);
            }
            _ => {}
        }
    }
    cases
}

/// A text in which bytes may be written in hex between `⟦` and `⟧`.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, hex_and_rest)) = rest.split_once('⟦') {
        bytes.extend(plain.bytes());
        let (hex, after) = hex_and_rest.split_once('⟧').expect("a ⟧ after each ⟦");
        bytes
            .extend(hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("two hex digits")));
        rest = after;
    }
    bytes.extend(rest.bytes());
    bytes
}
