//! Every problem in one pass, each with its pointer, place and help; and what the gateway's schema defaults to.

use config_model::{
    AllowedKeys, Config, Features, Limits, Model, Place, ProblemKind, Retention, decode, decode_with,
};

use crate::support::{clean, config, problems};

#[test]
fn absent_parts_take_safe_defaults() {
    let bare = config(r#"{"version": 1}"#);
    assert_eq!(bare, Config::default());
    assert!(bare.models.is_empty());
    let retention = Retention { events_days: 90, traces_days: 7, traces_max_bytes: 104_857_600 };
    assert_eq!(bare.retention, retention);
    assert_eq!(bare.features, Features { auth: true, telemetry: false, debug: false });
    let empty = config(r#"{"version": 1, "models": {}, "retention": {}, "features": {}}"#);
    assert_eq!(empty, bare);
    let part = config(r#"{"version": 1, "retention": {"traces_days": 0}, "features": {"debug": true}}"#);
    assert_eq!(part.retention, Retention { traces_days: 0, ..retention });
    assert_eq!(part.features, Features { debug: true, ..Features::default() });
}

#[test]
fn null_is_no_default() {
    insta::assert_snapshot!(problems(r#"{"version": 1, "models": null, "retention": {"events_days": null}, "features": null}"#), @"
    1:26: /models: expected an object, found null
    1:61: /retention/events_days: expected a whole number, found null
    1:80: /features: expected an object, found null
    ");
}

#[test]
fn models_keep_their_order() {
    let aliases = ["z", "a", "m", "0", "-"];
    let models = aliases
        .map(|alias| format!(r#""{alias}": {{"upstream": "u", "enabled": true, "allowed_keys": []}}"#));
    let config = config(&format!(r#"{{"models": {{{}}}, "version": 1}}"#, models.join(", ")));
    assert!(config.models.keys().eq(aliases));
    let model = Model { upstream: "u".to_owned(), enabled: true, allowed_keys: AllowedKeys::only([]) };
    assert_eq!(config.models["m"], model);
}

#[test]
fn syntax_types_rules_and_missing_fields_come_together() {
    let text = r#"{
  "version": 1,
  "models": {
    "a": {"upstream": "https://evil.example", "enabled": "yes",},
    "b": ["gpt", true, ["*"]],
    "c": {"enabled": 1, "allowed_keys": "k"},
    " d": {"upstream": "", "enabled": true, "allowed_keys": ["*", "k", "k", "*", "", " k", 5]},
    "e": {}
  },
  "retention": {"events_days": 36501, "traces_days": "7", "traces_max_bytes": 9007199254740992},
  "features": {"auth": null, "debug": "false"}
}"#;
    insta::assert_snapshot!(problems(text), @r#"
    4:10: /models/a/allowed_keys: the field `allowed_keys` is missing
      help: add `"allowed_keys": ...`
    4:23: /models/a/upstream: must be a model id, not a URL: it has `//`
    4:58: /models/a/enabled: expected true or false, found a string
      help: remove the quotes
    4:63: /models/a: there is a comma after the last entry
      help: remove it; only a file whose name ends in .jsonc may have trailing commas
    5:10: /models/b: expected an object, found an array
      help: write `{"name": value}`
    6:10: /models/c/upstream: the field `upstream` is missing
      help: add `"upstream": ...`
    6:22: /models/c/enabled: expected true or false, found a number
    6:41: /models/c/allowed_keys: expected an array, found a string
      help: write `[...]`, also around a single value
    7:5: /models/ d: an alias must not start or end with white space
    7:24: /models/ d/upstream: must name a model
    7:62: /models/ d/allowed_keys/0: `*` stands beside other keys
      help: write ["*"] alone for any key, or list the keys without it
    7:72: /models/ d/allowed_keys/2: this key is listed twice
      help: remove one of the two
    7:77: /models/ d/allowed_keys/3: `*` stands beside other keys
      help: write ["*"] alone for any key, or list the keys without it
    7:77: /models/ d/allowed_keys/3: this key is listed twice
      help: remove one of the two
    7:82: /models/ d/allowed_keys/4: a key must not be empty
    7:86: /models/ d/allowed_keys/5: a key must not start or end with white space
    7:92: /models/ d/allowed_keys/6: expected a string, found a number
      help: put it in double quotes
    8:10: /models/e/allowed_keys: the field `allowed_keys` is missing
      help: add `"allowed_keys": ...`
    8:10: /models/e/enabled: the field `enabled` is missing
      help: add `"enabled": ...`
    8:10: /models/e/upstream: the field `upstream` is missing
      help: add `"upstream": ...`
    10:32: /retention/events_days: must be at most 36500 days; 0 keeps for ever
    10:54: /retention/traces_days: expected a whole number, found a string
      help: remove the quotes
    10:79: /retention/traces_max_bytes: must be at most 9007199254740991 bytes (2^53 - 1); 0 is no limit
    11:24: /features/auth: expected true or false, found null
    11:39: /features/debug: expected true or false, found a string
      help: remove the quotes
    "#);
}

#[test]
fn a_field_missing_from_many_models_is_reported_for_each() {
    let models: Vec<_> = (0..90).map(|index| format!("\n\"m{index}\": {{\"enabled\": true}}")).collect();
    let problems = problems(format!("{{\"version\": 1, \"models\": {{{}}}}}", models.join(",")));
    assert_eq!((problems.len(), problems.iter().count()), (180, 100));
    let last = problems.iter().last().unwrap().to_string();
    assert_eq!(
        last,
        "51:8: /models/m49/upstream: the field `upstream` is missing\n  help: add `\"upstream\": ...`"
    );
    assert!(problems.to_string().ends_with("\nand 80 more"));
}

#[test]
fn only_digits_are_whole_numbers() {
    let misfits = [
        "1.0",
        "1e3",
        "-0",
        "-1",
        "1E0",
        "0.0",
        "18446744073709551616",
        "99999999999999999999999999",
        "\"1\"",
        "true",
        "[1]",
    ];
    for number in misfits {
        let problems = problems(format!(r#"{{"version": 1, "retention": {{"events_days": {number}}}}}"#));
        assert_eq!(problems.len(), 1, "{number}: {problems}");
        assert!(
            problems.to_string().starts_with("1:45: /retention/events_days: expected a whole number"),
            "{problems}"
        );
    }
    insta::assert_snapshot!(problems(r#"{"version": 1, "retention": {"events_days": 1.0, "traces_days": "1"}}"#), @"
    1:45: /retention/events_days: expected a whole number, 0 or more
      help: write it in digits, without a fraction or an exponent
    1:65: /retention/traces_days: expected a whole number, found a string
      help: remove the quotes
    ");
    let most = config(
        r#"{"version": 1, "retention": {"events_days": 36500, "traces_max_bytes": 9007199254740991}}"#,
    );
    assert_eq!(most.retention.traces_max_bytes, (1 << 53) - 1);
}

#[test]
fn the_version_is_required_and_ours() {
    for (version, shown) in [
        ("\"1\"", "found a string"),
        ("1.0", "found a number"),
        ("-1", "found a number"),
        ("1e0", "found a number"),
        ("null", "found null"),
        ("[1]", "found an array"),
    ] {
        let problems = problems(format!(r#"{{"version": {version}, "features": {{"auth": 1}}}}"#));
        assert_eq!(problems.len(), 2, "{problems}");
        let first = problems.iter().next().unwrap();
        assert_eq!(first.kind(), ProblemKind::Version);
        assert_eq!(first.message(), format!("the version must be a whole number, {shown}"));
        assert_eq!(first.place(), Some(Place { line: 1, column: 13 }));
    }
    insta::assert_snapshot!(problems(r#"{"models": {"a": 1}}"#), @r#"
    1:1: /version: the field `version` is missing
      help: write `"version": 1`
    1:18: /models/a: expected an object, found a number
    "#);
    insta::assert_snapshot!(problems(r#"{"version": 0}"#), @"
    1:13: /version: version 0 is not read by this program, only 1 to 1
      help: bring it up with the program's older releases, or write it anew
    ");
    insta::assert_snapshot!(problems(r#"{"version": 2, "models": 5}"#), @"
    1:13: /version: the document's version 2 is newer than version 1 of this program
      help: use a newer program; this one leaves the file as it is
    ");
    insta::assert_snapshot!(problems(r#"{"version": 18446744073709551617123}"#), @"
    1:13: /version: the document's version 18446744073709551617… is newer than version 1 of this program
      help: use a newer program; this one leaves the file as it is
    ");
    // What cannot be read is said once, by the parser.
    assert_eq!(problems(r#"{"version": 01}"#).len(), 1);
    assert_eq!(problems(r"{version: 1}").len(), 1);
    assert_eq!(problems(r#"{"versi\on": 1}"#).len(), 1);
    assert!(problems(r#"{"version": 2, "version": 1,}"#).has(ProblemKind::NewerVersion));
}

#[test]
fn unknown_fields_warn_and_strict_refuses_them() {
    let text = r#"{"$schema": "s", "version": 1, "modles": {}, "": 1,
 "models": {"a": {"upstream": "u", "enabled": true, "allowed_keys": [], "alowed_keys": ["k"], "$schema": 1, "version": 1}},
 "features": {"Debug": true, "a name far from all others": 1}}"#;
    let decoded = decode::<Config>(text.as_bytes()).unwrap();
    insta::assert_snapshot!(decoded.warnings, @"
    1:32: /modles: this field is not known
      help: did you mean `models`?
    1:46: /: this field is not known
      help: known here: models, retention, features
    2:73: /models/a/alowed_keys: this field is not known
      help: did you mean `allowed_keys`?
    2:95: /models/a/$schema: this field is not known
      help: known here: upstream, enabled, allowed_keys
    2:109: /models/a/version: this field is not known
      help: known here: upstream, enabled, allowed_keys
    3:15: /features/Debug: this field is not known
      help: did you mean `debug`?
    3:30: /features/a name far from all others: this field is not known
      help: known here: auth, telemetry, debug
    ");
    let strict = Limits { strict: true, ..Limits::default() };
    let refused = decode_with::<Config>(text.as_bytes(), strict).unwrap_err();
    assert_eq!(refused, decoded.warnings);
    assert!(refused.iter().all(|problem| problem.kind() == ProblemKind::UnknownField));
    decode_with::<Config>(br#"{"$schema": "s", "version": 1}"#, strict).unwrap();
}

#[test]
fn names_are_shown_without_control_characters() {
    let text = r#"{"version": 1, "models": {
"a\u001b[2Jb": 1, "\u202egpj\u2066\u061c\u200b\ufeff": 1, "\n\r": 1, "a/b~c": 1, "\u0085\u009b31m": 1}}"#;
    let problems = problems(text);
    insta::assert_snapshot!(problems, @r"
    2:1: /models/a\u{1b}[2Jb: an alias must not hold control characters
    2:16: /models/a\u{1b}[2Jb: expected an object, found a number
    2:56: /models/\u{202e}gpj\u{2066}\u{61c}\u{200b}\u{feff}: expected an object, found a number
    2:59: /models/\u{a}\u{d}: an alias must not hold control characters
    2:67: /models/\u{a}\u{d}: expected an object, found a number
    2:79: /models/a~1b~0c: expected an object, found a number
    2:82: /models/\u{85}\u{9b}31m: an alias must not hold control characters
    2:101: /models/\u{85}\u{9b}31m: expected an object, found a number
    ");
    assert_eq!(problems.iter().nth(5).unwrap().pointer().as_str(), "/models/a~1b~0c");
}

#[test]
fn huge_names_and_values_are_cut_in_messages() {
    let name = "\\u0007n".repeat(1 << 18);
    let text = format!(
        r#"{{"version": 1, "{name}": "{name}", "models": {{"{name}": {{"upstream": "{name}", "enabled": "{name}",
"allowed_keys": ["{name}"], "{name}": 1, "x": 1,}}}}}}"#
    );
    let refused = problems(&text);
    clean(&refused);
    assert_eq!(refused.len(), 5, "{refused}");
    // A rule's place is found by a name that was cut.
    let long = "n".repeat(600);
    let text = format!(
        r#"{{"version": 1, "models": {{"m": {{"upstream": "u", "enabled": true, "allowed_keys": []}},
  "{long}": {{"upstream": "u", "enabled": true, "allowed_keys": []}}}}}}"#
    );
    let refused = problems(&text);
    assert!(refused.to_string().starts_with("2:3: /models/nnnnnn"), "{refused}");
    assert!(refused.to_string().ends_with("…: an alias must be at most 256 bytes"), "{refused}");
}

const MISSPELT: &str = r#"{
  "version": 1,
  "models": {"fast": {"upsteam": "gpt", "enabled": true, "allowed_keys": ["*"]}},
  "fetures": {"debug": true},
  "retention": {"events_dayz": 3, "traces_days": "x"}
}"#;

#[test]
fn what_is_odd_stands_beside_what_is_wrong() {
    let found = problems(MISSPELT);
    insta::assert_snapshot!(found, @r#"
    3:22: /models/fast/upstream: the field `upstream` is missing
      help: `upsteam` is not known here: rename it, if it was meant to be `upstream`
    5:50: /retention/traces_days: expected a whole number, found a string
      help: remove the quotes
    "#);
    insta::assert_snapshot!(found.warnings(), @r#"
    3:23: /models/fast/upsteam: this field is not known
      help: did you mean `upstream`?
    4:3: /fetures: this field is not known
      help: did you mean `features`?
    5:17: /retention/events_dayz: this field is not known
      help: did you mean `events_days`?
    "#);
    assert!(found.warnings().iter().all(|warning| warning.excerpt().is_some()));
    assert!(!found.has(ProblemKind::UnknownField) && found.warnings().warnings().is_empty());
    let strict = Limits { strict: true, ..Limits::default() };
    let strict = decode_with::<Config>(MISSPELT.as_bytes(), strict).unwrap_err();
    assert_eq!(strict.len(), found.len() + found.warnings().len());
    assert!(strict.warnings().is_empty());
}

#[test]
fn problems_and_warnings_are_bounded_together() {
    let odd = (0..300).map(|number| format!("\"x-{number}\": 0, ")).collect::<Vec<_>>().concat();
    let wrong = (0..60).map(|number| format!("\"{number}\": 0, ")).collect::<Vec<_>>().concat();
    let found = problems(format!("{{{odd}\"models\": {{{wrong}\"z\": 0}}, \"version\": 1}}"));
    assert_eq!((found.iter().count(), found.len()), (61, 61));
    assert_eq!((found.warnings().iter().count(), found.warnings().len()), (39, 300));
}

#[test]
fn a_missing_field_names_what_was_meant_to_be_it() {
    let help = |model: &str| {
        let found = problems(format!("{{\"version\": 1, \"models\": {{\"a\": {model}}}}}"));
        let missing = found.iter().find(|problem| problem.pointer().as_str() == "/models/a/upstream");
        missing.and_then(|missing| missing.help()).expect("it is missing").to_owned()
    };
    let rest = "\"enabled\": true, \"allowed_keys\": []";
    let renamed = "is not known here: rename it, if it was meant to be `upstream`";
    assert_eq!(help(&format!("{{\"Upstream\": \"u\", {rest}}}")), format!("`Upstream` {renamed}"));
    assert_eq!(help(&format!("{{{rest}, \"upstraem\": \"u\"}}")), format!("`upstraem` {renamed}"));
    for other in ["x-note", "enbled", "sk-secret", "upstream-of-somebody-else"] {
        assert_eq!(help(&format!("{{\"{other}\": \"u\", {rest}}}")), "add `\"upstream\": ...`");
    }
}
