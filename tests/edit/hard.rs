//! Editors that do as they like, and signals at the wrong moment.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use acceptance::configctl::{configctl, run};
use acceptance::place::Place;
use acceptance::system::{kill, shell};
use acceptance::time::eventually;
use serde_json::Value;

use super::{BREAK, DEBUG, MEND, command, edit, kept, read, text};

/// Another program, which has the lock.
struct Holder(Child);

impl Holder {
    fn start(place: &Place) -> Self {
        let mut flock = Command::new("flock");
        flock.arg(place.directory().join(".config.json.lock")).args(["sh", "-c", "echo locked; read end"]);
        let mut child = flock.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("flock starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert_eq!(line, "locked\n");
        Self(child)
    }

    fn let_go(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("its end");
    }
}

/// Has the process this open?
fn has_open(pid: u32, path: &Path) -> bool {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors");
    let mut paths = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    paths.any(|found| found == path)
}

#[test]
fn a_signal_during_a_save_is_no_end_of_it() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let place = Place::with(&text());
        let holder = Holder::start(&place);
        let mut command = command(&place, &format!("{DEBUG}; echo typed"));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("configctl starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut said = String::new();
        out.read_line(&mut said).expect("a line");
        // A save has the directory open, while it waits for the lock, too.
        let directory = place.directory().canonicalize().expect("the directory");
        eventually("the save waits", || has_open(child.id(), &directory).then_some(()));
        kill(signal, child.id());
        holder.let_go();
        let output = child.wait_with_output().expect("its end");
        out.read_to_string(&mut said).expect("UTF-8");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}{err}");
        assert!(said.contains("saved, revision"), "{said}{err}");
        assert_eq!(place.text(), text().replace("\"debug\": false", "\"debug\": true"));
        assert_eq!(place.leftovers(), Vec::<String>::new());
    }
}

/// A terminal sends it to all that runs there; the editor makes something else of it.
#[test]
fn ctrl_c_is_the_editor_s_alone() {
    let place = Place::with(&text());
    let group = |script: &str| {
        let mut command: Command = command(&place, script);
        command.process_group(0);
        run(command)
    };
    let done = group(&format!("trap : INT QUIT; kill -INT 0; kill -QUIT 0; {DEBUG}"));
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(place.text().contains("\"debug\": true"));
    // One that ends by it has failed.
    let ended = group(&format!("sed -i 's/up-fast/up-slow/' \"$1\"; kill -INT 0; {DEBUG}"));
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(kept(&ended.err).is_file());
    assert!(!place.text().contains("up-slow"));
}

