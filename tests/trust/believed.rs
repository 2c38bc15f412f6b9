//! What bytes are believed: the same by every way in, never a default for something broken, and nothing but what they say.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use acceptance::configctl::{Watching, configctl};
use acceptance::gateway::Gateway;
use acceptance::persona::personas;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;

use crate::support::{COMMANDS, accepted, watching};

/// Values that some parsers take and others do not, or that they take for different things.
const DIFFERENTIALS: [&str; 14] = [
    r#"{"upstream": "a", "upstream": "b", "enabled": true, "allowed_keys": []}"#,
    r#"{"upstream": "a", "enabled": true, "enabled": true, "allowed_keys": []}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": ["*"], "allowed_keys": []}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": [], "\u0061llowed_keys": ["*"]}"#,
    r#"["a", true, []]"#,
    r#"{"upstream": "a", "enabled": 1, "allowed_keys": []}"#,
    r#"{"upstream": "a", "enabled": "true", "allowed_keys": []}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": "*"}"#,
    r#"{"upstream": "a", "enabled": true}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": [],}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": [] /* none */}"#,
    r#"{"upstream": "a", "enabled": true, "allowed_keys": ["\ud800"]}"#,
    r#"{"upstream": "a", "enabled": NaN, "allowed_keys": []}"#,
    "{'upstream': 'a', 'enabled': true, 'allowed_keys': []}",
];

#[test]
fn one_decoder_by_file_argument_standard_input_and_reload() {
    for who in personas() {
        let good = with_alias("fast");
        let served = who.place(&good);
        let watching = watching(*who, &served.file());
        for value in DIFFERENTIALS {
            let text = format!("{{\"version\": 1, \"models\": {{\"m\": {value}}}}}");
            let place = who.place(&text);
            assert_eq!(who.configctl(&place.file(), &["validate"]).code, 3, "file: {value}");
            assert_eq!(
                who.configctl(&place.file(), &["set", "/features/debug", "true"]).code,
                3,
                "update: {value}"
            );
            assert_eq!(place.text(), text);
            let whole = who.place(&good);
            let done = who.configctl(&whole.file(), &["set", "/models/m", value]);
            assert_eq!((done.code, whole.text()), (3, good.clone()), "argument: {value}: {done:?}");
            let mut piped = who.program("configctl");
            piped.args(["validate", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut piped = piped.spawn().expect("configctl");
            piped.stdin.take().expect("its input").write_all(text.as_bytes()).expect("a reader");
            assert_eq!(piped.wait().expect("an end").code(), Some(3), "standard input: {value}");
            served.rename_over(&text);
            who.owns(&served.file());
            let event = watching.next();
            assert_eq!(event["event"], "rejected", "reload: {value}: {event}");
        }
        served.rename_over(with_alias("fixed"));
        who.owns(&served.file());
        accepted(&watching);
    }
}

/// Fail-open: what is broken is never taken for "nothing is configured".
#[test]
fn nothing_broken_is_taken_for_defaults() {
    let good = with_alias("fast");
    let torn = good.as_bytes().get(..good.len() / 2).expect("half of it");
    let zeros = vec![0; good.len()];
    for who in personas() {
        for broken in [&b""[..], b" \n", b"null", b"{}", b"[]", b"\0", torn, &zeros] {
            let place = who.place("");
            place.write(broken);
            for command in [&["show"][..], &["init"], &["watch"], &["set", "/features/debug", "true"]] {
                let done = who.configctl(&place.file(), command);
                assert_eq!(done.code, 3, "{command:?} on {broken:?}: {done:?}");
            }
            assert_eq!(place.text().as_bytes(), broken);
        }
        let place = who.place(&good);
        let watching = watching(*who, &place.file());
        for broken in [&b""[..], torn, &zeros] {
            place.write(broken);
            assert_eq!(watching.next()["event"], "rejected");
        }
        place.remove();
        assert_eq!(watching.next()["event"], "missing");
        assert!(!place.file().exists(), "nothing is written where a file was deleted");
    }
}

#[test]
fn an_empty_list_of_keys_lets_nobody_in() {
    let place = Place::with(
        r#"{"version": 1, "features": {"auth": false}, "models": {
            "nobody": {"upstream": "u", "enabled": true, "allowed_keys": []},
            "one": {"upstream": "u", "enabled": true, "allowed_keys": ["k"]}}}"#,
    );
    let gateway = Gateway::start(&place.file());
    for key in [None, Some("k"), Some("*"), Some("")] {
        assert_ne!(gateway.ask("nobody", key).status, 200, "{key:?}");
        assert_eq!(gateway.ask("one", key).status == 200, key == Some("k"), "{key:?}");
    }
}

#[test]
fn accepted_names_come_back_byte_for_byte() {
    for who in personas() {
        let place = who.place("{\"version\": 1}\n");
        for name in [
            "a/b~c",
            "é",
            "e\u{301}",
            "\u{1F600}",
            "\"quoted\"",
            "back\\slash",
            "-",
            "~1",
            "..",
            "\u{202e}x",
            "a b",
        ] {
            let value = serde_json::json!({name: {"upstream": "u", "enabled": true, "allowed_keys": [name]}});
            let done = who.configctl(&place.file(), &["set", "/models", &value.to_string()]);
            assert_eq!(done.code, 0, "{name:?}: {done:?}");
            let read: serde_json::Value = serde_json::from_str(&place.text()).expect("JSON");
            assert_eq!(read["models"], value, "{name:?}");
            let shown = who.configctl(&place.file(), &["get", "/models"]);
            let shown: serde_json::Value = serde_json::from_str(&shown.out).expect("JSON");
            assert_eq!(shown, value, "{name:?}");
        }
    }
}

