//! What becomes of comments when something beside them changes.

use config_model::{
    Config, Document, Limits, Migrations, Problem, Problems, decode_with, rewrite, rewrite_value,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::generate::Dice;
use crate::jsonc::COMMENTED;
use crate::oracle;

/// The text that says `new` instead.
fn on_values(source: &str, new: &Value) -> String {
    let old = oracle::jsonc(source).unwrap();
    let text = rewrite_value(source, &old, new).unwrap();
    assert_eq!(oracle::jsonc(&text), Some(new.clone()), "{text}");
    text
}

const KEYS: &str = "{
  // Who may.
  \"keys\": [ // by team
    // Sales.
    \"key-1\", // Alice
    \"key-2\", // Bob

    // Support.
    \"key-3\" /* until May */, // Carol
    \"key-4\" // Dan
    // \"key-5\"
  ]
}
";

fn keys(keys: &[&str]) -> String {
    on_values(KEYS, &json!({"keys": keys}))
}

#[test]
fn what_is_removed_takes_the_comments_on_its_lines() {
    assert_eq!(keys(&["key-1", "key-3", "key-4"]), KEYS.replace("    \"key-2\", // Bob\n", ""));
    assert_eq!(keys(&["key-2", "key-3", "key-4"]), KEYS.replace("    \"key-1\", // Alice\n", ""));
    assert_eq!(
        keys(&["key-1", "key-2", "key-4"]),
        KEYS.replace("    \"key-3\" /* until May */, // Carol\n", "")
    );
    // The comma goes with the last one, from before the comment that stays.
    assert_eq!(
        keys(&["key-1", "key-2", "key-3"]),
        KEYS.replace("*/, // Carol\n    \"key-4\" // Dan\n", "*/ // Carol\n")
    );
    // Of two at once, each takes its own.
    assert_eq!(
        keys(&["key-1", "key-3"]),
        KEYS.replace("    \"key-2\", // Bob\n", "")
            .replace("*/, // Carol\n    \"key-4\" // Dan\n", "*/ // Carol\n")
    );
    insta::assert_snapshot!(keys(&[]), @r#"
    {
      // Who may.
      "keys": [ // by team
        // Sales.

        // Support.
        // "key-5"
      ]
    }
    "#);
}

#[test]
fn what_is_added_stands_behind_the_last_one_and_its_comment() {
    insta::assert_snapshot!(keys(&["key-1", "new", "key-2", "key-3", "key-4", "last", "very"]), @r#"
    {
      // Who may.
      "keys": [ // by team
        // Sales.
        "key-1", // Alice
        "new",
        "key-2", // Bob

        // Support.
        "key-3" /* until May */, // Carol
        "key-4", // Dan
        "last",
        "very"
        // "key-5"
      ]
    }
    "#);
    assert_eq!(
        keys(&["0", "key-1", "key-2", "key-3", "key-4"]),
        KEYS.replace("    \"key-1\"", "    \"0\",\n    \"key-1\"")
    );
}

/// Keys on lines of their own, each with a comment that names it.
fn named(keys: &[&str]) -> String {
    let line = |(index, key): (usize, &&str)| {
        let comma = if index + 1 < keys.len() { "," } else { "" };
        format!("  \"{key}\"{comma} // is {key}\n")
    };
    let lines: String = keys.iter().enumerate().map(line).collect();
    format!("{{\"keys\": [\n{lines}]}}\n")
}

#[test]
fn one_key_goes_and_another_comes_and_the_others_keep_their_comments() {
    let source = named(&["alice", "bob", "carol"]);
    for (new, expected) in [
        (
            ["alice", "carol", "dave"].as_slice(),
            "\"alice\", // is alice\n  \"carol\", // is carol\n  \"dave\"\n",
        ),
        (&["bob", "carol", "dave"], "\"bob\", // is bob\n  \"carol\", // is carol\n  \"dave\"\n"),
        (&["zed", "alice", "bob"], "\"zed\",\n  \"alice\", // is alice\n  \"bob\" // is bob\n"),
        (&["alice", "dave"], "\"alice\", // is alice\n  \"dave\"\n"),
        (&["carol", "dave", "eve"], "\"carol\", // is carol\n  \"dave\",\n  \"eve\"\n"),
        (&["dave", "bob", "eve"], "\"dave\",\n  \"bob\", // is bob\n  \"eve\"\n"),
        (&["bob", "alice", "carol"], "\"bob\", // is bob\n  \"alice\",\n  \"carol\" // is carol\n"),
    ] {
        assert_eq!(
            on_values(&source, &json!({"keys": new})),
            format!("{{\"keys\": [\n  {expected}]}}\n"),
            "{new:?}"
        );
    }
}

#[test]
fn what_comes_in_the_place_of_an_element_comes_without_its_comments() {
    let new = json!({"keys": ["key-1", "a", "b", "c"]});
    insta::assert_snapshot!(on_values(KEYS, &new), @r#"
    {
      // Who may.
      "keys": [ // by team
        // Sales.
        "key-1", // Alice
        "a",

        // Support.
        "b",
        "c"
        // "key-5"
      ]
    }
    "#);
    let changed = |source: &str, new: Value| on_values(&format!("{{\"it\": {source}}}"), &json!({"it": new}));
    for (source, expected) in [
        ("[ /* one */ 1, /* two */ /* 2 */ 2 /* too */, 3 ]", "[ /* one */ 1, 5, 3 ]"),
        ("[1, /* two */ 2 /* too */ , /* three */ 3]", "[1, 5 , /* three */ 3]"),
        (
            "[\n  1 // one\n  , /* two */ 2 // too\n  , 3 // three\n]",
            "[\n  1 // one\n  , 5\n  , 3 // three\n]",
        ),
        ("[1,\r\n  2 ,\t// too\r\n  3]", "[1,\r\n  5 ,\r\n  3]"),
        ("[1, [2 /* inside */], /* three */ 3]", "[1, 5, /* three */ 3]"),
    ] {
        assert_eq!(changed(source, json!([1, 5, 3])), format!("{{\"it\": {expected}}}"), "{source}");
    }
    // An object or a list is still the one that somebody wrote of, when something inside of it changes.
    for (source, new) in [
        ("[{\"a\": 1}, /* it */ {\"a\": 2} /* is */]", json!([{"a": 1}, {"a": 5}])),
        ("[[2], // it\n [1] // is\n]", json!([[5], [1]])),
    ] {
        assert_eq!(changed(source, new), format!("{{\"it\": {}}}", source.replace('2', "5")));
    }
}

/// How many elements two lists have in common, in the order of both.
fn in_common(olds: &[&str], news: &[&str]) -> usize {
    let mut rows = vec![vec![0; news.len() + 1]; olds.len() + 1];
    for (old, a) in olds.iter().enumerate() {
        for (new, b) in news.iter().enumerate() {
            let skipped: usize = rows[old][new + 1].max(rows[old + 1][new]);
            rows[old + 1][new + 1] = if a == b { rows[old][new] + 1 } else { skipped };
        }
    }
    rows[olds.len()][news.len()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_comment_stays_with_its_key(seed: u64) {
        let mut dice = Dice::new(seed);
        let all = ["ann", "bob", "cy", "dan", "eve", "fay", "gil", "hal", "ida", "jo"];
        let some = |dice: &mut Dice| -> Vec<&str> {
            let mut left = all.to_vec();
            (0..=dice.below(8)).map(|_| left.remove(dice.below(left.len()))).collect()
        };
        let (old, mut new) = (some(&mut dice), some(&mut dice));
        if dice.below(2) == 0 {
            // In the old order, as those are who stay when keys are rotated.
            new.sort_by_key(|key| old.iter().position(|old| old == key));
        }
        let text = on_values(&named(&old), &json!({"keys": new}));
        let mut comments = 0;
        for line in text.lines().filter(|line| line.contains("//")) {
            let (key, comment) = line.split_once("// is ").unwrap();
            prop_assert_eq!(key.trim().trim_end_matches(',').trim_matches('"'), comment, "{}", text);
            comments += 1;
        }
        prop_assert_eq!(comments, in_common(&old, &new), "{:?}\n{}", old, text);
    }
}

#[test]
fn one_more_member_is_laid_out_as_the_others() {
    for (source, expected) in [
        ("{\n  \"a\": 1 // last\n}", "{\n  \"a\": 1, // last\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1, // last\n}", "{\n  \"a\": 1, // last\n  \"b\": 2,\n}"),
        (
            "{\n  \"a\": 1 /* x */ // last\n  // end\n}",
            "{\n  \"a\": 1, /* x */ // last\n  \"b\": 2\n  // end\n}",
        ),
        ("{\r\n\t\"a\": 1, // last\r\n}\r\n", "{\r\n\t\"a\": 1, // last\r\n\t\"b\": 2,\r\n}\r\n"),
        ("{\"a\": 1 /* last */}", "{\"a\": 1 /* last */, \"b\": 2}"),
        ("{\"a\": 1,}", "{\"a\": 1, \"b\": 2,}"),
        ("{\"a\": 1 // last\n}", "{\"a\": 1, // last\n  \"b\": 2\n}"),
        ("{ /* first */ \"a\": 1, /* last */ }", "{ /* first */ \"a\": 1, /* last */ \"b\": 2, }"),
        ("{ \"a\": 1\n// last\n}", "{ \"a\": 1, \"b\": 2\n// last\n}"),
        ("// one\n{ \"a\": 1 } // two", "// one\n{ \"a\": 1, \"b\": 2 } // two"),
    ] {
        assert_eq!(on_values(source, &json!({"a": 1, "b": 2})), expected, "{source}");
    }
}

#[test]
fn an_object_that_holds_a_comment_alone_keeps_it() {
    for (source, expected) in [
        ("{\n  // none yet\n}", "{\n  // none yet\n  \"b\": 2\n}"),
        ("{ // none yet\n}", "{ // none yet\n  \"b\": 2\n}"),
        ("{ /* none */ }", "{ /* none */ \"b\": 2 }"),
        ("{/* none */}", "{/* none */ \"b\": 2}"),
        ("{\n  // was: \"a\"\n  \"a\": 1 // one\n}", "{\n  // was: \"a\"\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1,\n  // was: \"a\"\n}", "{\n  // was: \"a\"\n  \"b\": 2,\n}"),
        ("{}", "{\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1, // one\n}", "{\n  \"b\": 2\n}"),
    ] {
        assert_eq!(on_values(source, &json!({"b": 2})), expected, "{source}");
    }
    let all = |source| on_values(source, &json!({}));
    assert_eq!(all("{\n  // none\n  \"a\": 1\n}"), "{\n  // none\n}");
    assert_eq!(all("{\n  \"a\": 1 // one\n}"), "{}");
    assert_eq!(all("{ /* a */ \"a\": 1 /* b */, /* c */ }"), "{}");
    assert_eq!(all("{ \"a\": 1,\n // none\n \"b\": 2, }"), "{ // none\n }");
}

#[test]
fn entries_on_one_line_and_with_commas_first() {
    let source = "[ /* one */ 1, /* two */ 2 /* too */, 3 /* three */ ]";
    let changed = |new: Value| on_values(&format!("{{\"it\": {source}}}"), &json!({"it": new}));
    assert_eq!(changed(json!([1, 3])), "{\"it\": [ /* one */ 1, 3 /* three */ ]}");
    assert_eq!(changed(json!([2, 3])), "{\"it\": [ /* two */ 2 /* too */, 3 /* three */ ]}");
    assert_eq!(changed(json!([1, 2])), "{\"it\": [ /* one */ 1, /* two */ 2 /* too */ ]}");
    let source = "{\n  \"a\": 1 // a\n  // of b\n, \"b\": 2 // b\n, \"c\": 3 // c\n}";
    let without = |gone: &[&str]| {
        let all = [("a", 1), ("b", 2), ("c", 3)].into_iter().filter(|(name, _)| !gone.contains(name));
        on_values(source, &all.map(|(name, value)| (name.to_owned(), json!(value))).collect::<Value>())
    };
    assert_eq!(without(&["b"]), "{\n  \"a\": 1 // a\n  // of b\n, \"c\": 3 // c\n}");
    assert_eq!(without(&["c"]), "{\n  \"a\": 1 // a\n  // of b\n, \"b\": 2 // b\n}");
    assert_eq!(without(&["a"]), "{\n  // of b\n\"b\": 2 // b\n, \"c\": 3 // c\n}");
    assert_eq!(without(&["b", "c"]), "{\n  \"a\": 1 // a\n  // of b\n}");
}

#[test]
fn white_space_at_the_end_of_a_comment_is_the_comment_s() {
    let source = "{\n  \"a\": 1, // a  \n  // of b\t\n  \"b\": 2 \n}";
    assert_eq!(on_values(source, &json!({"a": 1})), "{\n  \"a\": 1 // a  \n  // of b\t\n}");
}

#[test]
fn a_value_is_replaced_and_a_comment_beside_it_stays() {
    let source = "{\"version\" /* of it */ : /* now */ 1, // first\n \"features\": {/* on */ \"debug\": /* ! */ false /* off */}}";
    let old = decode_with::<Config>(source.as_bytes(), COMMENTED).unwrap().document;
    let mut new = old.clone();
    new.features.debug = true;
    assert_eq!(rewrite(source, &old, &new).unwrap(), source.replace("false", "true"));
}

/// A schema whose second version has another name for a field, and a field less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Second {
    seconds: u32,
    kept: Vec<u32>,
}

impl Document for Second {
    const VERSION: u32 = 2;
    fn seed() -> Self {
        unreachable!("no test seeds it")
    }
    fn migrations() -> Migrations {
        Migrations::from_version(1).then(|fields| {
            let seconds = fields.shift_remove("timeout").unwrap_or_default();
            fields.insert("seconds".to_owned(), seconds);
            fields.shift_remove("gone");
            Ok(())
        })
    }
    fn check(&self, problems: &mut Problems) {
        if self.seconds > 100 {
            problems.push(Problem::rule(config_model::Pointer::root().key("seconds"), "too long"));
        }
    }
}

#[test]
fn a_migration_keeps_the_comments_of_what_stays() {
    let old = "// The relay.\n{\n  \"version\": 1, // first\n  // In seconds.\n  \"timeout\": 30, // enough\n  \"kept\": [\n    1, // one\n    2, // two\n  ],\n  \"gone\": true, // why\n  \"x\": 1.50, // ours\n}\n";
    let decoded = decode_with::<Second>(old.as_bytes(), COMMENTED).unwrap();
    insta::assert_snapshot!(decoded.migrated.unwrap().text, @r#"
    // The relay.
    {
      "version": 2, // first
      // In seconds.
      "kept": [
        1, // one
        2, // two
      ],
      "x": 1.50, // ours
      "seconds": 30,
    }
    "#);
    let long = old.replace("30", "101");
    let problems = decode_with::<Second>(long.as_bytes(), COMMENTED).unwrap_err();
    assert!(problems.to_string().starts_with("2:1: /seconds: too long"), "{problems}");
    decode_with::<Second>(old.as_bytes(), Limits::default()).unwrap_err();
}
