//! The JSON Schema: printed, written, and where a first file says that it is.

use std::os::unix::fs::{PermissionsExt as _, symlink};

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
    // Whatever a link there leads to stays as it is.
    std::fs::remove_file(&path).unwrap();
    let other = place.0.path().join("other");
    std::fs::OpenOptions::new().write(true).create_new(true).open(&other).unwrap();
    symlink(&other, &path).unwrap();
    assert!(place.run(&["schema", "--write"]).contains("wrote"));
    assert_eq!(read(&place, "other"), "");
    assert!(!path.is_symlink());
    // No leftovers.
    let names = std::fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("schema")).count(), 1);
}

#[test]
fn a_schema_that_cannot_be_written_is_a_failure_with_a_reason() {
    let place = Place::with("{\"version\": 1}");
    std::fs::create_dir(place.0.path().join("config.schema.json")).unwrap();
    let said = place.run(&["schema", "--write"]);
    assert!(said.starts_with("exit status: 1\nerror: DIR/config.schema.json: "), "{said}");
}
