use config_model::Config;
use config_store::Snapshot;

fn demo(snapshot: &mut Snapshot<Config>) {
    snapshot.features.debug = true;
}

fn main() {}
