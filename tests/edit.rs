//! `configctl edit`: nothing typed is lost, nothing broken is saved, and nobody's change is undone.

mod hard;
mod terminal;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use acceptance::configctl::{Outcome, configctl, run};
use acceptance::place::Place;
use acceptance::programs::program;
use acceptance::system::{kill, shell};

const KEY: &str = "sk-never-shown";

fn text() -> String {
    format!(
        "{{\n  \"version\": 1,\n  \"models\": {{\n    \"fast\": {{\"upstream\": \"up-fast\", \"enabled\": true, \
         \"allowed_keys\": [\"{KEY}\"]}}\n  }},\n  \"features\": {{\n    \"debug\": false,\n    \"telemetry\": false\n  }}\n}}\n"
    )
}

/// `configctl edit` with a script for an editor: `$1` is the copy, `$FILE` the file, `$ROUND` counts.
fn command(place: &Place, script: &str) -> Command {
    let mut command = program("configctl");
    command.arg("--file").arg(place.file()).arg("edit").env_remove("VISUAL");
    command.envs(environment(place, script));
    command
}

fn environment(place: &Place, script: &str) -> [(&'static str, String); 5] {
    let count = r#"echo >>"$ROUNDS"; ROUND=$(wc -l <"$ROUNDS")"#;
    let rounds = place.directory().file_name().expect("a name").to_string_lossy().into_owned();
    [
        ("ROUNDS", format!("{}/rounds{rounds}", env!("CARGO_TARGET_TMPDIR"))),
        ("EDITOR", r#"sh -e -c "$SCRIPT" editor"#.to_owned()),
        ("SCRIPT", format!("{count}; {script}")),
        ("FILE", place.file().display().to_string()),
        ("CONFIGCTL", program("configctl").get_program().to_string_lossy().into_owned()),
    ]
}

fn edit(place: &Place, script: &str) -> Outcome {
    run(command(place, script))
}

/// Where the failure says that the copy is.
fn kept(message: &str) -> PathBuf {
    let path = message.lines().find_map(|line| line.trim().strip_prefix("= kept: what was typed is in "));
    assert!(path.is_some(), "no copy in {message:?}");
    path.unwrap_or_default().into()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the copy")
}

const DEBUG: &str = r#"sed -i 's/"debug": false/"debug": true/' "$1""#;
const BREAK: &str = r#"sed -i 's/"debug": false/"debug": maybe,/' "$1""#;
const MEND: &str = r#"sed -i 's/maybe,/true/' "$1""#;

#[test]
fn what_is_good_is_saved() {
    let place = Place::with(&text());
    let done = edit(&place, &format!(r#"ls -ld "$(dirname "$1")"; ls -l "$1"; {DEBUG}"#));
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(place.text(), text().replace("\"debug\": false", "\"debug\": true"));
    assert_eq!(place.mode(), 0o600);
    assert!(done.out.starts_with("drwx------"), "{}", done.out);
    assert!(done.out.contains("\n-rw-------"), "{}", done.out);
    assert!(done.out.contains("/features/debug: false -> true\nsaved, revision "), "{}", done.out);
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn what_is_as_it_was_is_left_as_it_is() {
    let place = Place::with(&text());
    let before = fs::metadata(place.file()).expect("the file");
    let done = edit(&place, r#"touch "$1""#);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    // Also of an editor that did not wait.
    assert!(done.out.starts_with("nothing was changed; ") && done.out.contains("--wait"), "{}", done.out);
    assert_eq!(fs::metadata(place.file()).expect("the file").ino(), before.ino());
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn what_is_bad_is_shown_and_edited_again() {
    let place = Place::with(&text());
    let script = format!("if [ $ROUND = 1 ]; then {BREAK}; else {MEND}; fi");
    let done = edit(&place, &script);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("error: "), "{}", done.err);
    assert!(done.err.contains("the editor is opened again"), "{}", done.err);
    assert!(
        place.text().contains("\"debug\": true"),
        "the second round began with what was typed in the first"
    );
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn what_is_bad_and_given_up_is_kept() {
    let place = Place::with(&text());
    let done = edit(&place, &format!("if [ $ROUND = 1 ]; then {BREAK}; fi"));
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(place.text(), text());
    let copy = kept(&done.err);
    assert_eq!(read(&copy), text().replace("\"debug\": false", "\"debug\": maybe,"));
    assert_eq!(fs::metadata(&copy).expect("the copy").permissions().mode() & 0o777, 0o600);
    let directory = copy.parent().expect("a directory");
    assert_eq!(fs::metadata(directory).expect("its directory").permissions().mode() & 0o777, 0o700);
    // The next edit says that it is there.
    let next = edit(&place, "true");
    assert!(next.err.contains(&format!("was left, in {}", directory.display())), "{}", next.err);
    let doctor = configctl(&place.file(), &["doctor"]);
    assert!(doctor.out.contains(&format!("`rm -r {}`", directory.display())), "{}", doctor.out);
}

/// By whichever name it was begun, it is of the file that the names lead to.
#[test]
fn an_edit_through_a_link_is_found_by_every_name() {
    let place = Place::with(&text());
    let link = place.directory().join("link.json");
    std::os::unix::fs::symlink("config.json", &link).expect("a link");
    let mut command = program("configctl");
    command.arg("--file").arg(&link).arg("edit").env_remove("VISUAL").envs(environment(&place, BREAK));
    let copy = kept(&run(command).err);
    assert!(copy.ends_with("link.json"), "{copy:?}");
    let directory = copy.parent().expect("a directory").display().to_string();
    for path in [&place.file(), &link] {
        let doctor = configctl(path, &["doctor"]);
        assert!(doctor.out.contains(&directory), "{}", doctor.out);
    }
    let next = edit(&place, "true");
    assert!(next.err.contains(&directory), "{}", next.err);
}

#[test]
fn an_editor_that_never_gets_it_right_is_not_run_for_ever() {
    let place = Place::with(&text());
    let done = edit(&place, r#"echo "$ROUND" >>"$1""#);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(done.err.matches("the editor is opened again").count(), 9);
    assert!(read(&kept(&done.err)).ends_with("\n10\n"));
}

#[test]
fn a_change_by_another_is_a_conflict_and_neither_is_lost() {
    let place = Place::with(&text());
    let done =
        edit(&place, &format!(r#""$CONFIGCTL" --file "$FILE" set /features/telemetry true >&2; {DEBUG}"#));
    assert_eq!(done.code, 4, "{}", done.err);
    let theirs = text().replace("\"telemetry\": false", "\"telemetry\": true");
    assert_eq!(place.text(), theirs, "theirs stays");
    for line in [
        "conflict: ",
        "  there:\n    ~ /features/telemetry: false -> true\n",
        "  yours:\n    ~ /features/debug: false -> true\n",
    ] {
        assert!(done.err.contains(line), "no {line:?} in {}", done.err);
    }
    let copy = kept(&done.err);
    assert_eq!(read(&copy), text().replace("\"debug\": false", "\"debug\": true"));
    let merged = read(&copy.with_file_name("merged-config.json"));
    assert!(merged.contains("<<<<<<<") && merged.contains("|||||||"), "adjacent lines: {merged}");
}

#[test]
fn changes_of_the_same_value_are_named() {
    let place = Place::with(&text());
    let done = edit(
        &place,
        &format!(
            r#""$CONFIGCTL" --file "$FILE" set /features '{{"debug": true, "auth": true}}' >&2; {DEBUG}"#
        ),
    );
    assert_eq!(done.code, 4, "{}", done.err);
    assert!(done.err.contains("both changed /features/debug"), "{}", done.err);
}

#[test]
fn the_same_change_by_another_is_no_conflict() {
    let place = Place::with(&text());
    let done = edit(&place, &format!(r#"{DEBUG}; "$CONFIGCTL" --file "$FILE" set /features/debug true >&2"#));
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(place.text().contains("\"debug\": true"));
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn no_key_is_shown() {
    let place = Place::with(&text());
    let typed = r#"sed -i 's/sk-never-shown/sk-never-either/' "$1""#;
    let conflict = edit(
        &place,
        &format!(
            r#""$CONFIGCTL" --file "$FILE" set /models/fast/allowed_keys '["sk-never-there"]' >&2; {typed}"#
        ),
    );
    let broken = edit(&place, &format!(r#"{typed}; sed -i 's/true/"sk-never-typed/' "$1""#));
    for done in [&conflict, &broken] {
        assert_ne!(done.code, 0);
        for shown in [&done.out, &done.err] {
            assert!(!shown.contains("sk-never"), "{shown}");
        }
    }
    assert!(read(&kept(&conflict.err)).contains("sk-never-either"));
}

#[test]
fn comments_are_edited_where_the_name_allows_them() {
    let text = text().replace("\"features\": {", "\"features\": { // switches");
    let place = Place::named("config.jsonc", &text);
    let done = edit(&place, &format!(r#"case "$1" in *.jsonc) ;; *) exit 9;; esac; {DEBUG}"#));
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(place.text(), text.replace("\"debug\": false", "\"debug\": true"));
}

#[test]
fn a_broken_file_can_be_mended() {
    let broken = text().replace("\"debug\": false", "\"debug\": maybe,");
    let place = Place::with(&broken);
    let untouched = edit(&place, "true");
    assert_eq!(untouched.code, 3, "{}", untouched.err);
    assert_eq!(place.leftovers(), Vec::<String>::new());
    let done = edit(&place, MEND);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(place.text(), broken.replace("maybe,", "true"));
    assert_eq!(place.mode(), 0o600);
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn a_broken_file_that_another_mends_is_a_conflict() {
    let place = Place::with(&text().replace("\"debug\": false", "\"debug\": maybe,"));
    let done = edit(&place, &format!(r#"sed 's/maybe,/false/' "$1" >"$FILE"; {MEND}"#));
    assert_eq!(done.code, 4, "{}", done.err);
    assert_eq!(place.text(), text());
    assert!(read(&kept(&done.err)).contains("\"debug\": true"));
}

#[test]
fn whatever_fails_after_the_editor_what_was_typed_is_kept() {
    for (what, then, code) in [
        ("the file is gone", r#"rm "$FILE""#, 1),
        ("others may write it", r#"chmod 666 "$FILE""#, 5),
        ("it is a directory", r#"rm "$FILE"; mkdir "$FILE""#, 5),
        ("it was broken", r#"echo '{' >"$FILE""#, 4),
        ("it is of a newer version", r#"echo '{"version": 99}' >"$FILE""#, 3),
        ("the editor failed", "exit 7", 1),
        ("the editor was killed", "kill -9 $$", 1),
    ] {
        let place = Place::with(&text());
        let done = edit(&place, &format!("{DEBUG}; {then}"));
        assert_eq!(done.code, code, "{what}: {}", done.err);
        assert!(read(&kept(&done.err)).contains("\"debug\": true"), "{what}");
    }
}

#[test]
fn a_file_that_another_broke_is_a_conflict_where_something_is_kept_of_it_too() {
    let place = Place::with(&text());
    assert_eq!(configctl(&place.file(), &["set", "/features/telemetry", "true"]).code, 0);
    let done = edit(&place, &format!(r#"{DEBUG}; echo '{{' >"$FILE""#));
    assert_eq!(done.code, 4, "{}", done.err);
    assert!(read(&kept(&done.err)).contains("\"debug\": true"));
}

#[test]
fn whatever_fails_before_anything_is_typed_leaves_nothing() {
    let place = Place::with(&text());
    for (editor, code, message) in [
        ("sh -c 'exit 7'", 1, "ended with exit code 7"),
        ("no-such-editor --wait", 1, "the editor `no-such-editor --wait` was not found"),
        ("'", 1, "the editor `'` "),
    ] {
        let done = run({
            let mut command = command(&place, "");
            command.env("VISUAL", editor);
            command
        });
        assert_eq!(done.code, code, "{editor}: {}", done.err);
        assert!(done.err.contains(message), "{editor}: {}", done.err);
        assert_eq!(place.leftovers(), Vec::<String>::new(), "{editor}");
    }
    let newer = Place::with("{\"version\": 99}");
    assert_eq!(edit(&newer, DEBUG).code, 3);
    assert_eq!(edit(&Place::empty(), DEBUG).code, 1);
    place.chmod(0o666);
    assert_eq!(edit(&place, DEBUG).code, 5);
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn a_program_reads_one_object() {
    let place = Place::with(&text());
    let with_json = |script: &str| {
        let mut command = command(&place, script);
        command.arg("--json");
        run(command)
    };
    let done = with_json(&format!("echo chatter; {DEBUG}"));
    let object: serde_json::Value = serde_json::from_str(&done.out).expect("one object");
    assert_eq!(object["changes"][0]["pointer"], "/features/debug");
    let failed = with_json("echo >>\"$1\"; exit 7");
    let object = failed.err.lines().last().expect("a failure");
    let object: serde_json::Value = serde_json::from_str(object).expect("an object");
    assert_eq!((&object["exit"], &object["saved"]), (&1.into(), &"no".into()));
    assert!(read(Path::new(object["copy"].as_str().expect("a path"))).ends_with("\n\n"));
}

#[test]
fn a_signal_says_where_the_copy_is() {
    let place = Place::with(&text());
    let mut command =
        command(&place, &format!(r#"{DEBUG}; echo typed; until [ -e "$FILE.end" ]; do sleep 0.05; done"#));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("configctl starts");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert_eq!(line, "typed\n");
    // Ctrl-C is the editor's.
    kill("-INT", child.id());
    kill("-TERM", child.id());
    let ended = child.wait().expect("its end");
    shell(place.directory(), "touch config.json.end");
    assert_eq!(ended.code(), Some(128 + 15));
    let mut err = String::new();
    child.stderr.take().expect("what it said").read_to_string(&mut err).expect("UTF-8");
    let copy = err.split("the copy is kept: ").nth(1).expect("where the copy is").trim();
    assert!(read(Path::new(copy)).contains("\"debug\": true"));
    assert_eq!(place.text(), text());
}
