//! How problems are printed, whatever they are: by each command, how many, in which colours.

use insta::assert_snapshot;

use crate::place::Place;

#[test]
fn many_are_counted() {
    let fields: Vec<String> = (0..150).map(|n| format!("\"f{n}\": 0")).collect();
    let text = format!("{{\"version\": 1,\n{}\n}}", fields.join(",\n"));
    let place = Place::with(&text);
    let said = place.run(&["validate", "--strict"]);
    assert_eq!(said.matches("this field is not known").count(), 20, "{said}");
    assert!(said.contains("\nand 130 more; `--json` lists up to 100\n"), "{said}");
    let json = place.run(&["validate", "--strict", "--json"]);
    assert_eq!(json.matches("this field is not known").count(), 100);
    assert!(json.contains("\"omitted\":50"), "{json}");
}

/// Each command that reads the file says the same of one that is broken.
#[test]
fn every_command_shows_the_place() {
    let place = Place::with("{\n  \"version\": 1,\n  \"features\": {\"debug\": 1}\n}\n");
    let excerpt = "3 |   \"features\": {\"debug\": …}\n  |                         ^\n";
    for command in [
        &["show"][..],
        &["get", "/features"],
        &["set", "/features/debug", "true"],
        &["unset", "/features"],
        &["validate"],
        &["status"],
        &["migrate"],
        &["doctor"],
        &["init"],
        &["watch"],
    ] {
        let said = place.run(command);
        assert!(said.contains(excerpt) && said.contains("config.json:3:25"), "{command:?}: {said}");
    }
}

#[test]
fn a_change_that_would_be_wrong_shows_the_line_that_it_would_make() {
    let place = Place::with("{\n  \"version\": 1,\n  \"features\": {\"debug\": true}\n}\n");
    assert_snapshot!(place.run(&["set", "/features/debug", "1"]), @r#"
    exit status: 3
    error: expected true or false, found a number
     --> <changed>:3:25
      |
    3 |   "features": {"debug": …}
      |                         ^
      |
      = at: /features/debug
    error: the change was refused, the file is as it was: 1 problem
    "#);
    assert_snapshot!(place.run(&["set", "/models", "{\"sk-secret\": [1,]}"]), @r#"
    exit status: 3
    error: there is a comma after the last entry
     --> <value>:1:17
      |
    1 | {"…": […,]}
      |         ^
      |
      = at: (document)
      = help: remove it; only a file whose name ends in .jsonc may have trailing commas
    error: the value is not JSON, the file is as it was
    "#);
}

/// Colours on a terminal only, or when asked for.
#[test]
fn colours_are_a_choice() {
    let place = Place::with("{");
    let said = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.command(args);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    for (args, variables, is_colored) in [
        (&["validate"][..], &[][..], false),
        (&["validate", "--color", "always"], &[], true),
        (&["--color=always", "validate"], &[("NO_COLOR", "1")], true),
        (&["validate", "--color=never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["validate"], &[("CLICOLOR_FORCE", "1")], true),
        (&["validate"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["frobnicate"], &[], false),
        (&["frobnicate", "--color", "always"], &[], true),
        (&["--color=always", "frobnicate"], &[("NO_COLOR", "1")], true),
        (&["frobnicate"], &[("CLICOLOR_FORCE", "1")], true),
        (&["validate", "--json", "--color", "always"], &[], false),
    ] {
        let said = said(args, variables);
        assert_eq!(said.contains('\u{1b}'), is_colored, "{args:?} {variables:?}: {said}");
    }
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let models: Vec<String> = (0..300)
        .map(|n| format!(r#""m{n}": {{"upstream": "u{n}", "enabled": true, "allowed_keys": ["sk-{n}"]}}"#))
        .collect();
    let text = format!("{{\"version\": 1, \"models\": {{{}}}}}", models.join(", "));
    assert_snapshot!(Place::with(&text.replace("\"u150\"", "7")).run(&["validate"]), @r#"
    exit status: 3
    error: expected a string, found a number
     --> DIR/config.json:1:10968
      |
    1 | …, "allowed_keys": ["…"]}, "m150": {"upstream": …, "enabled": true, "allowed_keys": ["…"]}, "m151": {"upstream": "…", …
      |                                                 ^
      |
      = at: /models/m150/upstream
      = help: put it in double quotes
    error: DIR/config.json is not valid: 1 problem
    "#);
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let text = "{\"version\": 1, \"models\": {\"a\u{202e}b\u{9b}31m\": {\"upstream\": \"u\", \"enabled\": 1, \"allowed_keys\": []}}}";
    assert_snapshot!(Place::with(text).run(&["validate"]), @r#"
    exit status: 3
    error: an alias must not hold control characters
     --> DIR/config.json:1:27
      |
    1 | {"version": 1, "models": {"a\u{202e}b\u{9b}31m": {"upstream": "…", "enabled": …, "allowed_keys": []}}}
      |                           ^^^^^^^^^^^^^^^^^^^^^
      |
      = at: /models/a\u{202e}b\u{9b}31m
    error: expected true or false, found a number
     --> DIR/config.json:1:67
      |
    1 | {"version": 1, "models": {"a\u{202e}b\u{9b}31m": {"upstream": "…", "enabled": …, "allowed_keys": []}}}
      |                                                                               ^
      |
      = at: /models/a\u{202e}b\u{9b}31m/enabled
    error: DIR/config.json is not valid: 2 problems
    "#);
}

/// Two crates escape what could deceive whoever reads a terminal, and neither knows the other.
#[test]
fn the_model_and_the_file_s_path_escape_the_same_characters() {
    for character in ('\0'..=char::MAX).filter(|character| !matches!(character, '~' | '/')) {
        let text = character.to_string();
        let by_the_model = config_model::Pointer::root().key(&text).to_string() != format!("/{text}");
        let by_the_path = config_fs::shown(std::path::Path::new(&text)).to_string() != text;
        assert_eq!(
            (by_the_model, by_the_path),
            (config_fs::is_deceptive(character), config_fs::is_deceptive(character)),
            "{}",
            character.escape_unicode()
        );
    }
}

/// In JSON too, and a reader of JSON finds what was there.
#[test]
fn what_is_escaped_in_json_means_the_same() {
    let alias = "a\u{180e}b\u{fff9}c\u{e0041}d\u{202e}e";
    let place = Place::with(&format!(
        "{{\"version\": 1, \"models\": {{\"{alias}\": {{\"upstream\": \"u\", \"enabled\": true, \"allowed_keys\": [\"*\"]}}}}}}"
    ));
    for args in [&["show"][..], &["--json", "show"]] {
        let output = place.command(args).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            !said.contains(|character| config_fs::is_deceptive(character) && character != '\n'),
            "{said:?}"
        );
        assert!(said.contains(r"\u180e") && said.contains(r"\udb40\udc41"), "{said}");
        let value: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert!(value["models"].get(alias).is_some(), "{value}");
    }
}
