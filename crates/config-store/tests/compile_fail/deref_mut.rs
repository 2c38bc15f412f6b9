use std::ops::DerefMut;

use config_model::Config;
use config_store::Snapshot;

fn changeable<T: DerefMut>(_: T) {}

fn demo(snapshot: Snapshot<Config>) {
    changeable(snapshot);
}

fn main() {}
