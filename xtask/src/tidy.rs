//! `cargo xtask tidy`: the rules of ARCHITECTURE.md and CONTRIBUTING.md that a program can check.

mod examples;
mod layers;
mod named;
mod sizes;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Done, Failed, failed, root};

/// Breaks of the rules, each with its place.
pub(crate) type Slips = Vec<String>;

pub(crate) fn run() -> Done {
    let root = root();
    let files = rust_files(&root)?;
    let mut slips = Slips::new();
    sizes::check(&files, &mut slips);
    sources::check(&root, &files, &mut slips);
    layers::check(&root, &mut slips)?;
    named::check(&root, &files, &mut slips);
    examples::check(&files, &mut slips);
    if slips.is_empty() {
        println!("tidy: {} files, nothing to mend", files.len());
        return Ok(());
    }
    Err(Failed(format!("tidy found {}:\n  {}", slips.len(), slips.join("\n  "))))
}

/// A source file of this workspace.
pub(crate) struct Source {
    /// From the root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Is it below this directory of the root?
    pub(crate) fn is_in(&self, directory: &str) -> bool {
        self.path.starts_with(directory)
    }
}

fn rust_files(root: &Path) -> Result<Vec<Source>, Failed> {
    let mut found = Vec::new();
    let mut directories: Vec<PathBuf> =
        ["bench", "crates", "examples", "tests", "xtask", "crash", "savers", "trust", "fuzz"]
            .iter()
            .map(|name| root.join(name))
            .collect();
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory).map_err(failed(directory.display().to_string()))?;
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let is_built = path.file_name().is_some_and(|name| name == "target");
            if path.is_dir() && !is_built {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).map_err(failed(path.display().to_string()))?;
                let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}
