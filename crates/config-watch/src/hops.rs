//! Which directories a path depends on: the file's, and that of every symbolic link on the way to it.
//!
//! A watch on a directory reports a link in it that is re-pointed, and a file in it that is replaced. It does not report
//! what happens behind a link. So the path is resolved one component at a time, as the kernel does it, and each directory
//! that holds a link on the way is noted. Ancestors that hold no link are not: they are busy and seldom matter, and a
//! directory that is swapped out is seen by its [`Identity`]. Of each directory that is passed it is noted who may do what
//! there: whoever may change it may change where the path leads.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// As many links as Linux follows before it answers ELOOP.
const MAX_LINKS: usize = 40;

/// The directories on the way, in the order in which they are passed.
#[derive(Debug, Default)]
pub(crate) struct Hops {
    directories: Vec<Directory>,
    access: Vec<Access>,
    /// Where the way ended before the file's own directory, and why.
    end: Option<(PathBuf, io::ErrorKind)>,
}

/// Who may do what in a directory: its mode, owner and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access(u32, u32, u32);

#[derive(Debug, PartialEq, Eq)]
struct Directory {
    path: PathBuf,
    identity: Identity,
}

/// Tells a directory from one that took its place. The number of a deleted directory is given out again at once, so the
/// time of birth belongs to it, where the file system has one.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    born: Option<SystemTime>,
}

impl Hops {
    /// Follows `path`, which must be absolute, as far as it goes.
    pub(crate) fn walk(path: &Path) -> Self {
        let mut hops = Self::default();
        // An unfinished walk is no failure: something is missing, and the poll finds out when it appears.
        hops.end = hops.follow(path).err();
        hops
    }

    /// What is in the way, if the file's own directory was not reached.
    pub(crate) fn obstacle(&self) -> Option<String> {
        self.end
            .as_ref()
            .map(|(path, kind)| format!("the way ends at {}: {kind}", path.to_string_lossy().escape_debug()))
    }

    /// Does the path lead along other directories than it did?
    pub(crate) fn has_moved_from(&self, before: &Self) -> bool {
        self.directories != before.directories || self.end != before.end
    }

    /// Of every directory that was passed.
    pub(crate) fn access(&self) -> &[Access] {
        &self.access
    }

    /// The directories, by a path without links.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &Path> {
        self.directories.iter().map(|directory| directory.path.as_path())
    }

    fn follow(&mut self, path: &Path) -> Result<(), (PathBuf, io::ErrorKind)> {
        let mut real = PathBuf::new();
        let mut ahead = Vec::new();
        let mut links = 0;
        push(&mut ahead, path);
        while let Some(name) = ahead.pop() {
            if name == ".." {
                // `real` holds no link, so its textual parent is its parent.
                real.pop();
                continue;
            }
            if name == "." {
                continue;
            }
            // Joining a root replaces everything before it, which is what an absolute link does.
            let here = real.join(&name);
            match Found::at(&here) {
                Ok(Found::Link(target)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err((here, io::ErrorKind::TooManyLinks));
                    }
                    self.note(&real)?;
                    push(&mut ahead, &target);
                }
                Ok(Found::Other(access)) => {
                    if ahead.is_empty() {
                        self.note(&real)?;
                    } else {
                        self.access.push(access);
                    }
                    real = here;
                }
                // An editor may be about to bring it back.
                Err(error) if error.kind() == io::ErrorKind::NotFound && ahead.is_empty() => {
                    self.note(&real)?;
                }
                Err(error) => return Err((here, error.kind())),
            }
        }
        Ok(())
    }

    fn note(&mut self, directory: &Path) -> Result<(), (PathBuf, io::ErrorKind)> {
        let metadata = fs::metadata(directory).map_err(|error| (directory.to_owned(), error.kind()))?;
        let identity =
            Identity { device: metadata.dev(), inode: metadata.ino(), born: metadata.created().ok() };
        if !self.directories.iter().any(|known| known.path == directory) {
            self.directories.push(Directory { path: directory.to_owned(), identity });
        }
        Ok(())
    }
}

/// What a name on the way is.
enum Found {
    Link(PathBuf),
    Other(Access),
}

impl Found {
    fn at(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        if metadata.is_symlink() {
            return Ok(Self::Link(fs::read_link(path)?));
        }
        Ok(Self::Other(Access(metadata.mode(), metadata.uid(), metadata.gid())))
    }
}

