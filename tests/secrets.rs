//! A key in the file shows up in nothing that is printed, whatever is wrong with the file.

use std::path::Path;
use std::process::Stdio;

use acceptance::configctl::{configctl, run};
use acceptance::logged::Logged;
use acceptance::persona::chmod;
use acceptance::place::Place;
use acceptance::programs::program;
use acceptance::time::eventually;
use acceptance::vi::on_terminal;

const KEY: &str = "sk-sentinel-4711";

/// A config with the key, and what slips make of it.
fn texts() -> Vec<String> {
    let good = format!(
        r#"{{"version": 1, "models": {{"fast": {{"upstream": "u", "enabled": true, "allowed_keys": ["{KEY}"]}}}}}}"#
    );
    let broken = [
        (format!("[\"{KEY}\"]"), format!("\"{KEY}\"")),
        (format!("[\"{KEY}\"]"), format!("[{KEY}]")),
        (format!("[\"{KEY}\"]"), format!("[\"{KEY}\", \"{KEY}\"]")),
        (format!("[\"{KEY}\"]"), format!("[\"{KEY}\",]")),
        (format!("[\"{KEY}\"]"), format!("{{\"{KEY}\": 1, \"{KEY}\": 2}}")),
        (format!("\"{KEY}\""), format!("\"{KEY}\\x\"")),
        (format!("\"{KEY}\""), format!("\"{KEY} \"")),
        (format!("\"{KEY}\""), format!("\"{KEY}")),
        ("allowed_keys".to_owned(), "alowed_keys".to_owned()),
        // Names below a field that nobody knows.
        (format!("[\"{KEY}\"]"), format!("[], \"alowed_keys\": {{\"{KEY}\": tru}}")),
        (format!("[\"{KEY}\"]"), format!("[], \"alowed_keys\": {{\"{KEY}\": 1, \"{KEY}\": 2}}")),
        (format!("[\"{KEY}\"]"), format!("[], \"alowed_keys\": {{\"{KEY}\": [{{\"a\": @")),
        (
            "\"version\": 1".to_owned(),
            format!("\"version\": 1, \"allowed_keys\": {{\"{KEY}\": {{\"x\": 1, \"x\": 2}}}}"),
        ),
        ("\"version\": 1".to_owned(), format!("\"version\": 0, \"keys\": {{\"{KEY}\": tru}}")),
        ("\"version\": 1".to_owned(), "\"version\": 2".to_owned()),
        ("\"u\"".to_owned(), format!("\"https://{KEY}\"")),
        ("true".to_owned(), format!("\"{KEY}\"")),
        // On the line of a problem that is about something else.
        ("true".to_owned(), format!("1 /* {KEY}, {{{KEY}}} */")),
        ("\"u\", \"enabled\": true".to_owned(), format!("\"{KEY}\", \"enabled\": 1, \"note\": \"{KEY}\"")),
        ("true".to_owned(), format!("\ntrue, @, {KEY}: \"{KEY}\", \"{KEY}\": [\"{KEY}\"")),
    ];
    let broken = broken.iter().map(|(right, wrong)| good.replace(right, wrong));
    let texts: Vec<String> = broken.chain([good.clone()]).collect();
    assert!(texts.iter().filter(|text| **text == good).count() == 1, "each slip changes something");
    texts
}

const COMMANDS: &[&[&str]] = &[
    &["show"],
    &["status"],
    &["get", "/features"],
    &["get", "/models/fast/enabled"],
    &["get", "/models/fast/allowed_key"],
    &["get", "/models/fast/alowed_keys/other"],
    &["unset", "/models/fast/alowed_keys/other"],
    &["set", "/models/fast/alowed_keys/other/0", "1"],
    &["validate"],
    &["--strict", "validate"],
    &["--max-bytes", "20", "validate"],
    &["init"],
    &["set", "/features/debug", "true"],
    &["set", "/models/fast/enabled", "maybe"],
    &["set", "/models/fast/allowed_keys/0", "other"],
    &["unset", "/models/fast/enabled"],
    &["unset", "/models/fast/allowed_keys/0"],
    &["unset", "/models/fast"],
    &["migrate"],
    &["doctor"],
    &["doctor", "--fix"],
    &["path"],
];

/// What is done to the file and its place before.
const PLACES: [fn(&Place); 5] = [
    |_| {},
    |place| place.chmod(0o644),
    |place| place.chmod(0o666),
    |place| chmod(place.directory(), 0o777),
    |place| {
        let copy = place.directory().join("config.json.v0-0123456789ab.bak");
        std::fs::copy(place.file(), copy).expect("a copy");
    },
];

#[test]
fn no_command_prints_a_key_that_it_was_not_asked_for() {
    let mut count = 0;
    // A key may also be a name where nothing is wrong.
    let valid = texts().pop().expect("the good one");
    let valid = valid.replace(&format!("[\"{KEY}\"]"), &format!("[], \"alowed_keys\": {{\"{KEY}\": 1}}"));
    for text in texts().into_iter().chain([valid]) {
        for spoil in PLACES {
            for command in COMMANDS {
                for json in [&[][..], &["--json"]] {
                    let place = Place::with(&text);
                    spoil(&place);
                    let mut configctl = program("configctl");
                    // The most that it can be made to say.
                    configctl.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
                    configctl.arg("--file").arg(place.file()).args(json).args(*command);
                    let done = run(configctl);
                    let said = format!("{}{}{:?}", done.out, done.err, place.leftovers());
                    assert!(!said.contains(KEY), "{command:?} on {text}: {said}");
                    count += 1;
                }
            }
        }
    }
    println!("{count} runs of configctl, and the key in none");
}

