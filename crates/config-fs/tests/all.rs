//! Every test of the crate's public face in one binary, a module per topic. Tests need no privilege; as root, those about
//! permissions run in a child that gave it up.
#![expect(
    clippy::disallowed_methods,
    reason = "tests play the editor that takes no lock, and own their waiting"
)]

#[cfg(test)]
#[path = "all/child.rs"]
mod child;
#[cfg(test)]
#[path = "all/concerns.rs"]
mod concerns;
#[cfg(test)]
#[path = "all/copy.rs"]
mod copy;
#[cfg(test)]
#[path = "all/create.rs"]
mod create;
#[cfg(test)]
#[path = "all/directories.rs"]
mod directories;
#[cfg(test)]
#[path = "all/history.rs"]
mod history;
#[cfg(test)]
#[path = "all/locate.rs"]
mod locate;
#[cfg(test)]
#[path = "all/lock.rs"]
mod lock;
#[cfg(test)]
#[path = "all/messages.rs"]
mod messages;
#[cfg(test)]
#[path = "all/permissions.rs"]
mod permissions;
#[cfg(test)]
#[path = "all/read.rs"]
mod read;
#[cfg(test)]
#[path = "all/replace.rs"]
mod replace;
#[cfg(test)]
#[path = "all/scratch.rs"]
mod scratch;
#[cfg(test)]
#[path = "all/sweep.rs"]
mod sweep;
#[cfg(test)]
#[path = "all/trust.rs"]
mod trust;