/// Puts the components of `path` before what is still ahead.
fn push(ahead: &mut Vec<OsString>, path: &Path) {
    ahead.extend(path.components().rev().map(|component| component.as_os_str().to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A fresh directory by its real name, since the system's own temporary directory may be behind a link.
    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let real = scratch.path().canonicalize().unwrap();
        (scratch, real)
    }

    fn walk(path: &Path) -> (Vec<PathBuf>, bool) {
        let hops = Hops::walk(path);
        (hops.directories().map(Path::to_owned).collect(), hops.obstacle().is_none())
    }

    #[test]
    fn a_plain_path_depends_on_its_own_directory_only() {
        let (_guard, root) = scratch();
        fs::create_dir(root.join("etc")).unwrap();
        assert_eq!(walk(&root.join("etc/config.json")), (vec![root.join("etc")], true));
        assert_eq!(walk(&root.join("etc/../etc/./config.json")), (vec![root.join("etc")], true));
    }

    #[test]
    fn kubernetes_has_two_links_in_one_directory() {
        let (_guard, root) = scratch();
        fs::create_dir(root.join("..2024")).unwrap();
        symlink("..2024", root.join("..data")).unwrap();
        symlink("..data/config.json", root.join("config.json")).unwrap();
        assert_eq!(walk(&root.join("config.json")), (vec![root.clone(), root.join("..2024")], true));
    }

    #[test]
    fn a_linked_parent_and_an_absolute_target_are_followed() {
        let (_guard, root) = scratch();
        for name in ["etc", "srv", "srv/app", "dots"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        symlink("../srv/app", root.join("etc/app")).unwrap();
        symlink(root.join("dots/real.json"), root.join("srv/app/config.json")).unwrap();
        let expected = ["etc", "srv/app", "dots"].map(|name| root.join(name)).to_vec();
        assert_eq!(walk(&root.join("etc/app/config.json")), (expected, true));
    }

    #[test]
    fn a_loop_and_a_missing_directory_end_the_walk() {
        let (_guard, root) = scratch();
        symlink("b", root.join("a")).unwrap();
        symlink("a", root.join("b")).unwrap();
        assert_eq!(walk(&root.join("a")), (vec![root.clone()], false));
        assert_eq!(walk(&root.join("missing/config.json")), (vec![], false));
        symlink("missing/config.json", root.join("dangling")).unwrap();
        assert_eq!(walk(&root.join("dangling")), (vec![root.clone()], false));
    }

    #[test]
    fn a_directory_that_took_the_place_of_another_is_told_apart() {
        let (_guard, root) = scratch();
        let path = root.join("etc/config.json");
        fs::create_dir(root.join("etc")).unwrap();
        let before = Hops::walk(&path);
        assert!(!Hops::walk(&path).has_moved_from(&before));
        fs::create_dir(root.join("other")).unwrap();
        fs::remove_dir(root.join("etc")).unwrap();
        assert!(Hops::walk(&path).has_moved_from(&before));
        // `other` is alive while `etc` was, so that the number differs on every file system.
        #[expect(clippy::disallowed_methods, reason = "the test plays the administrator")]
        fs::rename(root.join("other"), root.join("etc")).unwrap();
        assert!(Hops::walk(&path).has_moved_from(&before));
    }

    #[test]
    fn a_directory_that_inherits_the_number_of_another_is_told_apart() {
        let (_guard, root) = scratch();
        let (etc, other) = (root.join("etc"), root.join("other"));
        let born = |directory: &Path| fs::metadata(directory).unwrap().created().ok();
        fs::create_dir(&etc).unwrap();
        let Some(birth) = born(&etc) else { return };
        let before = Hops::walk(&etc.join("config.json"));
        fs::create_dir(&other).unwrap();
        // Until the clock that stamps births has ticked.
        while born(&other) == Some(birth) {
            fs::remove_dir(&other).unwrap();
            fs::create_dir(&other).unwrap();
        }
        // On ext4, the new one gets the number of the old one.
        fs::remove_dir(&etc).unwrap();
        fs::create_dir(&etc).unwrap();
        assert!(Hops::walk(&etc.join("config.json")).has_moved_from(&before));
    }
}
