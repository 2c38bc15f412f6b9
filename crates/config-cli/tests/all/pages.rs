//! What is made of the command line: help, completions, manual pages.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::place::Place;

fn names(place: &Place) -> Vec<String> {
    let help = place.run(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let lines = list.lines().filter(|line| !line.starts_with("   "));
    lines
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn each_command_has_examples_that_use_it() {
    let place = Place::with("");
    let names = names(&place);
    assert!(names.len() >= 18, "{names:?}");
    for name in names {
        let help = place.run(&[&name, "--help"]);
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name}: {help}"));
        assert!(
            examples.contains(&format!("configctl {name}")) || name == "path" || name == "edit",
            "{name}: {examples}"
        );
    }
}

#[test]
fn completions_know_every_command() {
    let place = Place::with("");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]);
        for name in names(&place) {
            assert!(script.contains(&name), "{shell}: {name}");
        }
        assert!(script.contains("if-revision"), "{shell}");
    }
    // Shells that are here read theirs.
    for shell in ["bash", "zsh", "fish"] {
        let Ok(mut child) = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn() else { continue };
        let script = place.command(&["completions", shell]).output().unwrap().stdout;
        child.stdin.take().unwrap().write_all(&script).unwrap();
        assert!(child.wait().unwrap().success(), "{shell}");
    }
}

/// Without a home there is no config file, and none is needed.
#[test]
fn pages_need_no_file() {
    for args in [&["completions", "bash"][..], &["man"], &["schema"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_configctl"));
        let output = command.env_clear().args(args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn manual_pages_have_exit_codes_and_examples() {
    let place = Place::with("");
    let page = place.run(&["man"]);
    for part in [
        ".TH CONFIGCTL 1",
        ".SH NAME",
        ".SH SYNOPSIS",
        ".SH OPTIONS",
        ".SH SUBCOMMANDS",
        "Exit codes",
        "not known to be durable",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for name in names(&place) {
        let page = place.run(&["man", &name]);
        assert!(page.contains(&format!(".TH CONFIGCTL-{}", name.to_uppercase())), "{name}: {page}");
        assert!(page.contains("Examples:"), "{name}: {page}");
    }
}