/// The history holds whole files, and no listing of it shows more than `show` does.
#[test]
fn nor_does_the_history() {
    let texts = texts();
    let good = texts.last().expect("the good one");
    for text in &texts {
        let place = Place::with(good);
        assert_eq!(configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        assert_eq!(configctl(&place.file(), &["set", "/models/fast/allowed_keys/0", "other"]).code, 0);
        let listed = configctl(&place.file(), &["history"]).out;
        let revisions: Vec<_> = listed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        let [newest, .., oldest] = &revisions[..] else { panic!("not kept: {listed}") };
        place.write(text);
        let commands: [&[&str]; 7] = [
            &["history"],
            &["diff"],
            &["diff", oldest],
            &["diff", newest, oldest],
            &["status"],
            &["rollback", newest],
            &["rollback", oldest],
        ];
        for command in commands {
            for json in [&[][..], &["--json"]] {
                let mut configctl = program("configctl");
                configctl.env("RUST_LOG", "trace").arg("--file").arg(place.file()).args(json).args(command);
                let done = run(configctl);
                let said = format!("{}{}{:?}", done.out, done.err, place.leftovers());
                assert!(!said.contains(KEY), "{command:?} on {text}: {said}");
            }
        }
    }
}

/// Only what was asked for, on a terminal as in a pipe.
#[test]
fn a_key_is_shown_when_it_is_asked_for_wherever_it_goes() {
    let place = Place::with(&texts().pop().expect("the good one"));
    let file = place.file().display().to_string();
    for (arguments, is_shown) in [
        (&["show"][..], false),
        (&["show", "--reveal"], true),
        (&["get", "/models/fast/allowed_keys"], true),
        (&["get", "/models/fast/enabled"], false),
    ] {
        let piped = configctl(&place.file(), arguments).out;
        let configctl = program("configctl");
        let shown = on_terminal(
            Path::new(configctl.get_program()),
            &[&["--file", file.as_str()], arguments].concat(),
        );
        assert_eq!((shown.contains(KEY), &shown), (is_shown, &piped), "{arguments:?}");
    }
}

#[test]
fn nor_does_a_service_s_log_at_its_chattiest() {
    for text in texts().into_iter().take(10) {
        let place = Place::with(&text);
        let mut gateway = program("gateway");
        gateway.arg("--config").arg(place.file()).args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "trace");
        let refused = run_to_refusal(gateway);
        assert!(!refused.contains(KEY), "{text}: {refused}");
    }
}

/// A gateway that lives through every broken edit, with callers who have the right key and a wrong one.
#[test]
fn nor_does_one_that_runs() {
    let texts = texts();
    let good = texts.last().expect("the good one");
    let place = Place::with(good);
    let mut gateway = program("gateway");
    gateway.env("RUST_LOG", "trace");
    let gateway = Logged::spawn(gateway, &place.file());
    assert_eq!((gateway.ask("fast", KEY), gateway.ask("fast", &format!("{KEY}-wrong"))), (200, 403));
    for text in texts.iter().filter(|text| *text != good) {
        place.rename_over(text);
        let is_told = || gateway.health()["rejection"].as_str().map(str::to_owned);
        let is_served = |health: &serde_json::Value| health["rejection"].is_null();
        // A slip that is still a valid config is served.
        let is_valid = configctl(&place.file(), &["validate"]).code == 0;
        eventually("the edit is judged", || if is_valid { Some(String::new()) } else { is_told() });
        assert_eq!(gateway.ask("fast", KEY), 200, "{text}");
        place.rename_over(good);
        eventually("the fix is served", || is_served(&gateway.health()).then_some(()));
        assert!(!gateway.health().to_string().contains(KEY), "{}", gateway.health());
    }
    let log = gateway.log();
    assert!(log.iter().any(|line| line.contains("TRACE")), "nothing was traced");
    let leak = log.iter().find(|line| line.contains(KEY));
    assert_eq!(leak, None);
}

/// A program that dies with everything in its hands says none of it.
#[test]
fn nor_does_a_panic() {
    let place = Place::with(&texts().pop().expect("the good one"));
    let mut panics = std::process::Command::new(env!("CARGO_BIN_EXE_panics"));
    let output = panics.arg(place.file()).env("RUST_BACKTRACE", "full").output().expect("it starts");
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("panicked") && said.contains("ApiKey(..)"), "{said}");
    assert!(!said.contains(KEY), "{said}");
}

/// What a gateway says that does not start. One that does is not what was asked for.
fn run_to_refusal(mut gateway: std::process::Command) -> String {
    gateway.stdin(Stdio::null());
    let refused = run(gateway);
    assert_ne!(refused.code, 0);
    refused.out + &refused.err
}
