use config_model::{Config, Features};
use config_store::Snapshot;

fn demo(snapshot: &mut Snapshot<Config>) -> &mut Features {
    &mut snapshot.features
}

fn main() {}
