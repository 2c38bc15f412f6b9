//! Opens a store, reloads it so many times, and tries one update: what was warned of, and what came of each.
#![forbid(unsafe_code)]

use std::error::Error;
use std::time::Duration;

use config_model::Config;
use config_store::{Event, Options, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: reloads FILE COUNT [EXPECTED_MODE]";
    let path = arguments.next().ok_or(usage)?;
    let mut numbers = arguments.filter_map(|argument| argument.into_string().ok());
    let count: u32 = numbers.next().ok_or(usage)?.parse()?;
    let options = Options::new().watch(None);
    let options = match numbers.next() {
        Some(mode) => options.expected_mode(u32::from_str_radix(&mode, 8)?),
        None => options,
    };
    let store: Store<Config> = options.open(path)?;
    let mut events = store.events();
    // What was said while it was opened is in the status.
    let mut warnings = store.status().warnings;
    for _ in 0..count {
        store.reload()?;
    }
    while let Some(event) = events.next_within(Duration::ZERO) {
        if let Event::Warning(warning) = event {
            warnings.push(warning);
        }
    }
    println!("warnings: {}", warnings.len());
    for warning in warnings {
        println!("warning: {warning}");
    }
    match store.update(|config| config.features.debug = !config.features.debug) {
        Ok(_) => println!("saved"),
        Err(error) => {
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            println!("not saved: {error}{source}");
        }
    }
    Ok(())
}
