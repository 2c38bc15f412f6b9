//! Arrows never point up: which crate may use which, and who alone may use the system's own interfaces.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::Slips;
use crate::run::{Done, failed};

/// The workspace's crates, from the bottom, and what each may use of the others.
const LAYERS: &[(&str, &[&str])] = &[
    ("config-model", &[]),
    ("config-fs", &[]),
    ("config-watch", &[]),
    ("config-store", &["config-model", "config-fs", "config-watch"]),
    ("config-tower", &["config-model", "config-store"]),
    ("config-cli", &["config-model", "config-fs", "config-watch", "config-store"]),
];

/// Dependencies that one crate alone has.
const ALONE: &[(&str, &str)] =
    &[("rustix", "config-fs"), ("notify", "config-watch"), ("notify-debouncer-mini", "config-watch")];

/// Async runtimes: none below the examples.
const RUNTIMES: &[&str] = &["tokio", "async-std", "smol", "futures", "axum"];

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

pub(crate) fn check(root: &Path, slips: &mut Slips) -> Done {
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    for (name, below) in LAYERS {
        let path = root.join("crates").join(name);
        let text = fs::read_to_string(path.join("Cargo.toml")).map_err(failed(*name))?;
        let manifest: Manifest = toml::from_str(&text).map_err(failed(*name))?;
        let mut slip = |what: String| slips.push(format!("crates/{name}/Cargo.toml: {what}"));
        for dependency in manifest.dependencies.keys() {
            let is_ours = LAYERS.iter().any(|(ours, _)| ours == dependency);
            if is_ours && !below.contains(&dependency.as_str()) {
                slip(format!("{dependency} is not below it"));
            }
            if ALONE.iter().any(|(only, of)| only == dependency && of != name) {
                slip(format!("{dependency} belongs to one other crate alone"));
            }
            if RUNTIMES.contains(&dependency.as_str()) {
                slip(format!("{dependency}: no async runtime below the gateway"));
            }
            if !is_ours && !architecture.contains(&format!("`{dependency}`")) {
                slip(format!("ARCHITECTURE.md has no line that justifies `{dependency}`"));
            }
        }
        let readme = fs::read_to_string(path.join("README.md")).unwrap_or_default();
        if !readme.contains("```rust") && !name.ends_with("cli") {
            slip("its README has no tested example".to_owned());
        }
    }
    Ok(())
}
