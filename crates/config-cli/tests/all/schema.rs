//! The JSON Schema: printed, written, and where a first file says that it is.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::place::Place;

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.0.path().join(name)).unwrap()
}

#[test]
fn a_first_file_names_the_schema_that_is_beside_it() {
    let place = Place(tempfile::tempdir().unwrap());
    assert!(place.run(&["init"]).contains("wrote"));
    let config: Value = serde_json::from_str(&read(&place, "config.json")).unwrap();
    assert_eq!(config["$schema"], "./config.schema.json");
    let printed = place.command(&["schema"]).output().unwrap().stdout;
    assert_eq!(read(&place, "config.schema.json").as_bytes(), printed);
    let schema: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let one_line = place.command(&["schema", "--json"]).output().unwrap().stdout;
    assert_eq!(serde_json::from_slice::<Value>(&one_line).unwrap(), schema);
    assert_eq!(String::from_utf8(one_line).unwrap().lines().count(), 1);
    // It stays there through a save, and is no unknown field.
    assert!(place.run(&["--strict", "set", "/features/debug", "true"]).contains("saved"));
    assert!(read(&place, "config.json").starts_with("{\n  \"$schema\": \"./config.schema.json\",\n"));
    assert!(place.run(&["doctor"]).contains("config.schema.json is there for editors"));
}

#[test]
fn a_first_file_may_be_alone() {
    let place = Place(tempfile::tempdir().unwrap());
    assert!(place.run(&["init", "--no-schema"]).contains("wrote"));
    assert!(place.file().exists() && !place.0.path().join("config.schema.json").exists());
}

#[test]
fn a_schema_that_is_missing_or_old_is_written_when_asked() {
    let place = Place::with("{\"$schema\": \"./config.schema.json\", \"version\": 1}");
    assert!(
        place
            .run(&["doctor"])
            .contains("is not there; `configctl --file DIR/config.json schema --write` writes it")
    );
    assert_eq!(place.run(&["schema", "--write"]), "exit status: 0\nwrote DIR/config.schema.json\n");
    let path = place.0.path().join("config.schema.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(place.run(&["schema", "--write"]), "exit status: 0\nDIR/config.schema.json is up to date\n");
    assert_eq!(
        place.run(&["schema", "--write", "--strict", "--json"]),
        "exit status: 0\n{\"path\":\"DIR/config.schema.json\",\"written\":true}\n"
    );
    assert!(read(&place, "config.schema.json").contains("\"additionalProperties\": false"));
    assert!(place.run(&["doctor"]).contains("knows no other fields"));
    // No leftovers.
    let names = std::fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("schema")).count(), 1);
}

