//! What the watch says by `tracing`. Each event has a name and fields that stay: `config_store::observability` lists them.

use std::{fmt::Display, path::Path};

use crate::Mode;

/// One line, whatever the path holds.
fn shown(path: &Path) -> impl Display {
    path.to_string_lossy().escape_debug().to_string()
}

pub(crate) fn degraded(path: &Path, mode: Mode, error: &str) {
    tracing::warn!(
        name: "degraded",
        target: "config_watch",
        { event = "degraded", path = %shown(path), %mode, error },
        "file events are incomplete: polling"
    );
}

pub(crate) fn recovered(path: &Path, mode: Mode) {
    tracing::info!(
        name: "recovered",
        target: "config_watch",
        { event = "recovered", path = %shown(path), %mode },
        "file events are complete again"
    );
}

pub(crate) fn look_panicked(path: &Path) {
    tracing::error!(
        name: "look_panicked",
        target: "config_watch",
        { event = "look_panicked", path = %shown(path) },
        "a look panicked; the watch goes on"
    );
}
