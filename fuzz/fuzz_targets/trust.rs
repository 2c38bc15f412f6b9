//! Random trees of directories, files and links with random modes and owners: the verdict on a path, which is made on
//! descriptors, against a slow model that looks at one path after the other, and what the kernel itself finds there.

#![no_main]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use config_fs::{ConfigFile, LocateError, ReadError, Trust};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 4] = ["a", "b", "c", "config.json"];
/// Other users. Only root can give files away: for others, all of them are their own.
const STRANGERS: [u32; 4] = [4321, 4321, 4321, 4322];
/// More of the good ones, so that there is something beyond the first directory.
const DIRECTORY_MODES: [u32; 12] =
    [0o700, 0o700, 0o755, 0o755, 0o750, 0o711, 0o775, 0o770, 0o777, 0o1777, 0o1770, 0o702];
const FILE_MODES: [u32; 10] = [0o600, 0o600, 0o400, 0o644, 0o640, 0o440, 0o620, 0o666, 0o602, 0o4711];

fuzz_target!(|bytes: &[u8]| {
    let root = root();
    let mut chances = Unstructured::new(bytes);
    let built = build(root, &mut chances, 0).and_then(|()| Ok((path(&mut chances)?, policy(&mut chances)?)));
    if let Ok((asked, policy)) = built {
        compare(&root.join(asked), policy);
    }
    open_up(root);
    fs::remove_dir_all(root).unwrap();
});

/// The tree's root, made anew and empty.
fn root() -> &'static Path {
    let root = root_path();
    fs::create_dir(root).unwrap();
    fs::set_permissions(root, Permissions::from_mode(0o700)).unwrap();
    root
}

/// A directory of this process's own, where directories cost little.
fn root_path() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        base.canonicalize().unwrap().join(format!("fuzz-trust-{}", std::process::id()))
    })
}

/// Modes that shut out whoever is not root would be in the way of removing the tree.
fn open_up(directory: &Path) {
    fs::set_permissions(directory, Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            open_up(&path);
        }
    }
}

