//! A directory for each test, the ways in which other programs save a file, and waiting for a condition.
#![expect(clippy::disallowed_methods, reason = "tests play the part of editors, and measure real time")]

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use config_model::{Config, Document};
use config_store::{Change, Event, Events, Options, Rejection, Store, WatchOptions};

/// For what takes well under a second on a machine that is not busy with something else.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// For what must not be waited for.
pub(crate) const NEVER: Duration = Duration::from_hours(1);

pub(crate) struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// With this text in the config file.
    pub(crate) fn with(text: impl AsRef<[u8]>) -> Self {
        let scratch = Self::new();
        put(&scratch.config(), text);
        set_mode(&scratch.config(), 0o600);
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.join("config.json")
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        names(self.path())
    }

    /// Serves the file, looks only when asked to.
    pub(crate) fn unwatched<D: Document>(&self) -> Store<D> {
        Options::new().watch(None).open(self.config()).unwrap()
    }

    /// Serves the file, and sees changes at once.
    pub(crate) fn quick<D: Document>(&self) -> Store<D> {
        quick().open(self.config()).unwrap()
    }

    /// `text`, this directory called DIR.
    pub(crate) fn redacted(&self, text: &str) -> String {
        text.replace(&self.path().display().to_string(), "DIR")
    }
}

/// Sees changes at once, and reports an unfinished save after 300 ms.
pub(crate) fn quick<D>() -> Options<D> {
    let watch = WatchOptions::default().debounce(Duration::from_millis(10)).poll(Duration::from_millis(20));
    Options::new().watch(Some(watch)).patience(Duration::from_millis(300))
}

/// A config with this many days of events.
pub(crate) fn days(days: u64) -> String {
    format!("{{\n  \"version\": 1,\n  \"retention\": {{\"events_days\": {days}}}\n}}\n")
}

/// A config whose retention holds `days` in both places.
pub(crate) fn pair(days: u64) -> String {
    format!("{{\"version\": 1, \"retention\": {{\"events_days\": {days}, \"traces_days\": {days}}}}}\n")
}

pub(crate) fn events_days(store: &Store<Config>) -> u64 {
    store.snapshot().retention.events_days
}

/// What `echo > file` does: in place, empty for a moment.
pub(crate) fn put<B: AsRef<[u8]>>(path: &Path, bytes: B) {
    fs::write(path, bytes).unwrap();
}

/// What `jq > t && mv t file` does.
pub(crate) fn put_by_rename<B: AsRef<[u8]>>(path: &Path, bytes: B) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    set_mode(&new, 0o600);
    fs::rename(&new, path).unwrap();
}

/// What vim does: the old file moved aside, a new one in its place.
pub(crate) fn put_like_vim<B: AsRef<[u8]>>(path: &Path, bytes: B) {
    let aside = path.with_extension("json~");
    fs::rename(path, &aside).unwrap();
    fs::write(path, bytes).unwrap();
    fs::remove_file(&aside).unwrap();
}

/// Deleted, and made anew.
pub(crate) fn put_anew<B: AsRef<[u8]>>(path: &Path, bytes: B) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn append<B: AsRef<[u8]>>(path: &Path, bytes: B) {
    File::options().append(true).open(path).unwrap().write_all(bytes.as_ref()).unwrap();
}

pub(crate) fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap();
}

/// Sets the times to now, as `touch` does.
pub(crate) fn touch(path: &Path) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
}

pub(crate) fn link(path: &Path, to: impl AsRef<Path>) {
    std::os::unix::fs::symlink(to, path).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What differs after any write to the file.
pub(crate) fn identity(path: &Path) -> (u64, u64, i64, i64, i64, i64) {
    let meta = fs::symlink_metadata(path).unwrap();
    (meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec())
}

/// Every name in the directory but the history's, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".config.json.history")
        .collect();
    names.sort();
    names
}

/// Waits until `condition` holds, and says how long that took.
pub(crate) fn eventually(what: &str, deadline: Duration, condition: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < deadline, "not in {deadline:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Waits until the watch of `store` has looked twice more: at least one of the looks began after now.
pub(crate) fn looked<D: Document>(store: &Store<D>) {
    for _ in 0..2 {
        let before = store.status().looked_at;
        touch(store.path());
        eventually("a look", LONG, || store.status().looked_at > before);
    }
}

/// Waits until the watch of `store` has nothing to look at any more.
pub(crate) fn idle<D: Document>(store: &Store<D>) {
    let quiet = Duration::from_millis(400);
    eventually("the looks end", LONG, || {
        let before = store.status().looked_at;
        drop(store.subscribe().next_within(quiet));
        store.status().looked_at == before
    });
}

pub(crate) fn accepted<D: Document>(events: &mut Events<D>) -> Change<D> {
    match events.next_within(LONG) {
        Some(Event::Accepted(change)) => change,
        other => panic!("not accepted: {other:?}"),
    }
}

pub(crate) fn rejected<D: Document>(events: &mut Events<D>) -> Rejection {
    match events.next_within(LONG) {
        Some(Event::Rejected(rejection)) => rejection,
        other => panic!("not rejected: {other:?}"),
    }
}

/// Nothing was said, and a look right now has nothing to say.
pub(crate) fn silent<D: Document>(store: &Store<D>, events: &mut Events<D>) {
    store.reload().ok();
    if let Some(event) = events.next_within(Duration::ZERO) {
        panic!("not silent: {event:?}");
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
