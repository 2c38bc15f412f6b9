//! What people see: diffs, pointers, places, lists of problems.

use config_model::{
    ApiKey, ChangeKind, Config, MAX_PROBLEMS, Pointer, PointerError, Problem, ProblemKind, Problems, diff,
    parse_value, placed, span_of,
};

use crate::support::{SAMPLE, config};

#[test]
fn a_diff_is_in_the_order_of_the_schema() {
    let old = config(SAMPLE);
    let mut new = old.clone();
    let open = new.models.shift_remove("open").unwrap();
    new.models.insert("n\u{1b}ew".to_owned(), open);
    new.models["fast"].upstream = "u\u{202e}".repeat(100);
    new.models["fast"].allowed_keys = config_model::AllowedKeys::only([ApiKey::new("k")]);
    new.features.auth = false;
    let changes = diff(&old, &new).unwrap();
    let shown: Vec<_> = changes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    ~ /models/fast/upstream: "gpt-mini" -> "u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}u\u{202e}…
    ~ /models/fast/allowed_keys: "[secret]" -> "[secret]"
    - /models/open: {"upstream":"m","enabled":true,"allowed_keys":"[secret]"}
    + /models/n\u{1b}ew: {"upstream":"m","enabled":true,"allowed_keys":"[secret]"}
    ~ /features/auth: true -> false
    "#);
    let kinds: Vec<_> = changes.iter().map(|change| change.kind.name()).collect();
    assert_eq!(kinds, ["changed", "changed", "removed", "added", "changed"]);
    let Some(ChangeKind::Changed { before, after }) = changes.last().map(|change| &change.kind) else {
        panic!()
    };
    assert_eq!((before, after), (&true.into(), &false.into()));
    assert_eq!(changes[2].kind.after(), None);
    assert_eq!(changes[3].kind.before(), None);
    assert!(changes[2].kind.before().is_some() && changes[3].kind.after().is_some());
    assert!(diff(&Config::default(), &Config::default()).unwrap().is_empty());
}

#[test]
fn pointers_follow_rfc_6901() {
    for text in ["", "/", "//", "/a/b", "/~0~1", "/0", "/é", "/a b"] {
        let pointer = Pointer::parse(text).unwrap();
        let again = pointer.tokens().fold(Pointer::root(), |pointer, token| pointer.key(&token));
        assert_eq!((again.as_str(), pointer.as_str()), (text, text));
    }
    for text in ["a", " /a", "/~", "/~2", "/a~", "~0", "#/a"] {
        assert_eq!(Pointer::parse(text), Err(PointerError), "{text}");
    }
    let pointer = Pointer::root().key("a/b").key("~1").index(3).key("");
    assert_eq!(pointer.as_str(), "/a~1b/~01/3/");
    assert_eq!(pointer.tokens().collect::<Vec<_>>(), ["a/b", "~1", "3", ""]);
    let (parent, name) = Pointer::root().key("a").key("b/c").split_last().unwrap();
    assert_eq!((parent.as_str(), name.as_str()), ("/a", "b/c"));
    assert_eq!(Pointer::root().split_last(), None);
    assert!(pointer.is_within(&Pointer::root()) && pointer.is_within(&pointer));
    assert!(!Pointer::root().key("ab").is_within(&Pointer::root().key("a")));
    assert_eq!(Pointer::root().to_string(), "(document)");
    assert!(Pointer::root().key(&"\u{7}".repeat(1000)).to_string().len() <= 512);
}

#[test]
fn a_span_is_that_of_the_value() {
    let text = "{\"a\": [10, {\"b/c\": \"x\"} ], \"0\": {\"1\": null}, \"\": 7}";
    for (pointer, value) in [
        ("/a/0", Some("10")),
        ("/a/1", Some("{\"b/c\": \"x\"}")),
        ("/a/1/b~1c", Some("\"x\"")),
        ("/0/1", Some("null")),
        ("/", Some("7")),
        ("", Some(text)),
        ("/a/2", None),
        ("/a/00", None),
        ("/a/+0", None),
        ("/a/-", None),
        ("/a/0/0", None),
        ("/b", None),
        ("/a…", None),
        ("/…", None),
    ] {
        let span = span_of(text, &Pointer::parse(pointer).unwrap());
        assert_eq!(span.map(|span| &text[span]), value, "{pointer}");
    }
    assert_eq!(span_of("{", &Pointer::root()), None);
}

#[test]
fn a_value_from_a_command_line_is_as_strict() {
    assert_eq!(parse_value(" [1, \"a\"] ").unwrap(), serde_json::json!([1, "a"]));
    for text in ["", "a", "[1,]", "{\"a\": 1, \"a\": 2}", "1 2", "1e999"] {
        let problems = parse_value(text).unwrap_err();
        assert!(
            problems.has(ProblemKind::Syntax) && problems.iter().all(|problem| problem.place().is_some()),
            "{text}"
        );
    }
}

