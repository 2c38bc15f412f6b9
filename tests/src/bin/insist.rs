//! A program that is told that its update is not durable, and repeats it until it is.
#![forbid(unsafe_code)]

use std::error::Error;

use config_model::Config;
use config_store::{Options, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: insist FILE")?;
    let store: Store<Config> = Options::new().watch(None).open(path)?;
    while let Err(error) = store.update(|config| config.features.debug = true) {
        println!("{error}; warnings: {}", store.status().warnings.len());
    }
    println!("saved; warnings: {}", store.status().warnings.len());
    Ok(())
}