#[test]
fn what_an_editor_leaves_instead_of_the_copy_is_named_by_its_directory() {
    for script in [
        r#"rm "$1"; mkfifo "$1""#,
        r#"rm "$1"; mkdir "$1""#,
        r#"rm "$1"; ln -s /dev/zero "$1""#,
        r#"mv "$1" "$1.new""#,
    ] {
        let place = Place::with(&text());
        let done = edit(&place, script);
        assert_eq!(done.code, 1, "{script}: {}", done.err);
        assert!(kept(&done.err).is_dir(), "{script}: {}", done.err);
        assert_eq!(place.text(), text());
    }
    let place = Place::with(&text());
    let done = edit(&place, r#"rm -r "${1%/*}""#);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(!done.err.contains("= kept:") && !done.err.contains("warning:"), "{}", done.err);
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

/// The copy is as it was, and what was typed is where the editor put it.
#[test]
fn what_an_editor_saved_beside_the_copy_is_kept() {
    for script in [
        r#"echo typed >"${1%/*}/.config.json.swp"; kill -TERM $$"#,
        r#"echo typed >"$1.save"; exit 1"#,
        r#"mkdir "${1%/*}/auto"; echo typed >"${1%/*}/auto/save"; exit 143"#,
    ] {
        let place = Place::with(&text());
        let done = edit(&place, script);
        assert_eq!(done.code, 1, "{script}: {}", done.err);
        let (directory, swap) = (kept(&done.err), done.err.contains("`vim -r"));
        assert_eq!(shell(&directory, "grep -rl typed . | wc -l").trim(), "1", "{script}");
        assert_eq!(swap, !script.ends_with("exit 1"), "{}", done.err);
        assert!(!done.err.contains("code --wait"), "{script}: {}", done.err);
        assert_eq!(place.text(), text());
    }
    let place = Place::with(&text());
    let done = edit(&place, r#"sed s/up-fast/up-slow/ "$1" >"$1.mine""#);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(shell(place.directory(), "cat .config.json.edit-*/config.json.mine | grep -c up-slow"), "1\n");
    assert!(done.err.contains("/config.json.mine, which is kept"), "{}", done.err);
    // What says nothing new is not worth keeping.
    let place = Place::with(&text());
    let done = edit(&place, r#"cp "$1" "$1~"; : >"$1.lock"; ln -s nobody@nowhere "${1%/*}/.\#config.json""#);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn a_copy_that_was_moved_with_its_directory_is_found() {
    let place = Place::with(&text());
    let moved = place.directory().with_extension("moved");
    let done = edit(&place, &format!("{DEBUG}; mv \"${{FILE%/*}}\" {}", moved.display()));
    assert_eq!(done.code, 1, "{}", done.err);
    let copy = kept(&done.err);
    assert!(copy.starts_with(&moved) && read(&copy).contains("\"debug\": true"), "{}", done.err);
    Place::rename(&moved, place.directory());
}

#[test]
fn a_broken_file_that_others_may_write_meanwhile_is_refused() {
    let place = Place::with(&text().replace("\"debug\": false", "\"debug\": maybe,"));
    let done = edit(&place, &format!("{MEND}; chmod 666 \"$FILE\""));
    assert_eq!(done.code, 5, "{}", done.err);
    assert!(kept(&done.err).is_file() && place.text().contains("maybe"));
}

#[test]
fn an_editor_that_is_not_named_is_vi() {
    let place = Place::with(&text());
    let mut command = command(&place, "");
    command.env("VISUAL", " ").env("EDITOR", "\t ").env("PATH", "/nowhere");
    let done = run(command);
    assert!(done.err.contains("the editor `vi` was not found"), "{}", done.err);
}

#[test]
fn what_was_mended_is_kept_in_the_history() {
    let place = Place::with(&text());
    assert_eq!(configctl(&place.file(), &["set", "/features/telemetry", "true"]).code, 0);
    let valid = place.text();
    place.write(valid.replace("\"debug\": false", "\"debug\": maybe,"));
    let done = edit(&place, &format!("{MEND}; sed -i 's/up-fast/up-mended/' \"$1\""));
    assert_eq!(done.code, 0, "{}", done.err);
    let history = configctl(&place.file(), &["history"]);
    assert!(
        history.out.lines().next().is_some_and(|newest| newest.ends_with("(current)")),
        "{}",
        history.out
    );
}

#[test]
fn what_cannot_be_kept_in_the_history_is_told() {
    for (before, script) in [
        (text(), DEBUG.to_owned()),
        (text().replace("\"debug\": false", "\"debug\": maybe,"), MEND.to_owned()),
    ] {
        let place = Place::with(&before);
        shell(place.directory(), "touch .config.json.history");
        let done = edit(&place, &script);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.err.contains("is not kept in the history"), "{}", done.err);
        assert!(place.text().contains("\"debug\": true"));
    }
}

#[test]
fn a_program_reads_nothing_but_objects() {
    let theirs = r#""$CONFIGCTL" --file "$FILE" set /features/telemetry true >/dev/null"#;
    for (script, code) in [
        (format!("if [ $ROUND = 1 ]; then {BREAK}; else {MEND}; fi"), 0),
        (format!("if [ $ROUND = 1 ]; then {BREAK}; fi"), 3),
        (format!("{theirs}; {DEBUG}"), 4),
        ("true".to_owned(), 0),
        (r#"sed -i 's/"debug"/"debgu"/' "$1""#.to_owned(), 0),
    ] {
        let place = Place::with(&text());
        // One that was left before is told, too.
        std::fs::create_dir(place.directory().join(".config.json.edit-abc123")).expect("another edit");
        let mut command = command(&place, &script);
        command.arg("--json");
        let done = run(command);
        assert_eq!(done.code, code, "{script}: {}", done.err);
        let objects: Vec<Value> = done
            .err
            .lines()
            .chain(done.out.lines())
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        assert!(
            objects
                .iter()
                .any(|object| object["warning"].as_str().is_some_and(|it| it.contains("edit-abc123")))
        );
        let problems = objects.iter().filter_map(|object| object["problems"].as_array());
        let count: usize = problems.map(Vec::len).sum();
        assert_eq!(count > 0, code == 3 || script.contains("debgu"), "{script}: {objects:?}");
    }
}
