//! The order of a save's system calls, and which part of the save each call is.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use super::recording::{Call, TEMPORARY};

/// What a call is to a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A step without which it is no save. An error there is a failed save, at the step of this name.
    Save(&'static str),
    /// It makes a directory on the way to the file, or makes that durable.
    MakeDirectory,
    /// It prints the result.
    Output,
    /// Looks, locks, sweeps: to go on without it may be right.
    Elsewhere,
}

/// The part that each call of a recording is.
pub(crate) fn parts(calls: &[Call]) -> Vec<Part> {
    let mut parts = vec![Part::Elsewhere; calls.len()];
    let mut set = |index: usize, part| {
        if let Some(place) = parts.get_mut(index) {
            *place = part;
        }
    };
    for (index, call) in calls.iter().enumerate() {
        if call.place == "stdout" {
            set(index, Part::Output);
        }
    }
    let makes = |call: &Call| call.name.starts_with("mkdir") && !call.is_of_history();
    if let Some(last) = calls.iter().rposition(makes) {
        let first = calls.iter().position(makes).unwrap_or(last);
        // After the last one it is opened, made private and synced, and then so is the one that holds it.
        let end =
            last + calls.iter().skip(last).take_while(|call| !call.place.contains("config.json")).count();
        for index in first..end {
            let changes = |call: &Call| {
                call.syncs() || call.name.starts_with("mkdir") || call.name.starts_with("fchmod")
            };
            if calls.get(index).is_some_and(changes) {
                set(index, Part::MakeDirectory);
            }
        }
    }
    let saves = saves(calls);
    if saves.is_empty() {
        for (index, step) in confirmed(calls) {
            set(index, Part::Save(step));
        }
    }
    for save in saves {
        for (index, step) in save.steps(calls) {
            set(index, Part::Save(step));
        }
    }
    parts
}

/// The fsyncs of a file that has the content already, and of its directory: without them it is not known to be durable.
fn confirmed(calls: &[Call]) -> Vec<(usize, &'static str)> {
    let is_file = |call: &Call| call.syncs() && call.place.ends_with("config.json");
    let Some(file) = calls.iter().rposition(is_file) else { return Vec::new() };
    let place = calls.get(file).map_or("", |call| call.place.as_str());
    let directory = parent(place);
    let after = calls.iter().skip(file).position(|call| call.syncs() && call.place == directory);
    let after = after.map(|after| (file + after, "sync-directory"));
    // It is opened for that, and looked at.
    let opens =
        |call: &Call| call.place == place && matches!(call.name.as_str(), "openat" | "fstat" | "fsync");
    let opened = (0..=file).rev().take_while(|index| calls.get(*index).is_some_and(opens));
    opened.map(|index| (index, "sync-target")).chain(after).collect()
}

/// One save: where in the recording its temporary file is made, and where that gets its name.
#[derive(Clone, Copy, Debug)]
struct Save {
    create: usize,
    rename: usize,
}

fn saves(calls: &[Call]) -> Vec<Save> {
    let mut saves: Vec<Save> = Vec::new();
    for (rename, call) in calls.iter().enumerate() {
        let Some((from, _)) = call.renames().filter(|_| !call.is_of_history()) else { continue };
        let begin = saves.last().map_or(0, |save| save.rename);
        let create = calls.iter().take(rename).rposition(|call| call.creates() && call.place == from);
        if let Some(create) = create.filter(|create| *create >= begin) {
            saves.push(Save { create, rename });
        }
    }
    saves
}

impl Save {
    fn steps(self, calls: &[Call]) -> Vec<(usize, &'static str)> {
        let mut steps = Vec::new();
        let Some((from, to)) = calls.get(self.rename).and_then(Call::renames) else { return steps };
        if let Some(before) = self.create.checked_sub(1)
            && calls.get(before).is_some_and(|call| call.name == "getrandom")
        {
            steps.push((before, "create-temporary"));
        }
        let (mut private, mut synced) = (false, false);
        for (index, call) in calls.iter().enumerate().take(self.rename + 1).skip(self.create) {
            let on_temporary = call.place == from;
            private |= on_temporary && call.name == "fchmod";
            synced |= on_temporary && call.syncs();
            let step = match call.name.as_str() {
                _ if index == self.create => "create-temporary",
                _ if index == self.rename => "rename",
                "fchmod" if on_temporary => "set-mode",
                "fchown" if on_temporary => "keep-owner",
                _ if on_temporary && call.writes() => "write",
                _ if on_temporary && call.syncs() => "sync-file",
                "fstat" if on_temporary && synced => "sync-file",
                "fstat" if on_temporary && private => "set-mode",
                "fstat" if on_temporary => "create-temporary",
                "newfstatat" if synced && call.place == to => "compare",
                _ => continue,
            };
            steps.push((index, step));
        }
        let directory = parent(to);
        let synced = calls.iter().skip(self.rename).position(|call| call.syncs() && call.place == directory);
        steps.extend(synced.map(|after| (self.rename + after, "sync-directory")));
        steps
    }
}

