//! Opens a store, and panics with all that it has.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "what a panic says is what is tested")]

use std::error::Error;

use config_model::Config;
use config_store::{Options, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: panics FILE")?;
    let store: Store<Config> = Options::new().watch(None).open(path)?;
    let mut changes = store.subscribe();
    let snapshot = store.update(|config| config.features.debug = true)?;
    let change = changes.next_within(std::time::Duration::ZERO);
    let as_json = serde_json::to_string(&*snapshot);
    let refused = store.update(|config| config.retention.events_days = u64::MAX);
    panic!("{store:?} {snapshot:?} {:?} {change:?} {as_json:?} {refused:?} {:?}", *snapshot, store.status());
}
