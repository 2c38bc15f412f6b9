//! What each command prints.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;

use crate::place::{Place, TEXT};

#[test]
fn show_masks_secrets_unless_asked() {
    let place = Place::with(TEXT);
    assert_snapshot!(place.run(&["show"]), @r#"
    exit status: 0
    {
      "version": 1,
      "models": {
        "fast": {
          "upstream": "gpt-mini",
          "enabled": true,
          "allowed_keys": "[secret]"
        }
      },
      "fetures": "[unknown field]",
      "retention": {
        "events_days": 90,
        "traces_days": 7,
        "traces_max_bytes": 104857600
      },
      "features": {
        "auth": true,
        "telemetry": false,
        "debug": false
      }
    }
    "#);
    assert!(place.run(&["show", "--reveal"]).contains("sk-secret"));
    assert!(!place.run(&["show", "--json"]).contains("sk-secret"));
}

#[test]
fn get_of_nothing_says_what_there_is() {
    let place = Place::with(TEXT);
    assert_snapshot!(place.run(&["get", "/models/fast/upstrem"]), @"
    exit status: 1
    error: there is nothing at /models/fast/upstrem
     |
     = help: there is: /models/fast/upstream /models/fast/enabled /models/fast/allowed_keys
    ");
    assert_snapshot!(place.run(&["get", "models"]), @r#"
    exit status: 2
    error: a JSON pointer is empty or starts with `/`, and has `~` only as `~0` or `~1`, as in `/models/fast/enabled`
    "#);
}

#[test]
fn set_shows_what_it_did_and_warns() {
    let place = Place::with(TEXT);
    assert_snapshot!(place.run(&["set", "/models/fast/allowed_keys", "[\"*\"]"]), @r#"
    exit status: 0
    ~ /models/fast/allowed_keys: "[secret]" -> "[secret]"
    saved, revision 0a900b415b0a
    warning: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(place.run(&["set", "/models/fast/enabled", "maybe"]), @r#"
    exit status: 3
    error: expected true or false, found a string
     --> <changed>:4:49
      |
    4 |     "fast": {"upstream": "…", "enabled": "…", "allowed_keys": ["…"]}
      |                                          ^^^
      |
      = at: /models/fast/enabled
      = help: remove the quotes
    warning: this field is not known
     --> <changed>:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    error: the change was refused, the file is as it was: 1 problem
    "#);
    assert_snapshot!(place.run(&["set", "/models/slow/enabled", "true"]), @"
    exit status: 1
    error: there is nothing at /models/slow that could hold /models/slow/enabled
     |
     = help: set /models/slow as a whole, as in `configctl --file DIR/config.json set /models/slow '{...}'`
    ");
    assert_snapshot!(place.run(&["set", "/models/slow", "{\"a\": 1,}"]), @r#"
    exit status: 3
    error: there is a comma after the last entry
     --> <value>:1:8
      |
    1 | {"…": …,}
      |        ^
      |
      = at: (document)
      = help: remove it; only a file whose name ends in .jsonc may have trailing commas
    error: the value is not JSON, the file is as it was
    "#);
    assert_snapshot!(place.run(&["unset", "/features"]), @r#"
    exit status: 0
    nothing to change, revision 0a900b415b0a
    warning: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(place.run(&["unset", "/fetures", "--json"]), @r#"
    exit status: 0
    {"revision":"3c8d080aeb2784a14502c286649bdd48cbdce51e3b01e9f14851cd31d1d9dccc","changes":[],"problems":[]}
    "#);
}

#[test]
fn validate_points_at_each_problem() {
    let place = Place::with(
        "{\"version\": 1, \"models\": {\"fast\": {\"upstream\": 5, \"enabled\": true}}, \"retention\": {\"events_days\": 99999}}",
    );
    assert_snapshot!(place.run(&["validate"]), @r#"
    exit status: 3
    error: the field `allowed_keys` is missing
     --> DIR/config.json:1:35
      |
    1 | {"version": 1, "models": {"fast": {"upstream": …, "enabled": true}}, "retention": {"events_days": 99999}}
      |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = at: /models/fast/allowed_keys
      = help: add `"allowed_keys": ...`
    error: expected a string, found a number
     --> DIR/config.json:1:48
      |
    1 | {"version": 1, "models": {"fast": {"upstream": …, "enabled": true}}, "retention": {"events_days": 99999}}
      |                                                ^
      |
      = at: /models/fast/upstream
      = help: put it in double quotes
    error: must be at most 36500 days; 0 keeps for ever
     --> DIR/config.json:1:99
      |
    1 | {"version": 1, "models": {"fast": {"upstream": …, "enabled": true}}, "retention": {"events_days": 99999}}
      |                                                                                                   ^^^^^
      |
      = at: /retention/events_days
    error: DIR/config.json is not valid: 3 problems
    "#);
    assert_snapshot!(place.run(&["validate", "--json"]), @r#"
    exit status: 3
    {"valid":false,"version":1,"omitted":0,"problems":[{"severity":"error","kind":"type","pointer":"/models/fast/allowed_keys","line":1,"column":35,"span":[34,66],"message":"the field `allowed_keys` is missing","help":"add `\"allowed_keys\": ...`"},{"severity":"error","kind":"type","pointer":"/models/fast/upstream","line":1,"column":48,"span":[47,48],"message":"expected a string, found a number","help":"put it in double quotes"},{"severity":"error","kind":"rule","pointer":"/retention/events_days","line":1,"column":99,"span":[98,103],"message":"must be at most 36500 days; 0 keeps for ever","help":null}],"help":null}
    "#);
    assert_snapshot!(Place::with(TEXT).run(&["validate"]), @r#"
    exit status: 0
    DIR/config.json is valid
    warning: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(Place::with(TEXT).run(&["--strict", "validate"]), @r#"
    exit status: 3
    error: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    error: DIR/config.json is not valid: 1 problem
    "#);
}

#[test]
fn status_says_what_is_on_disk() {
    assert_snapshot!(Place::with("{\"version\": 1}").run(&["status"]), @"
    exit status: 0
    file      DIR/config.json
    state     ok
    version   1
    revision  c3aa9744214caf6eb993d6f88f3f1dda3e4e60d59f712b6463c4ce2c4b00dfa1
    size      14 bytes
    models    0
    watch     native
    ");
    assert_snapshot!(Place::with("").run(&["status"]), @r#"
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
    assert_snapshot!(Place::with("{\"version\": 7}").run(&["status", "--json"]), @r#"
    exit status: 3
    {"copy":null,"errno":null,"error":"DIR/config.json is not valid: 1 problem","exit":3,"help":null,"omitted":0,"problems":[{"severity":"error","kind":"newer-version","pointer":"/version","line":1,"column":13,"span":[12,13],"message":"the document's version 7 is newer than version 1 of this program","help":"use a newer program; this one leaves the file as it is"}],"saved":null,"step":null,"watch":{"mode":"native","armed":["DIR"],"last_error":null},"path":"DIR/config.json","state":"invalid"}
    "#);
    let empty = Place(tempfile::tempdir().unwrap());
    assert_snapshot!(empty.run(&["status"]), @"
    exit status: 1
    error: there is no file DIR/config.json; make it, or correct the path
     |
     = help: `configctl --file DIR/config.json init` writes a first file; to bring an old one back, copy it there
    ");
}

#[test]
fn init_and_migrate_find_nothing_to_do() {
    let place = Place::with("{\"version\": 1}");
    assert_snapshot!(place.run(&["init"]), @r#"
    exit status: 0
    DIR/config.json is there and was left as it is
    "#);
    assert_snapshot!(place.run(&["migrate"]), @r#"
    exit status: 0
    nothing to do: the file is of version 1
    "#);
    assert_snapshot!(Place(tempfile::tempdir().unwrap()).run(&["init"]), @r#"
    exit status: 0
    wrote DIR/config.json
    "#);
}

#[test]
fn watch_speaks_to_people() {
    let place = Place::with(TEXT);
    let mut watch = place.command(&["watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(watch.stdout.take().unwrap());
    let (send, lines) = channel();
    thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    let until = |end: &str| {
        let mut seen = String::new();
        while !seen.contains(end) {
            seen += &lines.recv_timeout(Duration::from_secs(30)).unwrap();
            seen.push('\n');
        }
        place.redact(&seen)
    };
    assert_snapshot!(until("did you mean"), @r#"
    serving: DIR/config.json (revision bfcb80b5e3ea)
    edit it with any editor, as in `vi DIR/config.json`; each save shows up here; Ctrl-C ends this
    an edit is noticed at once, by events of DIR
    warning: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert!(place.run(&["set", "/models/fast/enabled", "false"]).contains("saved"));
    assert_snapshot!(until("did you mean"), @r#"
    TIME  accepted (edit), revision 33fe29536bd8
      ~ /models/fast/enabled: true -> false
    warning: this field is not known
     --> DIR/config.json:6:3
      |
    6 |   "fetures": {"…": true}
      |   ^^^^^^^^^
      |
      = at: /fetures
      = help: did you mean `features`?
    "#);
    let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(place.file()).unwrap();
    file.write_all(b"{\"version\": 1, \"models\": []}").unwrap();
    assert_snapshot!(until("accepted at"), @r#"
    TIME  rejected: revision 33fe29536bd8 stays in use
    error: expected an object, found an array
     --> DIR/config.json:1:26
      |
    1 | {"version": 1, "models": []}
      |                          ^^
      |
      = at: /models
      = help: write `{"name": value}`
      = help: `configctl --file DIR/config.json rollback 33fe29536bd8` goes back to what was accepted at TIME
    "#);
    std::fs::remove_file(place.file()).unwrap();
    assert_snapshot!(until("accepted at"), @"
    TIME  missing: revision 33fe29536bd8 stays in use
    error: there is no file DIR/config.json; make it, or correct the path
      = help: `configctl --file DIR/config.json rollback 33fe29536bd8` goes back to what was accepted at TIME
    ");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

/// No limit is to be raised for it.
#[test]
fn a_number_that_would_lose_digits_is_not_taken() {
    let place = Place::with(TEXT);
    assert_snapshot!(place.run(&["set", "/retention/events_days", "36893488147419103232"]), @r#"
    exit status: 3
    error: this whole number has more than 64 bits, so that digits of it would be lost
     --> <value>:1:1
      |
    1 | …
      | ^
      |
      = at: (document)
      = help: give a smaller one, or a string, in `"`, where one may stand
    error: the value is not taken, the file is as it was
    "#);
}
