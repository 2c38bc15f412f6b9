//! Strict JSON: where a problem is, what bounds there are, and everything that is nearly JSON at once.

use config_model::{Config, Limits, Problem, ProblemKind, Problems, decode, decode_with};
use serde_json::Value;

use crate::support::{Only, SAMPLE, problems};

/// The text of a document that holds `value`.
fn around(value: &str) -> String {
    format!("{{\"version\":1,\"it\":{value}}}")
}

fn syntax_messages(problems: &Problems) -> String {
    let syntax = problems.iter().filter(|problem| problem.kind() == ProblemKind::Syntax);
    let messages: Vec<_> = syntax.map(Problem::message).collect();
    messages.join("; ")
}

#[test]
fn bytes_that_are_not_plain_utf8_are_refused() {
    let utf16 = |big: bool| -> Vec<u8> {
        let units = "\u{feff}{\"version\":1}".encode_utf16();
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let cases: [(&[u8], &str); 27] = [
        (b"", "1:1 the text is empty"),
        (b" \n\t\r ", "2:4 the text is empty"),
        (b"\xEF\xBB\xBF", "1:1 the text starts with a byte order mark; 1:2 the text is empty"),
        (b"\xEF\xBB\xBF{\"version\":1}", "1:1 the text starts with a byte order mark"),
        (
            b" \xEF\xBB\xBF{\"version\":1}",
            "1:2 this word is not a JSON value; 1:3 there is more text after the document",
        ),
        (&utf16(true), "1:1 the text is UTF-16"),
        (&utf16(false), "1:1 the text is UTF-16"),
        (b"{\x00\"\x00v\x00", "1:2 the name of a member, or `}`, is expected here"),
        (b"\0", "1:1 a value cannot start with this character"),
        (b"\0\0\0\0\0\0\0\0", "1:1 a value cannot start with this character"),
        (b"{\"version\":1}\0", "1:14 there is more text after the document"),
        (b"{\"version\":1}{}", "1:14 there is more text after the document"),
        (b"{\"version\":1} null", "1:15 there is more text after the document"),
        (b"{\"version\":1}\x0c", "1:14 there is more text after the document"),
        (b"{\"version\":1}\x1a", "1:14 there is more text after the document"),
        (b"{\x0b\"version\":1}", "1:2 the name of a member, or `}`, is expected here"),
        (
            "{\u{a0}\"version\":1}".as_bytes(),
            "1:2 a name needs double quotes; 1:3 a colon is missing after a name; 1:12 `,` or `}` is expected here, inside an object",
        ),
        (b"{\"version\":1,\"a\":\"\x01\"}", "1:19 a control character stands in a string"),
        (
            b"{\"version\":1,\"a\":\"\x1f\x00\"}",
            "1:19 a control character stands in a string; 1:20 a control character stands in a string",
        ),
        (b"{\"version\":1,\"a\":\"\n\"}", "1:18 this string is not closed on its line"),
        (b"{\"version\":1,\"a\":\"\t\"}", "1:19 a control character stands in a string"),
        (b"{\"version\":1,\"a\":\"\xFF\"}", "1:19 the text is not UTF-8 from here on"),
        (b"{\"version\":1,\"a\":\"\xC0\xAF\"}", "1:19 the text is not UTF-8 from here on"),
        (b"{\"version\":1,\"a\":\"\xE0\x80\xAF\"}", "1:19 the text is not UTF-8 from here on"),
        (b"{\"version\":1,\"a\":\"\xED\xA0\x80\"}", "1:19 the text is not UTF-8 from here on"),
        (b"{\"version\":1,\"a\":\"\xF4\x90\x80\x80\"}", "1:19 the text is not UTF-8 from here on"),
        (b"{\"version\":1,\"a\":\"\xC3", "1:19 the text is not UTF-8 from here on"),
    ];
    for (bytes, expected) in cases {
        let problems = decode::<Only<Option<u8>>>(bytes).unwrap_err();
        let syntax = problems.iter().filter(|problem| problem.kind() == ProblemKind::Syntax);
        let found = syntax.map(|problem| {
            let place = problem.place().unwrap();
            format!("{}:{} {}", place.line, place.column, problem.message())
        });
        assert_eq!(found.collect::<Vec<_>>().join("; "), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
    // Delete is no control character of RFC 8259's.
    decode::<Only<Value>>(b"{\"version\":1,\"it\":\"\x7f\"}").unwrap();
}

#[test]
fn other_documents_than_objects_are_refused() {
    for (text, found) in [
        ("[]", "an array"),
        ("1", "a number"),
        ("\"a\"", "a string"),
        ("null", "null"),
        ("true", "true or false"),
    ] {
        let problems = problems(text);
        assert_eq!(problems.len(), 1, "{text}: {problems}");
        assert!(
            problems.to_string().starts_with(&format!("1:1: (document): expected an object, found {found}"))
        );
    }
    assert_eq!(problems("tru").to_string().matches("help").count(), 1, "said once");
}

#[test]
fn nesting_ends_at_64() {
    for (open, close, inner) in [("[", "]", ""), ("{\"a\":", "}", "1")] {
        let nest = |depth: usize| around(&(open.repeat(depth) + inner + &close.repeat(depth)));
        // The document itself is one level.
        decode::<Only<Value>>(nest(63).as_bytes()).unwrap();
        let problems = decode::<Only<Value>>(nest(64).as_bytes()).unwrap_err();
        assert_eq!(syntax_messages(&problems), "arrays and objects are nested deeper than 64 levels");
        let deepest = problems.iter().next().unwrap().pointer();
        assert_eq!(deepest.tokens().count(), 64);
    }
}

#[test]
fn the_size_is_limited() {
    let limits = Limits { max_bytes: SAMPLE.len(), ..Limits::default() };
    decode_with::<Config>(SAMPLE.as_bytes(), limits).unwrap();
    let limits = Limits { max_bytes: SAMPLE.len() - 1, ..limits };
    let problems = decode_with::<Config>(SAMPLE.as_bytes(), limits).unwrap_err();
    assert!(problems.has(ProblemKind::Size) && problems.len() == 1);
    let message = format!("(document): the text is larger than the limit of {} bytes", SAMPLE.len() - 1);
    assert_eq!(problems.to_string(), message + "\n  help: raise the limit, or split it");
}

/// Python's, JavaScript's and other readers accept some of these: here they are one file, refused.
#[test]
fn slips_are_read_over_and_all_reported() {
    let text = "\u{feff}// a note
{
  version: 1,
  'models': {
    \"fast\": {\"upstream\": 'gpt', \"enabled\": True, \"allowed_keys\": [\"k\",],},,
    /* old */ \"slow\": {\"upstream\": \"bad id\" \"enabled\": true, \"allowed_keys\": [,]},
    \"fast\": {},
  },
  \"retention\": {\"events_days\": 1e999, \"traces_days\": 40000},
  \"features\": {\"auth\" true},
} {}";
    insta::assert_snapshot!(problems(text), @r#"
    1:1: (document): the text starts with a byte order mark
      help: save the file as UTF-8 without a BOM
    1:2: (document): JSON has no comments
      help: remove it; only a file whose name ends in .jsonc may have comments: rename it, and open it by that name
    3:3: (document): a name needs double quotes
      help: JSON strings and names are written in `"`
    4:3: (document): a string needs double quotes, not single ones
      help: JSON strings and names are written in `"`
    5:26: /models/fast/upstream: a string needs double quotes, not single ones
      help: JSON strings and names are written in `"`
    5:44: /models/fast/enabled: this word is not a JSON value
      help: use true, false or null in lower case, or put the text in `"`
    5:70: /models/fast/allowed_keys: there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    5:72: /models/fast: there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    5:75: /models: there is a comma too many
      help: remove it
    6:5: /models: JSON has no comments
      help: remove it; only a file whose name ends in .jsonc may have comments: rename it, and open it by that name
    6:36: /models/slow/upstream: must be a model id: letters, digits and `_.:/@+-`
    6:45: /models/slow: a comma is missing before this
      help: separate entries with `,`
    6:79: /models/slow/allowed_keys/0: a value is missing here
      help: write the value, or remove its name
    6:79: /models/slow/allowed_keys: there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    7:5: /models/fast: this name was already used in the same object
      help: keep one of the two: readers differ in which one wins
    7:15: /models: there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    9:32: /retention/events_days: this number is too large for a double
      help: other programs would read it as infinite
    9:54: /retention/traces_days: must be at most 36500 days; 0 keeps for ever
    10:23: /features: a colon is missing after a name
      help: write `"name": value`
    10:28: (document): there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    11:3: (document): there is more text after the document
      help: keep one document, remove the rest
    "#);
}
