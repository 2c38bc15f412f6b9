#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod changes;
mod clock;
mod commit;
mod default_path;
mod group;
mod history;
mod listeners;
mod log;
mod look;
mod memory;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(not(feature = "metrics"))]
#[path = "unmetered.rs"]
mod meters;
#[cfg(test)]
#[cfg(loom)]
mod model;
pub mod observability;
mod open;
mod options;
mod overlay;
mod part;
mod publish;
mod reader;
mod reading;
mod recovery;
mod rejection;
mod reload;
mod retire;
mod revision;
mod rollback;
mod seen;
mod settings;
mod snapshot;
mod status;
mod store;
#[cfg(feature = "stream")]
mod stream;
mod subscription;
mod sync;
mod turn;
mod update;
mod vet;
mod waiting;

pub use changes::{Cause, Change, Diff, Event};
pub use default_path::{NoDefaultPath, default_path};
pub use history::HistoryEntry;
pub use open::OpenError;
pub use options::Options;
pub use overlay::OverlayId;
pub use part::{PartChange, PartSubscription};
pub use reader::Reader;
pub use reading::Reading;
pub use recovery::{Recovered, Recovery};
pub use rejection::{Rejection, RejectionKind};
pub use revision::{Revision, RevisionError};
pub use rollback::RolledBack;
pub use snapshot::Snapshot;
pub use status::Status;
pub use store::Store;
#[cfg(feature = "stream")]
pub use stream::IntoStream;
pub use subscription::{Events, Subscription};
pub use update::UpdateError;

/// A path as a shell takes it, for commands in messages: [`OpenError::Broken`] has one to tell of.
pub use config_fs::quoted;
/// How the file is watched: [`Options::watch`] takes it.
pub use config_watch::Options as WatchOptions;
/// How the watch is doing: [`Status::watch`] has it.
pub use config_watch::{Health as WatchHealth, Mode as WatchMode};