/// A text keeps the digits that it has; a value has no room for them.
#[test]
fn a_number_from_a_command_line_loses_no_digits() {
    for whole in ["18446744073709551615", "-9223372036854775808", "-0", "1e30", "0.1234567890123456789"] {
        assert!(parse_value(whole).is_ok(), "{whole}");
    }
    for long in ["18446744073709551616", "-9223372036854775809", "12345678901234567890123"] {
        for (text, column) in [(long.to_owned(), 1), (format!("{{\"a\": [1, {long}]}}"), 11)] {
            let problems = parse_value(&text).unwrap_err();
            let [problem] = &problems.iter().collect::<Vec<_>>()[..] else { panic!("{problems}") };
            assert_eq!(
                (problem.kind(), problem.place().map(|it| it.column)),
                (ProblemKind::Size, Some(column))
            );
            assert!(problem.message().contains("64 bits") && problem.help().is_some(), "{problem}");
        }
    }
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let mut problems = Problems::none();
    assert_eq!((problems.is_empty(), problems.to_string()), (true, String::new()));
    for index in 0..MAX_PROBLEMS + 5 {
        assert_eq!(problems.is_full(), index >= MAX_PROBLEMS);
        problems.push(Problem::rule(Pointer::root().index(index), "is wrong"));
    }
    assert_eq!(
        (problems.len(), problems.omitted(), problems.iter().count()),
        (MAX_PROBLEMS + 5, 5, MAX_PROBLEMS)
    );
    assert!(problems.to_string().ends_with("/99: is wrong\nand 5 more"));
}

#[test]
fn texts_of_a_problem_are_cleaned_and_cut() {
    let text = "\u{1b}[31m\u{202e}\u{2028}".to_owned() + &"é".repeat(5000);
    let problem = Problem::new(ProblemKind::Rule, Pointer::root().key(&text), &text).with_help(&text);
    assert!(problem.message().starts_with(r"\u{1b}[31m\u{202e}\u{2028}é"));
    assert!(problem.message().len() <= 1024 && problem.help().unwrap().len() <= 1024);
    assert!(problem.to_string().len() <= 512 + 1024 + 1024 + 16);
    assert_eq!(problem.kind().name(), "rule");
    let kinds = [
        ProblemKind::Syntax,
        ProblemKind::Type,
        ProblemKind::Rule,
        ProblemKind::UnknownField,
        ProblemKind::Version,
        ProblemKind::NewerVersion,
        ProblemKind::Size,
        ProblemKind::Veto,
        ProblemKind::Overlay,
    ];
    let names = kinds.map(ProblemKind::name);
    let expected =
        ["syntax", "type", "rule", "unknown-field", "version", "newer-version", "size", "veto", "overlay"];
    assert_eq!(names, expected);
}

/// What a program finds in a document has the places that the decoder would give it, and shows as little.
#[test]
fn what_is_found_later_is_placed_in_the_text() {
    let text = "{\n \"version\": 1,\n \"models\": {\n  \"fast\": {\"upstream\": \"m\", \"enabled\": true,\n   \"allowed_keys\": [\"a\", \"b\"]}}}";
    let fast = Pointer::root().key("models").key("fast");
    let places = [
        (fast.key("allowed_keys").index(1), "5:26: /models/fast/allowed_keys/1"),
        (fast.key("enabled"), "4:40: /models/fast/enabled"),
        (fast.key("allowed_keys").key("sk-secret"), "5:20: /models/fast/allowed_keys/*"),
        (Pointer::root().key("retention").key("events_days"), "1:1: /retention/events_days"),
        (Pointer::root(), "1:1: (document)"),
    ];
    for (pointer, expected) in places {
        let mut problems = Problems::none();
        problems.push(Problem::veto(pointer.clone(), "is not taken").with_help("look"));
        let shown = placed::<Config>(text, problems.clone()).to_string();
        assert_eq!(shown, format!("{expected}: is not taken\n  help: look"));
        let elsewhere = placed::<Config>("no text of a document", problems).to_string();
        assert!(elsewhere.starts_with("1:1: ") && !elsewhere.contains("sk-secret"), "{elsewhere}");
    }
    let mut problems = Problems::none();
    problems.push(Problem::veto(fast.key("enabled"), "second"));
    problems.push(Problem::veto(fast, "first").about_key());
    let shown: Vec<_> = placed::<Config>(text, problems).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["4:3: /models/fast: first", "4:40: /models/fast/enabled: second"]);
}
