//! Many stores of one file in one process. For each line of the input it prints the status of each, in one line.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{BufRead as _, stdin};
use std::time::SystemTime;

use config_model::Config;
use config_store::{Status, Store};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, count] = arguments.as_slice() else { return Err("usage: stores FILE COUNT".into()) };
    let stores = (0..count.parse()?).map(|_| Store::open(path)).collect::<Result<Vec<Store<Config>>, _>>()?;
    for line in stdin().lock().lines() {
        line?;
        let statuses: Value = stores.iter().map(described).collect();
        println!("{statuses}");
    }
    Ok(())
}

fn described(store: &Store<Config>) -> Value {
    let Status { accepted_at, watch, .. } = store.status();
    // A time before 1970 is as good as none.
    let accepted_at = accepted_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
    json!({
        "alias": store.snapshot().models.keys().next(),
        "accepted_at": u64::try_from(accepted_at).ok(),
        "mode": watch.as_ref().map(|watch| watch.mode.name()),
        "last_error": watch.and_then(|watch| watch.last_error),
    })
}
