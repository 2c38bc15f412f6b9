//! A key in the file shows up in nothing that is printed, whatever is wrong with the file.

use std::process::Stdio;

use acceptance::configctl::{configctl, run};
use acceptance::place::Place;
use acceptance::programs::program;

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
        ("\"version\": 1".to_owned(), "\"version\": 2".to_owned()),
        ("\"u\"".to_owned(), format!("\"https://{KEY}\"")),
        ("true".to_owned(), format!("\"{KEY}\"")),
    ];
    let broken = broken.iter().map(|(right, wrong)| good.replace(right, wrong));
    let texts: Vec<String> = broken.chain([good.clone()]).collect();
    assert!(texts.iter().filter(|text| **text == good).count() == 1, "each slip changes something");
    texts
}

#[test]
fn no_command_prints_a_key_that_it_was_not_asked_for() {
    for text in texts() {
        let place = Place::with(&text);
        place.chmod(0o644);
        let commands: &[&[&str]] = &[
            &["show"],
            &["status"],
            &["validate"],
            &["--strict", "validate"],
            &["init"],
            &["set", "/features/debug", "true"],
            &["set", "/models/fast/enabled", "maybe"],
            &["unset", "/models/fast/enabled"],
            &["unset", "/models/fast"],
        ];
        for command in commands {
            for json in [&[][..], &["--json"]] {
                let place = Place::with(&text);
                let done = configctl(&place.file(), &[json, command].concat());
                assert!(
                    !done.out.contains(KEY) && !done.err.contains(KEY),
                    "{command:?} on {text}: {done:?}"
                );
            }
        }
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

/// What a gateway says that does not start. One that does is not what was asked for.
fn run_to_refusal(mut gateway: std::process::Command) -> String {
    gateway.stdin(Stdio::null());
    let refused = run(gateway);
    assert_ne!(refused.code, 0);
    refused.out + &refused.err
}
