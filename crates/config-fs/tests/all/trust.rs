//! Who may change the file, and each directory on the way to it. What another user's files and directories come to is shown
//! by real processes of two users, in the acceptance tests.

use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use config_fs::{ConfigFile, LocateError, LockError, ReadError, Recovery, Refusal, Trust, Wait};

use crate::scratch::{LIMIT, Scratch, content, set_mode};

/// What keeps the file from being read.
fn refusal(path: impl AsRef<Path>, trust: Trust) -> Option<Refusal> {
    let read = match ConfigFile::locate_with(path, trust) {
        Err(LocateError::Refused(refusal)) => return Some(refusal),
        located => located.unwrap().read(LIMIT),
    };
    match read {
        Err(ReadError::Refused(refusal)) => Some(refusal),
        read => {
            assert_eq!(read.unwrap().bytes(), b"content");
            None
        }
    }
}

fn said(scratch: &Scratch, name: &str) -> String {
    let refusal = refusal(scratch.join(name), Trust::new()).expect("a refusal");
    refusal.to_string().replace(&scratch.path().display().to_string(), "DIR")
}

#[test]
fn a_file_that_others_may_write_is_refused_whatever_is_expected() {
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "content");
    for mode in [0o620, 0o602, 0o622, 0o666, 0o660, 0o642, 0o777, 0o422, 0o402, 0o1602] {
        set_mode(&path, mode);
        for trust in [Trust::new(), Trust::new().expected_mode(0o666).allow_foreign_owner(true)] {
            let found = refusal(&path, trust);
            assert!(
                matches!(&found, Some(Refusal::Writable { mode: found, .. }) if *found == mode),
                "{found:?}"
            );
        }
    }
    set_mode(&path, 0o600);
    assert_eq!(refusal(&path, Trust::new()), None);
    set_mode(&path, 0o660);
    insta::assert_snapshot!(said(&scratch, "config.json"), @"DIR/config.json has mode 0660, so its group, or a user whom its access control list names, may change it; look at what it says, then close it with `chmod 600 DIR/config.json`");
    set_mode(&path, 0o602);
    insta::assert_snapshot!(said(&scratch, "config.json"), @"DIR/config.json has mode 0602, so others may change it; look at what it says, then close it with `chmod 600 DIR/config.json`");
    set_mode(&path, 0o666);
    insta::assert_snapshot!(said(&scratch, "config.json"), @"DIR/config.json has mode 0666, so its group and others may change it; look at what it says, then close it with `chmod 600 DIR/config.json`");
}

/// A directory at each place of the way: above the file, above that, above a link on the way, and above the link's target.
#[test]
fn a_directory_on_the_way_that_others_may_write_is_refused() {
    let scratch = Scratch::new();
    for directory in ["a/b", "c/d", "e/f"] {
        scratch.directory(directory);
    }
    set_mode(&scratch.put("a/b/config.json", "content"), 0o600);
    symlink("../../a/b", scratch.join("c/d/middle")).unwrap();
    symlink("../../c/d/middle/config.json", scratch.join("e/f/config.json")).unwrap();
    let path = scratch.join("e/f/config.json");
    assert_eq!(refusal(&path, Trust::new()), None);
    for open in ["", "a", "a/b", "c", "c/d", "e", "e/f"] {
        let open = if open.is_empty() { scratch.path().to_owned() } else { scratch.join(open) };
        for mode in [0o777, 0o707, 0o702] {
            set_mode(&open, mode);
            let found = refusal(&path, Trust::new());
            let Some(Refusal::WritableDirectory { path: refused, mode: found, .. }) = found else {
                panic!("{found:?}")
            };
            assert_eq!((refused, found), (open.clone(), mode));
            // With a foreign owner, too: it is about others.
            assert!(refusal(&path, Trust::new().allow_foreign_owner(true)).is_some());
        }
        set_mode(&open, 0o1777);
        assert_eq!(refusal(&path, Trust::new()), None, "the sticky bit keeps what is there in {open:?}");
        set_mode(&open, 0o700);
    }
    set_mode(&scratch.join("a"), 0o777);
    insta::assert_snapshot!(said(&scratch, "e/f/config.json"), @"the directory DIR/a has mode 0777, so anyone may replace what is in it; close it with `chmod go-w DIR/a`");
}

#[test]
fn in_a_directory_for_everybody_only_what_is_there_is_safe() {
    let scratch = Scratch::new();
    let shared = scratch.directory("shared");
    set_mode(&shared, 0o1777);
    let path = scratch.join("shared/config.json");
    let file = ConfigFile::locate(&path).unwrap();
    assert!(matches!(file.read(LIMIT), Err(ReadError::Missing { .. })), "that it is missing can be told");
    let error = file.lock(Wait::No).unwrap_err();
    assert!(matches!(&error, LockError::Refused(Refusal::Shared { mode: 0o1777, .. })), "{error:?}");
    insta::assert_snapshot!(scratch.message(&error), @"the directory DIR/shared has mode 1777, so anyone may make a file there first; keep the file in a directory of its own, made with `mkdir -m 700 DIR/shared/DIRECTORY`");
    assert!(crate::scratch::names(&shared).is_empty(), "nothing was made");
    set_mode(&scratch.put("shared/config.json", "content"), 0o600);
    assert_eq!(refusal(&path, Trust::new()), None);
    let file = ConfigFile::locate(&path).unwrap();
    file.lock(Wait::No).unwrap().replace(b"new").unwrap();
    assert_eq!(content(&path), "new");
    // A directory that is to be made there is one's own then.
    let inner = shared.join("inner");
    assert!(matches!(ConfigFile::locate(inner.join("config.json")), Err(LocateError::NoDirectory { .. })));
}