/// Only what is a schema of this program's is replaced, and only when asked.
#[test]
fn what_else_is_in_the_place_of_the_schema_stays() {
    let place = Place(tempfile::tempdir().unwrap());
    place.put("config.schema.json", "my own\n");
    assert_snapshot!(place.run(&["init"]), @"
    exit status: 0
    wrote DIR/config.json
    warning: no schema for editors was written: DIR/config.schema.json is no schema of configctl's, and was left as it is; move it away; `configctl --file DIR/config.json schema` prints the schema, for another place
    ");
    assert_eq!(read(&place, "config.schema.json"), "my own\n");
    assert_snapshot!(place.run(&["schema", "--write"]), @"
    exit status: 5
    error: DIR/config.schema.json is no schema of configctl's, and was left as it is
     |
     = help: move it away; `configctl --file DIR/config.json schema` prints the schema, for another place
    ");
    assert_eq!(read(&place, "config.schema.json"), "my own\n");
    let said = place.run(&["doctor"]);
    assert_snapshot!(said.lines().find(|line| line.contains("schema ")).unwrap(), @"ok       schema      DIR/config.schema.json, for editors, is no schema of configctl's; move it away, then `configctl --file DIR/config.json schema --write` writes one");
}

/// A link is somebody's wish, wherever it leads. What is no file is not opened: a pipe would be waited for.
#[test]
fn what_is_no_regular_file_is_no_schema() {
    let place = Place::with("{\"$schema\": \"./config.schema.json\", \"version\": 1}");
    let path = place.0.path().join("config.schema.json");
    place.put("other", "");
    symlink("other", &path).unwrap();
    assert_snapshot!(place.run(&["schema", "--write"]), @"
    exit status: 5
    error: DIR/config.schema.json is no schema of configctl's, and was left as it is
     |
     = help: move it away; `configctl --file DIR/config.json schema` prints the schema, for another place
    ");
    assert_eq!((read(&place, "other").as_str(), path.is_symlink()), ("", true));
    // One that leads to the schema is as good as it.
    std::fs::remove_file(place.0.path().join("other")).unwrap();
    place.put("other", &String::from_utf8(place.command(&["schema"]).output().unwrap().stdout).unwrap());
    assert!(place.run(&["schema", "--write"]).contains("is up to date"));
    assert!(place.run(&["schema", "--write", "--strict"]).starts_with("exit status: 5\n"));
    assert!(path.is_symlink());
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_snapshot!(place.run(&["schema", "--write"]), @"
    exit status: 5
    error: DIR/config.schema.json is no regular file, and was left as it is
     |
     = help: move it away; `configctl --file DIR/config.json schema` prints the schema, for another place
    ");
    std::fs::remove_dir(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(place.run(&["schema", "--write"]).starts_with("exit status: 5\n"));
    assert!(place.run(&["doctor"]).contains("no regular file"));
}

/// A config file of the schema's name, by itself or through links, is the operator's.
#[test]
fn the_config_file_is_never_taken_for_the_place_of_its_schema() {
    let place = Place(tempfile::tempdir().unwrap());
    let at = |name: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_configctl"));
        let output = command.arg("--file").arg(place.0.path().join(name)).args(args).output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        place.redact(&format!("{}\n{out}{err}", output.status))
    };
    assert_snapshot!(at("config.schema.json", &["schema", "--write"]), @"
    exit status: 5
    error: DIR/config.schema.json is the config file, and was left to it
     |
     = help: `configctl --file DIR/config.schema.json schema` prints the schema, for another place
    ");
    assert!(!place.0.path().join("config.schema.json").exists());
    assert_snapshot!(at("config.schema.json", &["init"]), @"
    exit status: 0
    wrote DIR/config.schema.json
    warning: no schema for editors was written: DIR/config.schema.json is the config file, and was left to it; `configctl --file DIR/config.schema.json schema` prints the schema, for another place
    ");
    let config = read(&place, "config.schema.json");
    assert!(config.contains("\"version\": 1"), "{config}");
    // Beside a link to it, and in a directory that has two names.
    symlink("config.schema.json", place.file()).unwrap();
    symlink(".", place.0.path().join("here")).unwrap();
    symlink("here/config.schema.json", place.0.path().join("other.json")).unwrap();
    for name in ["config.schema.json", "config.json", "other.json", "here/config.json"] {
        for args in [&["schema", "--write"][..], &["--json", "schema", "--write", "--strict"]] {
            let said = at(name, args);
            assert!(said.starts_with("exit status: 5\n") && said.contains("is the config file"), "{said}");
            assert_eq!(read(&place, "config.schema.json"), config);
        }
    }
}

#[test]
fn an_older_schema_is_replaced_when_asked() {
    let place = Place(tempfile::tempdir().unwrap());
    let older = String::from_utf8(place.command(&["schema"]).output().unwrap().stdout).unwrap();
    let older = older.replace("36500", "100").replace("The config file of", "The file of");
    place.put("config.schema.json", &older);
    assert_snapshot!(place.run(&["init", "--json"]), @r#"
    exit status: 0
    {"path":"DIR/config.json","created":true,"revision":"c799d63197864355cd4e70abdacf91c831a121c62d5d92ead03d9e28ba3b3fb7","problems":[]}
    {"warning":"no schema for editors was written: DIR/config.schema.json is another version of the schema, and was left as it is; `configctl --file DIR/config.json schema --write` replaces it"}
    "#);
    assert_eq!(read(&place, "config.schema.json"), older);
    assert!(place.run(&["doctor"]).contains("is of another version"));
    assert!(place.run(&["schema", "--write"]).contains("wrote"));
    assert!(read(&place, "config.schema.json").contains("36500"));
}
