//! What is in a directory, to compare with what should be.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    File { bytes: Vec<u8>, mode: u32, owner: u32 },
    Directory,
    Link(PathBuf),
    Other,
}

/// All below a directory, by relative path.
pub(crate) type Tree = BTreeMap<String, Entry>;

pub(crate) fn tree(root: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            let meta = path.symlink_metadata()?;
            let found = if meta.is_symlink() {
                Entry::Link(fs::read_link(&path)?)
            } else if meta.is_dir() {
                directories.push(path.clone());
                Entry::Directory
            } else if meta.is_file() {
                Entry::File { bytes: fs::read(&path)?, mode: meta.mode() & 0o7777, owner: meta.uid() }
            } else {
                Entry::Other
            };
            tree.insert(path.strip_prefix(root).unwrap_or(&path).display().to_string(), found);
        }
    }
    Ok(tree)
}

/// Files with content that more than their owner may touch.
pub(crate) fn wide(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.iter().filter_map(|(name, entry)| match entry {
        Entry::File { bytes, mode, .. } if !bytes.is_empty() && mode & 0o077 != 0 => Some(name.as_str()),
        _ => None,
    })
}

pub(crate) fn bytes<'t>(tree: &'t Tree, name: &str) -> Option<&'t [u8]> {
    match tree.get(name) {
        Some(Entry::File { bytes, .. }) => Some(bytes),
        _ => None,
    }
}

pub(crate) fn owner(tree: &Tree, name: &str) -> Option<u32> {
    match tree.get(name) {
        Some(Entry::File { owner, .. }) => Some(*owner),
        _ => None,
    }
}

/// The last part of a relative path.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}
