//! The first run writes the defaults where there is no file, and only then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use acceptance::configctl::{Watching, configctl, run};
use acceptance::gateway::Gateway;
use acceptance::place::Place;
use acceptance::programs::program;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

#[test]
fn watch_seeds_the_default_path_below_xdg_data_home() {
    let home = Place::empty();
    let mut command = program("configctl");
    command.env("XDG_DATA_HOME", home.directory().join("data")).args(["watch", "--json"]);
    let (_watching, loaded) = Watching::spawn(command);
    assert_eq!((&loaded["event"], &loaded["cause"]), (&"loaded".into(), &"seed".into()));
    let directory = home.directory().join("data/copilot-api");
    assert_eq!((mode(&directory.join("config.json")), mode(&directory)), (0o600, 0o700));
}

#[test]
fn without_an_absolute_xdg_data_home_it_is_below_home() {
    let home = Place::empty();
    for relative in [None, Some("data"), Some("")] {
        let mut command = program("configctl");
        command.env("HOME", home.directory()).arg("path");
        if let Some(relative) = relative {
            command.env("XDG_DATA_HOME", relative);
        }
        let path = home.directory().join(".local/share/copilot-api/config.json");
        assert_eq!(run(command).out.trim(), path.to_string_lossy());
    }
    let mut command = program("configctl");
    command.env_remove("HOME").arg("path");
    let nowhere = run(command);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("--file"), "{}", nowhere.err);
}

#[test]
fn the_seed_is_the_documented_default() {
    let place = Place::empty();
    let gateway = Gateway::start(&place.file());
    assert_eq!(gateway.aliases(), Vec::<String>::new());
    let get = |pointer: &str| configctl(&place.file(), &["get", pointer]).out.trim().to_owned();
    assert_eq!(get("/version"), "1");
    assert_eq!(get("/models"), "{}");
    assert_eq!(get("/retention"), r#"{"events_days":90,"traces_days":7,"traces_max_bytes":104857600}"#);
    assert_eq!(get("/features"), r#"{"auth":true,"telemetry":false,"debug":false}"#);
    assert_eq!(place.mode(), 0o600);
}

#[test]
fn what_is_there_is_never_seeded_over() {
    for text in ["", " ", "{", "null", "{\"version\": 99}"] {
        let place = Place::with(text);
        for command in [&["init"][..], &["watch", "--json"], &["migrate"]] {
            let refused = configctl(&place.file(), command);
            assert_eq!(refused.code, 3, "{command:?} on {text:?}: {}", refused.err);
        }
        assert_eq!(place.text(), text);
    }
    // A link that leads nowhere is not a missing file.
    let place = Place::empty();
    std::os::unix::fs::symlink("elsewhere.json", place.file()).expect("a link");
    assert_eq!(configctl(&place.file(), &["init"]).code, 1);
    assert!(!place.directory().join("elsewhere.json").exists());
}

#[test]
fn commands_that_read_write_nothing() {
    let place = Place::empty();
    for command in
        [&["show"][..], &["get", "/version"], &["status"], &["validate"], &["set", "/features/debug", "true"]]
    {
        let missing = configctl(&place.file(), command);
        assert_eq!(missing.code, 1, "{command:?}: {}", missing.err);
        let remedy = format!("`configctl --file {} init`", place.file().display());
        assert!(missing.err.contains(&remedy), "{command:?}: {}", missing.err);
    }
    assert!(!place.file().exists());
}
