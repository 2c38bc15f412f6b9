//! What a store tells those who listen.

use std::fmt;

use config_model::{Document, diff};

use crate::rejection::Rejection;
use crate::snapshot::Snapshot;

/// Why there is a new document.
///
/// ```
/// use config_model::Config;
/// use config_store::{Cause, Store};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// assert_eq!(store.opened_by(), Cause::Seed); // there was no file
/// let mut changes = store.subscribe();
/// store.update(|config| config.features.debug = true)?;
/// assert_eq!(changes.next().map(|change| change.cause().name()), Some("update"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// This store wrote the first file.
    Seed,
    /// It was there when the store was opened.
    Open,
    /// This store brought an older file up to the present version.
    Migration,
    /// Another program changed the file: an editor, another process.
    Edit,
    /// This store's own [`update`](crate::Store::update).
    Update,
    /// What is [laid over](crate::Store::overlay) the file changed, and the file did not.
    Overlay,
    /// This store's own [`rollback`](crate::Store::rollback).
    Rollback,
    /// The file was broken when the store was opened, and what was accepted last is served:
    /// [`Recovery::LastGood`](crate::Recovery::LastGood).
    Recovery,
}

impl Cause {
    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Open => "open",
            Self::Migration => "migration",
            Self::Edit => "edit",
            Self::Update => "update",
            Self::Overlay => "overlay",
            Self::Rollback => "rollback",
            Self::Recovery => "recovery",
        }
    }

    /// That of this [name](Self::name), among those that a history can have.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Seed, Self::Open, Self::Migration, Self::Edit, Self::Update, Self::Rollback];
        all.into_iter().find(|cause| cause.name() == name)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A document took the place of another.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let mut changes = store.subscribe();
/// store.update(|config| config.retention.events_days = 7)?;
/// let change = changes.next().expect("the store is open");
/// assert_eq!((change.before().retention.events_days, change.after().retention.events_days), (90, 7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Change<D> {
    before: Snapshot<D>,
    after: Snapshot<D>,
    cause: Cause,
}

impl<D> Change<D> {
    pub(crate) fn new(before: Snapshot<D>, after: Snapshot<D>, cause: Cause) -> Self {
        Self { before, after, cause }
    }

    /// For who missed what came between `before` and this.
    pub(crate) fn begin_with(&mut self, before: Snapshot<D>) {
        self.before = before;
    }

    /// The document that was served before.
    pub fn before(&self) -> &Snapshot<D> {
        &self.before
    }

    /// The document that is served since. For a listener that was slow, not always the next one after `before`.
    pub fn after(&self) -> &Snapshot<D> {
        &self.after
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl<D: Document> Change<D> {
    /// What differs, with secrets masked. Nothing, when a broken file went back to what is served.
    pub fn diff(&self) -> Diff {
        // Both documents were written or read by this schema: it has JSON for them.
        Diff(diff(&*self.before, &*self.after).unwrap_or_default())
    }
}

impl<D> Clone for Change<D> {
    fn clone(&self) -> Self {
        Self { before: self.before.clone(), after: self.after.clone(), cause: self.cause }
    }
}

impl<D> fmt::Debug for Change<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after, cause } = self;
        f.debug_struct("Change").field("before", before).field("after", after).field("cause", cause).finish()
    }
}

/// The differences between two documents, a line each when displayed.
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let mut changes = store.subscribe();
/// store.update(|config| config.features.debug = true)?;
/// let diff = changes.next().expect("the store is open").diff();
/// assert_eq!((diff.to_string().as_str(), diff.len()), ("~ /features/debug: false -> true", 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Diff(Vec<config_model::Change>);

impl Diff {
    /// One by one.
    pub fn iter(&self) -> std::slice::Iter<'_, config_model::Change> {
        self.0.iter()
    }

    /// Are the documents the same?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many places differ.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> IntoIterator for &'a Diff {
    type Item = &'a config_model::Change;
    type IntoIter = std::slice::Iter<'a, config_model::Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.iter().enumerate() {
            write!(f, "{}{change}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Something that an operator or a log wants to know.
///
/// ```
/// use config_model::Config;
/// use config_store::{Event, Options};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store = Options::<Config>::new().watch(None).open(&path)?;
/// let mut events = store.events();
/// std::fs::write(&path, "{}")?;
/// store.reload().unwrap_err();
/// match events.next().expect("the store is open") {
///     Event::Accepted(change) => println!("{}", change.diff()),
///     Event::Rejected(rejection) => println!("not taken: {rejection}"),
///     Event::Warning(warning) => println!("to be mended: {warning}"),
///     _ => {}
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub enum Event<D> {
    /// A document was accepted.
    Accepted(Change<D>),
    /// What is on disk was not: the document before it stays. Said once for each content.
    Rejected(Rejection),
    /// The file is there and is served, but something about it should be mended. Said once.
    Warning(String),
}

impl<D> Clone for Event<D> {
    fn clone(&self) -> Self {
        match self {
            Self::Accepted(change) => Self::Accepted(change.clone()),
            Self::Rejected(rejection) => Self::Rejected(rejection.clone()),
            Self::Warning(text) => Self::Warning(text.clone()),
        }
    }
}

impl<D> fmt::Debug for Event<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(change) => f.debug_tuple("Accepted").field(change).finish(),
            Self::Rejected(rejection) => f.debug_tuple("Rejected").field(rejection).finish(),
            Self::Warning(text) => f.debug_tuple("Warning").field(text).finish(),
        }
    }
}
