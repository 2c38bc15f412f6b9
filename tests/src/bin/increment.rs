//! Another process that updates the same file: adds 1 to `retention.traces_days` so many times.
#![forbid(unsafe_code)]

use std::error::Error;

use config_model::Config;
use config_store::{Options, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(path), Some(times)) = (args.next(), args.next()) else {
        return Err("usage: increment FILE TIMES".into());
    };
    let times: u64 = times.to_string_lossy().parse()?;
    let store: Store<Config> = Options::new().watch(None).open(path)?;
    for _ in 0..times {
        store.update(|config| config.retention.traces_days += 1)?;
    }
    Ok(())
}
