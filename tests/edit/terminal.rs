//! With someone who sits there: questions, answers, and the real `vi`.

use acceptance::configctl::configctl;
use acceptance::place::{Place, with_alias};
use acceptance::programs::{has, program};
use acceptance::vi::Terminal;
use portable_pty::CommandBuilder;

use super::{BREAK, DEBUG, MEND, environment, text};

fn on_terminal(place: &Place, script: &str) -> Terminal {
    let mut command = CommandBuilder::new(program("configctl").get_program());
    command.cwd(place.directory());
    command.args(["--file".as_ref(), place.file().as_os_str(), "edit".as_ref()]);
    for (name, value) in environment(place, script) {
        command.env(name, value);
    }
    command.env_remove("VISUAL");
    Terminal::start(command)
}

#[test]
fn someone_who_sits_there_is_asked() {
    let place = Place::with(&text());
    let script = format!("if [ $ROUND = 2 ]; then {MEND}; else {BREAK}; fi");
    let mut terminal = on_terminal(&place, &script);
    terminal.until("What now? [e]dit again, [q]uit, and keep the copy, [t]hrow the copy away: ");
    terminal.keys("what?\r");
    terminal.until("What now?");
    terminal.keys("e\r");
    assert_eq!(terminal.ended(), 0, "{}", terminal.shown());
    assert!(place.text().contains("\"debug\": true"));
    assert_eq!(place.leftovers(), Vec::<String>::new());

    let place = Place::with(&text());
    for (answer, code, left) in [("t\r", 0, 0), ("q\r", 3, 1), ("\u{4}", 3, 2), ("\u{3}", 128 + 2, 3)] {
        let mut terminal = on_terminal(&place, BREAK);
        terminal.until("What now?");
        terminal.keys(answer);
        assert_eq!(terminal.ended(), code, "{answer:?}: {}", terminal.shown());
        assert_eq!(place.leftovers().len(), left, "{answer:?}");
        assert_eq!(place.text(), text());
    }
}

#[test]
fn a_conflict_is_settled_by_who_sits_there() {
    // Far enough apart to go together.
    let spaced = text().replace("\"features\"", "\"x-1\": 1,\n  \"x-2\": 2,\n  \"x-3\": 3,\n  \"features\"");
    let theirs = r#"[ $ROUND != 1 ] || "$CONFIGCTL" --file "$FILE" set /models/fast/enabled false >&2"#;
    let place = Place::with(&spaced);
    let mut terminal = on_terminal(&place, &format!("{theirs}; {DEBUG}"));
    terminal.until("both changes go together");
    terminal.until("What now? [s]ave both changes, [m]erge");
    terminal.keys("s\r");
    assert_eq!(terminal.ended(), 0, "{}", terminal.shown());
    let both =
        spaced.replace("\"debug\": false", "\"debug\": true").replace("true, \"allowed", "false, \"allowed");
    assert_eq!(place.text(), both);
    assert_eq!(place.leftovers(), Vec::<String>::new());

    // The same lines: the marks are what the editor is given next.
    let place = Place::with(&text());
    let theirs = r#"if [ $ROUND = 1 ]; then "$CONFIGCTL" --file "$FILE" set /features/telemetry true >&2"#;
    let resolve = r#"else sed -i '/^<<<<<<</d; /^|||||||/,/^=======/d; /^>>>>>>>/d; /"telemetry": false/d; /"debug": false/d' "$1"; fi"#;
    let mut terminal = on_terminal(&place, &format!("{theirs}; {DEBUG}; {resolve}"));
    terminal.until("they are between <<<<<<< ours and >>>>>>> theirs");
    terminal.until("What now? [m]erge");
    terminal.keys("m\r");
    assert_eq!(terminal.ended(), 0, "{}", terminal.shown());
    let both = text()
        .replace("\"debug\": false", "\"debug\": true")
        .replace("\"telemetry\": false", "\"telemetry\": true");
    assert_eq!(place.text(), both);
    assert_eq!(place.leftovers(), Vec::<String>::new());
}

#[test]
fn the_real_vi_edits() {
    if !has("vi") {
        return;
    }
    let (place, home) = (Place::with(&with_alias("fast")), Place::empty());
    let mut command = CommandBuilder::new(program("configctl").get_program());
    command.cwd(place.directory());
    command.args(["--file".as_ref(), place.file().as_os_str(), "edit".as_ref()]);
    command.env("EDITOR", "vi");
    // No settings of whoever runs the test.
    command.env("HOME", home.directory());
    command.env_remove("VISUAL");
    let mut terminal = Terminal::start(command);
    terminal.until("up-fast");
    terminal.keys(":%s/up-fast/up-slow/\r:wq\r");
    terminal.until("saved, revision");
    assert_eq!(terminal.ended(), 0, "{}", terminal.shown());
    assert_eq!(configctl(&place.file(), &["get", "/models/fast/upstream"]).out, "\"up-slow\"\n");
    assert_eq!(place.leftovers(), Vec::<String>::new());
}
