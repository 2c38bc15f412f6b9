//! Markdown files whose `console` blocks are run, and must print what stands there.
//!
//! A line that begins with `$ ` is a command, one with `> ` goes on with it; what follows is what it prints, errors too, and its
//! exit code where that is not 0. Each `##` heading begins with an empty home, `/home/operator`. With `TRANSCRIPTS=overwrite`
//! in the environment, what is printed is put in place of what stands there, to be read before it is committed.
#![expect(clippy::disallowed_methods, reason = "a document is rewritten when the developer asks for it")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::programs::program;

/// What the home is called in the text.
const HOME: &str = "/home/operator";

/// Runs the blocks of `document`, and compares.
///
/// # Panics
/// When a command prints something else.
pub fn check(document: &Path) {
    let old = fs::read_to_string(document).expect("the document");
    let new = replayed(&old);
    if std::env::var_os("TRANSCRIPTS").is_some_and(|wish| wish == "overwrite") {
        fs::write(document, &new).expect("the document");
        return;
    }
    for (number, (old, new)) in old.lines().zip(new.lines()).enumerate() {
        assert_eq!(
            old,
            new,
            "{}:{}: run it again with TRANSCRIPTS=overwrite",
            document.display(),
            number + 1
        );
    }
    assert_eq!(old.lines().count(), new.lines().count(), "{}", document.display());
}

/// The same document, with what its commands print now.
fn replayed(document: &str) -> String {
    let mut home = home();
    let mut lines = document.lines().peekable();
    let (mut text, mut is_console) = (String::new(), false);
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            home = self::home();
        }
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        text += &format!("{line}\n");
        let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) else { continue };
        let mut command = command.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with("> ") || *line == ">") {
            text += &format!("{more}\n");
            command += &format!("\n{}", more.get(2..).unwrap_or_default());
        }
        while lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```")).is_some() {}
        text += &printed(home.path(), &command);
    }
    text
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a home")
}

fn printed(home: &Path, command: &str) -> String {
    let real = home.to_str().expect("UTF-8");
    let configctl = program("configctl");
    let directory = Path::new(configctl.get_program()).parent().expect("its directory").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("umask 077; exec 2>&1; {}", command.replace(HOME, real))])
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{}:{path}", directory.display()))
        .env("HOME", home)
        .env("TZ", "UTC")
        .output()
        .expect("a shell");
    let mut text = String::from_utf8(output.stdout).expect("UTF-8");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !output.status.success() {
        text += &format!("[{}]\n", output.status);
    }
    steady(&text.replace(real, HOME))
}

/// What differs from run to run and from user to user, by its shape: `0` is a digit, `?` a letter or digit.
const SHAPES: &[(&str, &str)] = &[
    ("0000-00-00T00:00:00", "2026-01-01T12:00:00"),
    ("0000-00-00 00:00:00", "2026-01-01 12:00:00"),
    ("00:00:00", "12:00:00"),
    (".edit-??????", ".edit-XXXXXX"),
];

fn steady(text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let shape = SHAPES.iter().find(|(shape, _)| begins_with(rest, shape));
        let (length, shown) =
            shape.map_or((first.len_utf8(), None), |(shape, shown)| (shape.len(), Some(*shown)));
        let (taken, left) = rest.split_at(length);
        new += shown.unwrap_or(taken);
        rest = left;
    }
    new.replace(&format!("uid {}", uid()), "uid 1000")
}

fn begins_with(text: &str, shape: &str) -> bool {
    let there = text.as_bytes().get(..shape.len());
    there.is_some_and(|there| {
        there.iter().zip(shape.as_bytes()).all(|(there, shape)| match shape {
            b'0' => there.is_ascii_digit(),
            b'?' => there.is_ascii_alphanumeric(),
            other => there == other,
        })
    })
}

/// Of this process, whose files they are.
fn uid() -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").expect("/proc"))
}
