//! `configctl watch` on a terminal: in colours, until Ctrl-C.

use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::vi::Terminal;
use portable_pty::CommandBuilder;

fn watching(place: &Place, variables: &[(&str, &str)]) -> Terminal {
    let mut command = CommandBuilder::new(program("configctl").get_program());
    command.env_remove("NO_COLOR");
    command.env_remove("CLICOLOR_FORCE");
    for (name, value) in variables {
        command.env(name, value);
    }
    command.args(["--file", &place.file().to_string_lossy(), "watch"]);
    Terminal::start(command)
}

#[test]
fn it_is_colored_and_ends_with_ctrl_c() {
    let place = Place::with(&with_alias("fast"));
    let mut terminal = watching(&place, &[]);
    terminal.until("an edit is noticed");
    place.rename_over(with_alias("slow").replace("\"*\"", "\"sk-sentinel\""));
    terminal.until("accepted");
    terminal.until("/models/slow");
    place.rename_over("{\"version\": 1, \"models\": 7}");
    terminal.until("rejected");
    terminal.until("^");
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended(), 0);
    let shown = terminal.shown();
    for colored in
        ["\u{1b}[1m\u{1b}[32maccepted\u{1b}[0m", "\u{1b}[32m+ /models/slow", "\u{1b}[31m- /models/fast"]
    {
        assert!(shown.contains(colored), "{colored:?} in {shown:?}");
    }
    assert!(shown.contains("\u{1b}[1m\u{1b}[31mrejected"), "{shown:?}");
    assert!(!shown.contains("sk-sentinel"), "{shown:?}");
}

#[test]
fn no_color_is_heeded_on_a_terminal() {
    let place = Place::with(&with_alias("fast"));
    let mut terminal = watching(&place, &[("NO_COLOR", "1")]);
    terminal.until("an edit is noticed");
    place.rename_over("{");
    terminal.until("rejected");
    terminal.until("= help");
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.shown().contains("\u{1b}["), "{:?}", terminal.shown());
}
