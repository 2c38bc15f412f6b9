//! Opens the file that its argument names, migrates it when it is older, and prints its settings.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use config_store::{Options, Store};
use own_schema::Relay;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What failed, and why: an error's own text leaves out what caused it.
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text += &format!("\n  because: {error}");
                cause = error.source();
            }
            // Unlike `eprintln`, no panic where nobody can be told.
            writeln!(io::stderr(), "{text}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: own-schema FILE")?;
    // A service leaves the watch on: `Store::open(path)`.
    let store: Store<Relay> = Options::new().watch(None).open(path)?;
    let relay = store.snapshot();
    let warnings = relay.warnings().iter().map(ToString::to_string);
    for warning in store.warnings().into_iter().chain(warnings) {
        writeln!(io::stderr(), "warning: {warning}")?;
    }
    writeln!(io::stdout(), "{} (opened by {}): {:#?}", store.path().display(), store.opened_by(), *relay)?;
    Ok(())
}
