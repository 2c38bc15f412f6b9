//! The log, whose level follows `features.debug` while the gateway runs.

use std::io::{Stderr, stderr};

use config_model::Config;
use config_store::PartSubscription;
use futures_util::StreamExt as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::Formatter;
use tracing_subscriber::fmt::format::{DefaultFields, Format};
use tracing_subscriber::reload::Handle;

/// Changes what is logged.
pub(crate) type Level = Handle<EnvFilter, Formatter<DefaultFields, Format, fn() -> Stderr>>;

/// Starts the log on the standard error. The store logs what it accepts and rejects by `tracing`: nothing else is needed to
/// see it.
pub(crate) fn start() -> Level {
    let log = tracing_subscriber::fmt().with_env_filter(filter(false)).with_writer(stderr as fn() -> Stderr);
    let log = log.with_filter_reloading();
    let level = log.reload_handle();
    log.init();
    level
}

/// What `RUST_LOG` says wins.
fn filter(debug: bool) -> EnvFilter {
    let level = if debug { LevelFilter::DEBUG } else { LevelFilter::INFO };
    EnvFilter::builder().with_default_directive(level.into()).from_env_lossy()
}

/// Follows the config, from what it says now until the store is closed. Other edits are not heard of here.
pub(crate) async fn follow(debug: PartSubscription<Config, bool>, level: Level) {
    set(&level, *debug.seen());
    let mut changes = debug.into_stream();
    while let Some(change) = changes.next().await {
        set(&level, *change.after());
        tracing::info!("debug logging is {}", if *change.after() { "on" } else { "off" });
    }
}

fn set(level: &Level, debug: bool) {
    if let Err(error) = level.reload(filter(debug)) {
        tracing::error!("the level of the log stays: {error}");
    }
}