fn build(directory: &Path, chances: &mut Unstructured<'_>, depth: u32) -> Result<()> {
    for name in NAMES {
        let at = directory.join(name);
        match chances.int_in_range(0..=6)? {
            0 | 1 if depth < 3 => {
                fs::create_dir(&at).unwrap();
                build(&at, chances, depth + 1)?;
                set_mode(&at, *chances.choose(&DIRECTORY_MODES)?);
            }
            2 | 3 => {
                // Each with another content: reading the wrong one shows.
                fs::write(&at, at.as_os_str().as_encoded_bytes()).unwrap();
                set_mode(&at, *chances.choose(&FILE_MODES)?);
                if chances.ratio(1, 8)? {
                    fs::hard_link(&at, directory.join(format!("{name}.second"))).unwrap();
                }
            }
            4 | 5 => symlink(link(chances)?, &at).unwrap(),
            _ => continue,
        }
        if chances.ratio(1, 10)? {
            lchown(&at, Some(*chances.choose(&STRANGERS)?), None).ok();
        }
    }
    Ok(())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn path(chances: &mut Unstructured<'_>) -> Result<PathBuf> {
    let mut path = PathBuf::new();
    for _ in 0..chances.int_in_range(0..=3)? {
        path.push(*chances.choose(&["a", "b", "c", "config.json", "..", "."])?);
    }
    path.push(*chances.choose(&NAMES)?);
    // Never out of the tree.
    let mut depth = 0_i32;
    for component in path.components() {
        depth += if component == Component::ParentDir { -1 } else { 1 };
        if depth < 0 {
            return Ok(PathBuf::from("config.json"));
        }
    }
    Ok(path)
}

fn link(chances: &mut Unstructured<'_>) -> Result<PathBuf> {
    let inside = path(chances)?;
    Ok(match chances.int_in_range(0..=2)? {
        0 => root_path().join(inside),
        1 => Path::new("..").join(inside),
        _ => inside,
    })
}

#[derive(Clone, Copy, Debug)]
struct Policy {
    expected_mode: u32,
    allow_foreign_owner: bool,
}

fn policy(chances: &mut Unstructured<'_>) -> Result<Policy> {
    let expected_mode = *chances.choose(&[0o600, 0o600, 0o400, 0o440, 0o640, 0o644])?;
    Ok(Policy { expected_mode, allow_foreign_owner: chances.ratio(1, 4)? })
}

fn compare(path: &Path, policy: Policy) {
    let trust =
        Trust::new().expected_mode(policy.expected_mode).allow_foreign_owner(policy.allow_foreign_owner);
    let model = model(path, policy);
    let read = match ConfigFile::locate_with(path, trust) {
        Err(LocateError::Refused(refusal)) => {
            assert!(model.refused, "{path:?} {policy:?}: {refusal}, and the model says {model:?}");
            return;
        }
        Err(_) => {
            let found = fs::metadata(path);
            let is_usual_file = found.is_ok_and(|found| found.is_file());
            assert!(!is_usual_file || model.refused, "{path:?} was not located");
            return;
        }
        Ok(file) => file.read(1 << 20),
    };
    match read {
        Err(ReadError::Refused(refusal)) => {
            assert!(model.refused, "{path:?} {policy:?}: {refusal}, and the model says {model:?}");
        }
        Err(error) => assert!(fs::read(path).is_err(), "{path:?} was not read: {error}"),
        Ok(contents) => {
            assert!(!model.refused, "{path:?} {policy:?} was read, and the model says {model:?}");
            assert_eq!(contents.bytes(), fs::read(path).unwrap(), "{path:?} is another file");
            let concerns = contents.concerns().iter();
            let concerns = concerns.map(|concern| (concern.name(), concern.path().canonicalize().unwrap()));
            assert_eq!(concerns.collect::<BTreeSet<_>>(), model.concerns, "{path:?} {policy:?}");
        }
    }
}

#[derive(Debug, Default)]
struct Model {
    refused: bool,
    /// Owners of what leads to the file, and of it, who are neither root nor this user.
    strangers: BTreeSet<u32>,
    concerns: BTreeSet<(&'static str, PathBuf)>,
}

/// Every name that is looked up, each in its directory, which no link leads to; then the file.
fn model(path: &Path, policy: Policy) -> Model {
    let (mut model, mut links) = (Model::default(), 0);
    let end = resolve(path, &mut model, &mut links);
    let most = if policy.allow_foreign_owner { 1 } else { 0 };
    model.refused |= model.strangers.len() > most;
    let Some(file) = end else { return model };
    let meta = fs::symlink_metadata(&file).unwrap();
    let mode = meta.mode();
    note_owner(meta.uid(), &mut model);
    if !meta.is_file() || mode & 0o022 != 0 || model.strangers.len() > most {
        model.refused = true;
    }
    if mode & 0o077 & !policy.expected_mode != 0 {
        model.concerns.insert(("wide-mode", file.clone()));
    }
    if meta.nlink() > 1 {
        model.concerns.insert(("hard-links", file));
    }
    model
}

fn is_usual(uid: u32) -> bool {
    uid == 0 || uid == fs::metadata("/proc/self").unwrap().uid()
}

fn note_owner(uid: u32, model: &mut Model) {
    if !is_usual(uid) {
        model.strangers.insert(uid);
    }
}

/// Where an absolute path leads; `None` where that is nothing.
fn resolve(path: &Path, model: &mut Model, links: &mut u32) -> Option<PathBuf> {
    let mut here = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => drop(here.pop()),
            Component::Normal(name) => {
                if !fs::symlink_metadata(&here).unwrap().is_dir() {
                    return None;
                }
                let entry = here.join(name);
                look_up(&here, &entry, model);
                let found = fs::symlink_metadata(&entry).ok()?;
                if found.is_symlink() {
                    *links += 1;
                    if *links > 40 {
                        return None;
                    }
                    here = resolve(&here.join(fs::read_link(&entry).unwrap()), model, links)?;
                } else {
                    here = entry;
                }
            }
            _ => {}
        }
    }
    Some(here)
}

/// Could someone else have put this entry there?
fn look_up(directory: &Path, entry: &Path, model: &mut Model) {
    let meta = fs::symlink_metadata(directory).unwrap();
    let (mode, owner) = (meta.mode(), fs::symlink_metadata(entry).map(|entry| entry.uid()));
    let is_sticky = mode & 0o1000 != 0;
    note_owner(meta.uid(), model);
    if is_sticky && owner.as_ref().is_ok_and(|uid| is_usual(*uid)) {
        // Only its owner, the directory's and root can take it away.
    } else if mode & 0o002 != 0 || is_sticky && mode & 0o020 != 0 && owner.is_ok() {
        // What is missing in a sticky directory is missing; it is not made there either.
        model.refused |= !is_sticky || owner.is_ok();
    } else if mode & 0o020 != 0 {
        model.concerns.insert(("group-writable-directory", directory.to_owned()));
    }
}
