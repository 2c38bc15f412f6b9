//! Every kind of problem, as people see it: the line, a caret, the pointer, the remedy, and no secret.

use insta::assert_snapshot;

use crate::place::Place;

/// What `validate` says of a text.
fn validated(text: impl AsRef<[u8]>) -> String {
    let place = Place::with("");
    place.write(text.as_ref());
    place.run(&["validate"])
}

#[test]
fn a_slip_of_syntax() {
    assert_snapshot!(validated("{\n  \"version\": 1,\n  \"features\": {\"debug\": True,},\n}\n"), @r#"
    exit status: 3
    error: this word is not a JSON value
     --> DIR/config.json:3:25
      |
    3 |   "features": {"debug": …,},
      |                         ^
      |
      = at: /features/debug
      = help: use true, false or null in lower case, or put the text in `"`
    error: there is a comma after the last entry
     --> DIR/config.json:3:29
      |
    3 |   "features": {"debug": …,},
      |                          ^
      |
      = at: /features
      = help: remove it; only a file whose name ends in .jsonc may have trailing commas
    error: there is a comma after the last entry
     --> DIR/config.json:3:31
      |
    3 |   "features": {"debug": …,},
      |                            ^
      |
      = at: (document)
      = help: remove it; only a file whose name ends in .jsonc may have trailing commas
    error: DIR/config.json is not valid: 3 problems
    "#);
    assert_snapshot!(validated("{\n  // the key is sk-secret, {see} the wiki\n  'version': 1\n  models: {}\n}\n"), @r#"
    exit status: 3
    error: JSON has no comments
     --> DIR/config.json:2:3
      |
    2 |   …
      |   ^
      |
      = at: (document)
      = help: remove it; only a file whose name ends in .jsonc may have comments: rename it, and open it by that name
    error: a string needs double quotes, not single ones
     --> DIR/config.json:3:3
      |
    3 |   'version': 1
      |   ^^^^^^^^^
      |
      = at: (document)
      = help: JSON strings and names are written in `"`
    error: a comma is missing before this
     --> DIR/config.json:4:3
      |
    4 |   …: {}
      |   ^
      |
      = at: (document)
      = help: separate entries with `,`
    error: a name needs double quotes
     --> DIR/config.json:4:3
      |
    4 |   …: {}
      |   ^
      |
      = at: (document)
      = help: JSON strings and names are written in `"`
    error: DIR/config.json is not valid: 4 problems
    "#);
}

#[test]
fn a_text_that_cannot_be_read_on() {
    assert_snapshot!(validated("{\n  \"version\": 1,\n  \"models\": {\"fast\": {\"upstream\": \"gpt-mini, \"enabled\": true}}\n}\n"), @r#"
    exit status: 3
    error: a comma is missing before this
     --> DIR/config.json:3:47
      |
    3 |   "models": {"fast": {"upstream": "…"……}}
      |                                      ^
      |
      = at: /models/fast
      = help: separate entries with `,`
    error: a name needs double quotes
     --> DIR/config.json:3:47
      |
    3 |   "models": {"fast": {"upstream": "…"……}}
      |                                      ^
      |
      = at: /models/fast
      = help: JSON strings and names are written in `"`
    error: a colon is missing after a name
     --> DIR/config.json:3:54
      |
    3 |   "models": {"fast": {"upstream": "…"……}}
      |                                       ^
      |
      = at: /models/fast
      = help: write `"name": value`
    error: this string is not closed on its line
     --> DIR/config.json:3:54
      |
    3 |   "models": {"fast": {"upstream": "…"……}}
      |                                       ^
      |
      = at: /models/fast/
      = help: close it with `"`; a line break inside a string is written \n
    error: DIR/config.json is not valid: 4 problems
    "#);
    assert_snapshot!(validated("{\"version\": 1, \"models\": {\"fast\": {\"upstream\": \"gpt-mini\", \"allowed_keys\": [\"sk-se"), @r#"
    exit status: 3
    error: the text ends inside a string
     --> DIR/config.json:1:83
      |
    1 | {"version": 1, "models": {"fast": {"upstream": "…", "allowed_keys": […
      |                                                                       ^
      |
      = at: /models/fast/allowed_keys/0
      = help: the file looks cut off: finish it, or restore a whole copy
    error: DIR/config.json is not valid: 1 problem
    "#);
    assert_snapshot!(validated("{\"version\": 1}\n"), @"
    exit status: 0
    DIR/config.json is valid
    ");
    assert_snapshot!(validated(""), @r#"
    exit status: 3
    error: the text is empty
     --> DIR/config.json:1:1
      |
    1 |
      | ^
      |
      = at: (document)
      = help: an empty file is never taken for defaults: restore it, or write `{"version": ...}`
    error: DIR/config.json is not valid: 1 problem
    "#);
}

#[test]
fn a_text_that_cannot_be_read_at_all() {
    assert_snapshot!(validated(b"{\"version\": 1, \"note\": \"caf\xe9\"}\n"), @r#"
    exit status: 3
    error: the text is not UTF-8 from here on
     --> DIR/config.json:1:28
      |
    1 | {"version": 1, "…": …
      |                      ^
      |
      = at: (document)
      = help: save the file as UTF-8
    error: DIR/config.json is not valid: 1 problem
    "#);
    assert_snapshot!(validated("{\"version\": 1, \"a\": @sk-secret, \"b\": [1]}"), @r#"
    exit status: 3
    error: a value cannot start with this character
     --> DIR/config.json:1:21
      |
    1 | {"version": 1, "a": …]}
      |                     ^
      |
      = at: /a
      = help: see https://www.json.org
    error: DIR/config.json is not valid: 1 problem
    "#);
}

#[test]
fn a_value_of_another_type_or_none() {
    assert_snapshot!(validated("{\n  \"version\": 1,\n\t\"models\": {\n\t\t\"fast\": {\"upstream\": 5, \"enabled\": \"yes\"}\n\t}\n}\n"), @r#"
    exit status: 3
    error: the field `allowed_keys` is missing
     --> DIR/config.json:4:11
      |
    4 |         "fast": {"upstream": …, "enabled": "…"}
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = at: /models/fast/allowed_keys
      = help: add `"allowed_keys": ...`
    error: expected a string, found a number
     --> DIR/config.json:4:24
      |
    4 |         "fast": {"upstream": …, "enabled": "…"}
      |                              ^
      |
      = at: /models/fast/upstream
      = help: put it in double quotes
    error: expected true or false, found a string
     --> DIR/config.json:4:38
      |
    4 |         "fast": {"upstream": …, "enabled": "…"}
      |                                            ^^^
      |
      = at: /models/fast/enabled
      = help: remove the quotes
    error: DIR/config.json is not valid: 3 problems
    "#);
    assert_snapshot!(validated("{\"version\": \"1\"}"), @r#"
    exit status: 3
    error: the version must be a whole number, found a string
     --> DIR/config.json:1:13
      |
    1 | {"version": "…"}
      |             ^^^
      |
      = at: /version
      = help: write `"version": 1`
    error: DIR/config.json is not valid: 1 problem
    "#);
    assert_snapshot!(validated("{\"models\": {}}"), @r#"
    exit status: 3
    error: the field `version` is missing
     --> DIR/config.json:1:1
      |
    1 | {"models": {}}
      | ^^^^^^^^^^^^^^
      |
      = at: /version
      = help: write `"version": 1`
    error: DIR/config.json is not valid: 1 problem
    "#);
    assert_snapshot!(validated("{\"version\": 12}"), @r#"
    exit status: 3
    error: the document's version 12 is newer than version 1 of this program
     --> DIR/config.json:1:13
      |
    1 | {"version": 12}
      |             ^^
      |
      = at: /version
      = help: use a newer program; this one leaves the file as it is
    error: DIR/config.json is not valid: 1 problem
    "#);
}

#[test]
fn a_rule_that_is_broken() {
    let models = r#"{"version": 1,
  "models": {
    "漢字のモデル": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["sk-1", "*"]},
    "a": {"upstream": "https://sk-secret", "enabled": true, "allowed_keys": []}
  },
  "retention": {"events_days": 90, "traces_days": 99999}
}"#;
    assert_snapshot!(validated(models), @r#"
    exit status: 3
    error: `*` stands beside other keys
     --> DIR/config.json:3:82
      |
    3 |     "漢字のモデル": {"upstream": "…", "enabled": true, "allowed_keys": ["…", "…"]},
      |                                                                              ^^^
      |
      = at: /models/漢字のモデル/allowed_keys/1
      = help: write ["*"] alone for any key, or list the keys without it
    error: must be a model id, not a URL: it has `//`
     --> DIR/config.json:4:23
      |
    4 |     "a": {"upstream": "…", "enabled": true, "allowed_keys": []}
      |                       ^^^
      |
      = at: /models/a/upstream
    error: must be at most 36500 days; 0 keeps for ever
     --> DIR/config.json:6:51
      |
    6 |   "retention": {"events_days": 90, "traces_days": 99999}
      |                                                   ^^^^^
      |
      = at: /retention/traces_days
    error: DIR/config.json is not valid: 3 problems
    "#);
}

#[test]
fn a_field_that_nobody_knows() {
    assert_snapshot!(validated("{\"version\": 1, \"features\": {\"debgu\": true, \"token\": \"sk-secret\"}}"), @r#"
    exit status: 0
    DIR/config.json is valid
    warning: this field is not known
     --> DIR/config.json:1:29
      |
    1 | {"version": 1, "features": {"debgu": true, "…": "…"}}
      |                             ^^^^^^^
      |
      = at: /features/debgu
      = help: did you mean `debug`?
    warning: this field is not known
     --> DIR/config.json:1:44
      |
    1 | {"version": 1, "features": {"…": true, "token": "…"}}
      |                                        ^^^^^^^
      |
      = at: /features/token
      = help: known here: auth, telemetry, debug
    "#);
}

#[test]
fn a_name_that_is_there_twice() {
    assert_snapshot!(validated("{\"version\": 1, \"features\": {\"debug\": true, \"debug\": false}}"), @r#"
    exit status: 3
    error: this name was already used in the same object
     --> DIR/config.json:1:44
      |
    1 | {"version": 1, "features": {"debug": true, "debug": false}}
      |                                            ^^^^^^^
      |
      = at: /features/debug
      = help: keep one of the two: readers differ in which one wins
    error: DIR/config.json is not valid: 1 problem
    "#);
}