#[test]
fn what_is_refused_is_not_touched() {
    let scratch = Scratch::new();
    let open = scratch.directory("open");
    set_mode(&scratch.put("open/config.json", "content"), 0o600);
    scratch.put("open/.config.json.0123456789abcdef.tmp", "left");
    let located = ConfigFile::locate(open.join("config.json")).unwrap();
    set_mode(&open, 0o777);
    assert!(ConfigFile::locate(open.join("config.json")).is_err());
    assert!(ConfigFile::locate(open.join("missing.json")).is_err());
    assert_eq!(crate::scratch::names(&open).len(), 2);
    // What was located before was judged then.
    assert!(matches!(located.recover(), Ok(Recovery::Done { removed: 1 })));
}

#[test]
fn a_link_of_proc_is_followed_by_the_kernel() {
    let scratch = Scratch::new();
    set_mode(&scratch.put("config.json", "content"), 0o600);
    let open = std::fs::File::open(scratch.path()).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&open);
    for way in [
        format!("/proc/self/fd/{number}/config.json"),
        format!("/proc/self/root{}/config.json", scratch.path().display()),
    ] {
        assert_eq!(refusal(&way, Trust::new()), None, "{way}");
    }
    set_mode(scratch.path(), 0o777);
    let found = refusal(format!("/proc/self/fd/{number}/config.json"), Trust::new());
    assert!(matches!(found, Some(Refusal::WritableDirectory { .. })), "{found:?}");
    set_mode(scratch.path(), 0o700);
}

#[test]
fn another_user_s_file_is_refused_and_can_be_allowed() {
    if !rustix::process::geteuid().is_root() {
        // Only root may give a file away; a user's own view of others' files is in the acceptance tests.
        return;
    }
    let scratch = Scratch::new();
    let path = scratch.put("config.json", "content");
    set_mode(&path, 0o600);
    chown(&path, Some(4321), None).unwrap();
    assert!(matches!(refusal(&path, Trust::new()), Some(Refusal::ForeignOwner { uid: 4321, .. })));
    insta::assert_snapshot!(said(&scratch, "config.json"), @"DIR/config.json belongs to uid 4321, who is neither root nor this program's user and could change it; run this as that user, as with `sudo -u '#4321'`, or take it over with `chown -h 0 DIR/config.json`; allow a foreign owner if that user is to decide for this program");
    assert_eq!(refusal(&path, Trust::new().allow_foreign_owner(true)), None);
    // A save keeps the owner, and would hand over the content.
    let file = scratch.locate("config.json");
    let error = file.lock(Wait::No).unwrap_err();
    assert!(matches!(error, LockError::Refused(Refusal::ForeignOwner { .. })), "{error:?}");
    assert_eq!(scratch.names(), ["config.json"], "no lock file was made");
    chown(&path, Some(0), None).unwrap();
    let mut locked = file.lock(Wait::No).unwrap();
    chown(&path, Some(4321), None).unwrap();
    let error = locked.replace(b"new").unwrap_err();
    assert!(scratch.message(&error).contains("belongs to uid 4321"), "{error:?}");
    assert_eq!(content(&path), "content");
    chown(&path, Some(0), None).unwrap();
    drop(locked);
    // A directory, a lock file, and a link in a directory for everybody.
    chown(scratch.path(), Some(4321), None).unwrap();
    assert!(
        matches!(refusal(&path, Trust::new()), Some(Refusal::ForeignOwner { path, .. }) if path == scratch.path())
    );
    chown(scratch.path(), Some(0), None).unwrap();
    chown(scratch.put(".config.json.lock", ""), Some(4321), None).unwrap();
    let error = scratch.locate("config.json").lock(Wait::No).unwrap_err();
    assert!(matches!(error, LockError::Refused(Refusal::ForeignOwner { .. })), "{error:?}");
    let link = scratch.link("link", &path);
    std::os::unix::fs::lchown(&link, Some(4321), None).unwrap();
    assert_eq!(refusal(&link, Trust::new()), None, "nobody else can make a link here");
    set_mode(scratch.path(), 0o1777);
    assert!(matches!(refusal(&link, Trust::new()), Some(Refusal::ForeignOwner { path, .. }) if path == link));
    // Whoever is allowed is one user, and here anybody can make a link.
    assert!(refusal(&link, Trust::new().allow_foreign_owner(true)).is_some());
}

/// As Kubernetes mounts a `ConfigMap`: 0777, and read-only.
#[test]
fn nobody_writes_through_a_read_only_mount() {
    let script = "set -e; mount -t tmpfs -o mode=777 none \"$1\"; printf content > \"$1/config.json\"; \
        chmod 600 \"$1/config.json\"; \"$2\" --exact child::role --nocapture > \"$1/first\" && exit 9; \
        rm \"$1/first\"; mount -o remount,bind,ro \"$1\"; exec \"$2\" --exact child::role --nocapture";
    let scratch = Scratch::new();
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    unshare.arg(scratch.path()).arg(std::env::current_exe().unwrap());
    unshare.envs(crate::child::environment("accepted", &scratch.join("config.json")));
    let possible =
        std::process::Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).status();
    if !possible.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no user namespaces here");
        return;
    }
    let output = unshare.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

/// A child's.
pub(crate) fn accepted(path: &Path) {
    assert_eq!(refusal(path, Trust::new()), None);
}
