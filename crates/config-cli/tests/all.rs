//! What people read: every kind of output, as it is printed.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use tempfile::TempDir;

/// A directory with or without a config file.
struct Place(TempDir);

impl Place {
    fn with(text: &str) -> Self {
        use std::os::unix::fs::OpenOptionsExt as _;
        let place = Self(tempfile::tempdir().unwrap());
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(place.file()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        place
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("config.json")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_configctl"));
        command.env_remove("RUST_LOG").stdin(Stdio::null()).arg("--file").arg(self.file()).args(args);
        command
    }

    /// The exit code, what was printed, and what was said beside it.
    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        self.redact(&format!("{}\n{out}{err}", output.status))
    }

    fn redact(&self, text: &str) -> String {
        let text = text.replace(&*self.0.path().to_string_lossy(), "DIR");
        let Some((before, after)) = text.split_once("accepted at ") else { return text };
        format!("{before}accepted at TIME{}", after.trim_start_matches(|c: char| !c.is_whitespace()))
    }
}

const TEXT: &str = r#"{
  "version": 1,
  "models": {
    "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["sk-secret"]}
  },
  "fetures": {"debug": true}
}
"#;

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
    assert_snapshot!(place.run(&["get", "/models/fast/upstrem"]), @r#"
    exit status: 1
    error: there is nothing at /models/fast/upstrem
      = help: there is: /upstream /enabled /allowed_keys
    "#);
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
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(place.run(&["set", "/models/fast/enabled", "maybe"]), @r#"
    exit status: 3
    error: expected true or false, found a string
      = at: /models/fast/enabled
      = help: remove the quotes
    error: the change was refused, the file is as it was: 1 problem
    "#);
    assert_snapshot!(place.run(&["set", "/models/slow/enabled", "true"]), @r#"
    exit status: 1
    error: there is nothing at /models/slow that could hold /models/slow/enabled
      = help: set /models/slow as a whole, as in `configctl --file DIR/config.json set /models/slow '{...}'`
    "#);
    assert_snapshot!(place.run(&["set", "/models/slow", "{\"a\": 1,}"]), @"
    exit status: 3
    error: there is a comma after the last entry
      --> <value>:1:8
      = at: (document)
      = help: remove it; only a file whose name ends in .jsonc may have trailing commas
    error: the value is not JSON, the file is as it was
    ");
    assert_snapshot!(place.run(&["unset", "/features"]), @r#"
    exit status: 0
    nothing to change, revision 0a900b415b0a
    warning: this field is not known
      --> DIR/config.json:6:3
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(place.run(&["unset", "/fetures", "--json"]), @r#"
    exit status: 0
    {"revision":"3c8d080aeb2784a14502c286649bdd48cbdce51e3b01e9f14851cd31d1d9dccc","changes":[]}
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
      = at: /models/fast/allowed_keys
      = help: add `"allowed_keys": ...`
    error: expected a string, found a number
      --> DIR/config.json:1:48
      = at: /models/fast/upstream
      = help: put it in double quotes
    error: must be at most 36500 days; 0 keeps for ever
      --> DIR/config.json:1:99
      = at: /retention/events_days
    error: DIR/config.json is not valid
    "#);
    assert_snapshot!(place.run(&["validate", "--json"]), @r#"
    exit status: 3
    {"valid":false,"version":1,"omitted":0,"problems":[{"severity":"error","kind":"type","pointer":"/models/fast/allowed_keys","line":1,"column":35,"message":"the field `allowed_keys` is missing","help":"add `\"allowed_keys\": ...`"},{"severity":"error","kind":"type","pointer":"/models/fast/upstream","line":1,"column":48,"message":"expected a string, found a number","help":"put it in double quotes"},{"severity":"error","kind":"rule","pointer":"/retention/events_days","line":1,"column":99,"message":"must be at most 36500 days; 0 keeps for ever","help":null}]}
    "#);
    assert_snapshot!(Place::with(TEXT).run(&["validate"]), @r#"
    exit status: 0
    DIR/config.json is valid
    warning: this field is not known
      --> DIR/config.json:6:3
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert_snapshot!(Place::with(TEXT).run(&["--strict", "validate"]), @r#"
    exit status: 3
    error: this field is not known
      --> DIR/config.json:6:3
      = at: /fetures
      = help: did you mean `features`?
    error: DIR/config.json is not valid
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
      = at: (document)
      = help: an empty file is never taken for defaults: restore it, or write `{"version": ...}`
    error: DIR/config.json is not valid: 1 problem
    "#);
    assert_snapshot!(Place::with("{\"version\": 7}").run(&["status", "--json"]), @r#"
    exit status: 3
    {"copy":null,"errno":null,"error":"DIR/config.json is not valid: 1 problem","exit":3,"help":null,"omitted":0,"problems":[{"severity":"error","kind":"newer-version","pointer":"/version","line":1,"column":13,"message":"the document's version 7 is newer than version 1 of this program","help":"use a newer program; this one leaves the file as it is"}],"saved":null,"step":null,"watch":{"mode":"native","armed":["DIR"],"last_error":null},"path":"DIR/config.json","state":"invalid"}
    "#);
    let empty = Place(tempfile::tempdir().unwrap());
    assert_snapshot!(empty.run(&["status"]), @r#"
    exit status: 1
    error: there is no file DIR/config.json; make it, or correct the path
      = help: `configctl --file DIR/config.json init` writes a first file; to bring an old one back, copy it there
    "#);
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
    edit it with any editor, as in `vi 'DIR/config.json'`; each save shows up here; Ctrl-C ends this
    warning: this field is not known
      = at: /fetures
      = help: did you mean `features`?
    "#);
    assert!(place.run(&["set", "/models/fast/enabled", "false"]).contains("saved"));
    assert_snapshot!(until("did you mean"), @r#"
    accepted (edit), revision 33fe29536bd8
      ~ /models/fast/enabled: true -> false
    warning: this field is not known
      = at: /fetures
      = help: did you mean `features`?
    "#);
    let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(place.file()).unwrap();
    file.write_all(b"{\"version\": 1, \"models\": []}").unwrap();
    assert_snapshot!(until("accepted at"), @r#"
    rejected: revision 33fe29536bd8 stays in use
    error: expected an object, found an array
      --> DIR/config.json:1:26
      = at: /models
      = help: write `{"name": value}`
      = help: `configctl --file DIR/config.json rollback 33fe29536bd8` goes back to what was accepted at TIME
    "#);
    std::fs::remove_file(place.file()).unwrap();
    assert_snapshot!(until("accepted at"), @r#"
    missing: revision 33fe29536bd8 stays in use
    error: there is no file DIR/config.json; make it, or correct the path
      = help: `configctl --file DIR/config.json rollback 33fe29536bd8` goes back to what was accepted at TIME
    "#);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn help_names_every_command_and_exit_code() {
    assert_snapshot!(Place::with(TEXT).run(&["--help"]), @"
    exit status: 0
    Reads, checks, changes and watches the config file of a running service

    Usage: configctl [OPTIONS] <COMMAND>

    Commands:
      init      Write the first file; one that is there is left as it is
      path      Print where the file is
      show      Print the whole config, with the defaults that apply, secrets masked
      get       Print one value as JSON, as it is: `configctl get /features/debug`
      set       Change one value: `configctl set /models/fast/enabled false`
      unset     Remove one value; a default applies where there is one
      edit      Open the file in $VISUAL or $EDITOR, as a private copy that is checked before it is
                saved
      validate  Check a file and report every problem; `-` is standard input, read as the config file is
      history   List what was accepted before: when, its revision, its size, why
      diff      Show what differs between two contents, secrets masked; without a name, from the one
                before to the file
      rollback  Go back to what was accepted before, also when the file is broken; what it says is kept
      watch     Show each accepted or rejected edit as it happens; writes the first file where there is
                none
      status    Say what is on disk and whether it would be served
      doctor    Look at everything around the file that could be wrong, and say what mends it
      migrate   Bring a file of an older version up to the present one; a copy is kept beside it
      help      Print this message or the help of the given subcommand(s)

    Options:
      -f, --file <PATH>           The config file
          --json                  Print JSON for programs, errors too
          --strict                Unknown fields are errors, not warnings
          --expected-mode <MODE>  Accept a file with this mode or a narrower one without a warning, such
                                  as 0640; a save makes it 0600
          --allow-foreign-owner   Accept a file and directories that belong to another user than root
                                  and this one
          --max-bytes <BYTES>     The largest file that is read, in bytes
      -h, --help                  Print help
      -V, --version               Print version

    Exit codes:
      0  done
      1  failed
      2  wrong usage
      3  the config is, or would be, invalid
      4  it was changed meanwhile
      5  refused for what the file is, or who may change it
      6  the new content may be there, but is not known to be durable

    The config file, unless --file names another:
      $XDG_DATA_HOME/copilot-api/config.json, or ~/.local/share/copilot-api/config.json
    A file whose name ends in .jsonc may have comments, which stay; any other is strict JSON.

    RUST_LOG=debug shows what happens inside.
    ");
}
