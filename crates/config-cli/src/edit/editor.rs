//! Which editor, and how it ended.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::{Exit, Failure};

/// What the shell says of a program that is not there.
const NOT_FOUND: i32 = 127;

/// Runs `$VISUAL`, `$EDITOR` or `vi`, as words of the shell's, on `path`, and waits for its end.
///
/// With `aside`, what it prints goes where failures go: standard output is for a program then.
pub(super) fn run(path: &Path, aside: bool) -> Result<(), Failure> {
    let editor = chosen();
    // A Ctrl-C that the editor makes something else of, or what it runs, reaches this shell, too, which would end by it in spite
    // of an editor that ended well. What the shell catches is as usual again in what it runs.
    let mut words = OsString::from("trap : INT QUIT; ");
    words.push(&editor);
    words.push(" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(words).arg("configctl-edit").arg(path);
    if aside {
        command.stdout(Stdio::from(io::stderr()));
    }
    let name = editor.to_string_lossy();
    let failed =
        |how: &str| Failure::new(Exit::Failed, format!("the editor `{}` {how}", crate::output::safe(&name)));
    let another =
        "set $VISUAL or $EDITOR to an editor that waits until the file is closed, as `vi` or `code --wait`";
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) if status.code() == Some(NOT_FOUND) => Err(failed(&ended(status)).with_help(another)),
        // A shell says so of what it ran.
        Ok(status) if status.code().is_none_or(|code| code > 128) => Err(failed(&ended(status)).with_help(
            "what an editor could rescue is beside the copy, if it is kept: `vim -r` reads a swap file",
        )),
        Ok(status) => Err(failed(&ended(status))),
        Err(error) => Err(failed(&format!("could not be started: {error}")).with_help(another)),
    }
}

fn chosen() -> OsString {
    let named = |name| env::var_os(name).filter(|editor| !editor.as_bytes().trim_ascii().is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".into())
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(NOT_FOUND), _) => "was not found".to_owned(),
        (Some(code), _) => format!("ended with exit code {code}, and nothing was saved"),
        (None, Some(signal)) => format!("was ended by signal {signal}, and nothing was saved"),
        (None, None) => "did not end well, and nothing was saved".to_owned(),
    }
}
