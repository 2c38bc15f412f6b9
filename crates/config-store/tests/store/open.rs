//! What is there when a store is opened: never taken for "missing", never touched.

use std::path::Path;
use std::process::Command;

use config_model::Config;
use config_store::{Cause, OpenError, Options, Rejection, Store};

use super::child;
use super::support::{Scratch, days, events_days, identity, link, put, set_mode};

/// Texts that hold no valid document.
const BROKEN: [&[u8]; 14] = [
    b"",
    b" \n\t\n",
    b"\n",
    b"{",
    b"{\"version\": 1, \"retention\": {\"events_da",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"null",
    b"[]",
    b"{}",
    b"\xEF\xBB\xBF{\"version\": 1}",
    b"{\"version\": 1, \"version\": 1}",
    b"{\"version\": 2}",
    b"{\"version\": 18446744073709551616, \"models\": 3}",
    b"{\"version\": 1, \"retention\": {\"events_days\": 36501}}",
];

#[test]
fn what_is_not_valid_is_an_error_and_stays() {
    for bytes in BROKEN {
        let scratch = Scratch::with(bytes);
        let before = identity(&scratch.config());
        for _ in 0..2 {
            let error = Store::<Config>::open(scratch.config()).unwrap_err();
            let OpenError::Rejected(Rejection::Invalid { problems, .. }) = error else {
                panic!("{error:?}");
            };
            assert!(!problems.is_empty());
        }
        assert_eq!(std::fs::read(scratch.config()).unwrap(), bytes);
        assert_eq!(identity(&scratch.config()), before);
        let others: Vec<_> = scratch.names().into_iter().filter(|name| name != ".config.json.lock").collect();
        assert_eq!(others, ["config.json"]);
    }
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let scratch = Scratch::new();
    let (directory, fifo, socket) = (scratch.join("directory"), scratch.join("fifo"), scratch.join("socket"));
    std::fs::create_dir(&directory).unwrap();
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    link(&scratch.join("linked"), &fifo);
    for path in [directory, fifo, socket, scratch.join("linked"), "/dev/zero".into()] {
        let error = Options::<Config>::new().watch(None).open(&path).unwrap_err();
        assert!(
            matches!(error, OpenError::Rejected(Rejection::Unreadable { refused: true, .. })),
            "{}: {error:?}",
            path.display()
        );
    }
}

#[test]
fn a_path_that_names_no_file_is_refused() {
    let scratch = Scratch::with(days(1));
    for path in
        [scratch.join("config.json/"), scratch.join("x/.."), scratch.join("config.json/x"), "/".into()]
    {
        let error = Store::<Config>::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Rejected(Rejection::Unreadable { .. })), "{error:?}");
    }
    let error = Store::<Config>::open("").unwrap_err();
    assert!(matches!(error, OpenError::NoCurrentDirectory { .. }), "{error:?}");
    assert_eq!(scratch.text(), days(1));
}

#[test]
fn limits_hold_at_open_and_after() {
    let scratch = Scratch::with("{\"version\": 1, \"extra\": true}");
    let error = Options::<Config>::new().max_bytes(10).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Unreadable { refused: false, .. })), "{error:?}");
    let error = Options::<Config>::new().strict(true).open(scratch.config()).unwrap_err();
    assert!(matches!(error, OpenError::Rejected(Rejection::Invalid { .. })), "{error:?}");
    let store = Options::<Config>::new().max_bytes(40).watch(None).open(scratch.config()).unwrap();
    assert_eq!(store.snapshot().warnings().len(), 1);
    put(&scratch.config(), format!("{{\"version\": 1}}{}", " ".repeat(40)));
    store.reload().unwrap_err();
    assert_eq!(store.snapshot().warnings().len(), 1, "the one before stays");
}

#[test]
fn what_a_crash_left_is_removed_and_nothing_else() {
    let scratch = Scratch::with(days(5));
    let dead = scratch.join(".config.json.0123456789abcdef.tmp");
    let foreign =
        [".config.json.x.tmp", ".other.json.0123456789abcdef.tmp", "config.json~", "config.json.bak"];
    put(&dead, "half");
    set_mode(&dead, 0o600);
    for name in foreign {
        put(&scratch.join(name), "not ours");
    }
    let store = scratch.unwatched::<Config>();
    assert!(!dead.exists());
    assert!(foreign.iter().all(|name| scratch.join(name).exists()));
    assert_eq!(events_days(&store), 5);
}

#[test]
fn a_linked_file_stays_a_link() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.join("dotfiles")).unwrap();
    let target = scratch.join("dotfiles/real.json");
    put(&target, days(5));
    link(&scratch.config(), "dotfiles/real.json");
    let store = scratch.unwatched::<Config>();
    store.update(|config| config.retention.events_days = 6).unwrap();
    assert!(scratch.config().is_symlink() && !target.is_symlink());
    assert_eq!(std::fs::read_to_string(&target).unwrap(), days(6));
    assert_eq!(scratch.names(), ["config.json", "dotfiles"], "what is beside the link is left alone");
    // Re-pointed, it leads elsewhere.
    put(&scratch.join("dotfiles/other.json"), days(7));
    std::fs::remove_file(scratch.config()).unwrap();
    link(&scratch.config(), "dotfiles/other.json");
    store.update(|config| config.features.debug = true).unwrap();
    assert_eq!(store.snapshot().retention.events_days, 7);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), days(6));
}

#[test]
fn a_relative_path_is_that_of_the_moment_of_opening() {
    let scratch = Scratch::with(days(5));
    std::fs::create_dir(scratch.join("elsewhere")).unwrap();
    for name in ["config.json", "./config.json", "elsewhere/../config.json"] {
        let mut command = child::command(&format!("relative {name}"), &scratch.config());
        child::succeed(command.current_dir(scratch.path()));
    }
    assert_eq!(scratch.text(), days(8));
}

/// A child's: the current directory is the whole process's.
pub(crate) fn relative(path: &Path, name: &str) {
    let store: Store<Config> = Store::open(name).unwrap();
    assert_eq!((store.opened_by(), store.path().is_absolute()), (Cause::Open, true));
    std::env::set_current_dir(path.with_file_name("elsewhere")).unwrap();
    store.update(|config| config.retention.events_days += 1).unwrap();
    store.reload().unwrap();
    assert!(path.is_file() && !path.with_file_name("elsewhere").join("config.json").exists());
}