/// What is wrong with the order of a save's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disorder {
    NoSave,
    OpenFlags,
    NoMode,
    NoWrite,
    NoSync,
    NoDirectorySync,
    NoFileSync,
}

impl Display for Disorder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSave => "no temporary file was renamed over the file",
            Self::OpenFlags => {
                "the temporary file was not opened O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC with 0600"
            }
            Self::NoMode => "no fchmod to 0600 before the first write",
            Self::NoWrite => "nothing was written to the temporary file",
            Self::NoSync => "no fsync of the temporary file between its last write and the rename",
            Self::NoDirectorySync => "no fsync of the directory after the rename",
            Self::NoFileSync => "no fsync of the file that has the content already",
        })
    }
}

/// What a save that changes nothing lacks to be known to be durable.
pub(crate) fn unconfirmed(calls: &[Call]) -> Vec<Disorder> {
    let found = confirmed(calls);
    let lacks = |step, disorder| (!found.iter().any(|(_, found)| *found == step)).then_some(disorder);
    [lacks("sync-target", Disorder::NoFileSync), lacks("sync-directory", Disorder::NoDirectorySync)]
        .into_iter()
        .flatten()
        .collect()
}

/// Every save of a recording: made, made private, written, synced, renamed, and its directory synced, in this order.
pub(crate) fn disorders(calls: &[Call]) -> Vec<Disorder> {
    let saves = saves(calls);
    if saves.is_empty() {
        return vec![Disorder::NoSave];
    }
    saves.iter().flat_map(|save| save.disorders(calls)).collect()
}

impl Save {
    fn disorders(self, calls: &[Call]) -> Vec<Disorder> {
        let steps = self.steps(calls);
        let place = |wanted: &'static str| {
            steps.iter().filter(move |(_, step)| *step == wanted).map(|(index, _)| *index)
        };
        let mut wrong = Vec::new();
        let flags = ["O_CREAT", "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC"];
        let opened = calls.get(self.create).is_some_and(|call| {
            call.arguments.ends_with(", 0600") && flags.iter().all(|flag| call.arguments.contains(flag))
        });
        if !opened {
            wrong.push(Disorder::OpenFlags);
        }
        let (first, last) = (place("write").min(), place("write").max());
        let private = |index: usize| calls.get(index).is_some_and(|call| call.arguments.ends_with(", 0600"));
        let mut modes = place("set-mode");
        if !modes.any(|index| first.is_none_or(|first| index < first) && private(index)) {
            wrong.push(Disorder::NoMode);
        }
        if first.is_none() {
            wrong.push(Disorder::NoWrite);
        }
        let is_sync = |index: usize| calls.get(index).is_some_and(Call::syncs);
        if !place("sync-file").any(|index| is_sync(index) && last.is_none_or(|last| index > last)) {
            wrong.push(Disorder::NoSync);
        }
        if place("sync-directory").next().is_none() {
            wrong.push(Disorder::NoDirectorySync);
        }
        wrong
    }
}

/// The directory of a place, as a place.
fn parent(place: &str) -> String {
    let parent = Path::new(place).parent().map(|parent| parent.display().to_string()).unwrap_or_default();
    if parent.is_empty() { ".".to_owned() } else { parent }
}

/// Where the file itself gets its new content: the last rename.
pub(crate) fn renamed_at(calls: &[Call]) -> Option<usize> {
    saves(calls).last().map(|save| save.rename)
}

/// Is it the making of a temporary file?
pub(crate) fn makes_temporary(call: &Call) -> bool {
    call.creates() && call.place.ends_with(TEMPORARY)
}