#[test]
fn a_newer_version_is_never_overwritten() {
    let newer = "{\"version\": 2, \"models\": {\"new\": [1, 2]}, \"more\": true}\n";
    for who in personas() {
        let place = who.place(newer);
        for command in [
            &["set", "/features/debug", "true"][..],
            &["unset", "/more"],
            &["init"],
            &["migrate"],
            &["watch"],
        ] {
            let done = who.configctl(&place.file(), command);
            assert_eq!(done.code, 3, "{command:?}: {done:?}");
            assert!(done.err.contains("version 2 is newer than version 1"), "{command:?}: {done:?}");
        }
        assert_eq!(place.text(), newer);
        place.write(with_alias("good"));
        let watching: Watching = watching(*who, &place.file());
        place.write(newer);
        assert_eq!(watching.next()["event"], "rejected");
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 3);
        assert_eq!(place.text(), newer);
    }
}

/// No argument ends in a panic.
#[test]
fn arguments_and_variables_that_make_no_sense_are_told() {
    let place = Place::with(&with_alias("fast"));
    for arguments in [
        &["get", "no pointer"][..],
        &["set", "", "{}"],
        &["set", "/models/fast/enabled", "\u{1b}[31m"],
        &["--max-bytes", "99999999999999999999", "show"],
        &["--max-bytes", "-1", "show"],
        &["set", "/x", "1", "--if-revision", "zz"],
    ] {
        let done = configctl(&place.file(), arguments);
        assert!((1..=6).contains(&done.code), "{arguments:?}: {done:?}");
        assert!(!done.err.contains('\u{1b}') && !done.err.contains("panicked"), "{arguments:?}: {done:?}");
    }
    for variable in ["XDG_DATA_HOME", "HOME", "RUST_LOG", "NO_COLOR", "LC_ALL"] {
        for value in ["", "relative", "/nowhere/at/all", "\u{1b}[31m", "a=b=c,,=,"] {
            let mut path = program("configctl");
            path.arg("--file").arg(place.file()).arg("show").env(variable, value);
            let done = acceptance::configctl::run(path);
            assert_eq!(done.code, 0, "{variable}={value:?}: {done:?}");
        }
    }
}

/// Whoever can name a directory, make a link, or name an alias could otherwise speak for the program on the operator's
/// terminal.
#[test]
fn no_control_character_of_a_name_reaches_a_terminal() {
    for name in NAMES {
        for (text, mode) in
            [(with_alias("fast"), 0o770), (with_alias("fast"), 0o777), ("{".to_owned(), 0o755)]
        {
            let place = Place::with(&text);
            let directory = place.directory().join(name);
            std::fs::create_dir(&directory).expect("a directory");
            let file = directory.join("config.json");
            Place::rename(&place.file(), &file);
            std::os::unix::fs::symlink(&file, directory.join("link.json")).expect("a link");
            acceptance::persona::chmod(&directory, mode);
            for path in [&file, &directory.join("link.json"), &directory.join("missing.json")] {
                for command in COMMANDS.iter().chain(&[&["doctor"][..]]) {
                    nothing_moves(path, command);
                }
            }
        }
    }
}

#[test]
fn nor_one_of_an_alias() {
    let escaped = |name: &str| serde_json::Value::from(name).to_string().trim_matches('"').to_owned();
    for name in NAMES {
        let place = Place::with(&with_alias(&escaped(name)));
        let commands =
            [&["doctor"][..], &["get", "/nothing"], &["get", "/models/nothing"], &["get", "/models"]];
        for command in COMMANDS.iter().chain(&commands) {
            nothing_moves(&place.file(), command);
        }
    }
    // An alias may have these in its name, others may not.
    for name in NAMES.iter().filter(|name| !name.contains(char::is_control)) {
        for json in [&[][..], &["--json"]] {
            let named = |name: &str| with_alias(name).replace(&format!("up-{name}"), "up-1");
            let place = Place::with(&named(name));
            let mut command = program("configctl");
            command.arg("--file").arg(place.file()).arg("watch").args(json);
            let watching = Watching::lines(command);
            watching.until("revision");
            place.write(named(&format!("{name}{name}")));
            is_still(&watching.until("up-1"));
            place.write(named(name).replace("enabled", &format!("enabled{name}")));
            is_still(&watching.until("enabled"));
        }
    }
}

/// Each would move a cursor, hide, or turn around what follows.
const NAMES: [&str; 13] = [
    "a\u{1b}[31mb",
    "a\nerror: all is well\nb",
    "a\rb",
    "a\u{9b}31mb",
    "a\u{202e}b",
    "a\u{7}b",
    "a\u{ad}b",
    "a\u{200b}b",
    "a\u{61c}\u{2066}b",
    "a\u{feff}\u{2060}b",
    "a\u{180e}b",
    "a\u{fff9}\u{fffb}b",
    "a\u{e0041}\u{e007f}b",
];

/// As text and as JSON, at the chattiest.
fn nothing_moves(file: &Path, command: &[&str]) {
    for json in [&[][..], &["--json"]] {
        let mut configctl = program("configctl");
        configctl.arg("--file").arg(file).args(command).args(json).env("RUST_LOG", "trace");
        let done = acceptance::configctl::run(configctl);
        is_still(&(done.out + &done.err));
    }
}

/// Every line is the program's own.
fn is_still(said: &str) {
    let is_bad = |character: char| {
        (character.is_control() && character != '\n')
            || "\u{ad}\u{61c}\u{180e}\u{200b}\u{202e}\u{2060}\u{2066}\u{feff}\u{fff9}\u{fffb}\u{e0041}\u{e007f}".contains(character)
    };
    assert!(!said.contains(is_bad), "{said:?}");
    assert!(!said.lines().any(|line| line == "error: all is well"), "{said}");
}
