//! `configctl history`: what was accepted before, and how to name it.

use std::time::Duration;

use config_model::{Config, ProblemKind, Problems};
use config_store::{Event, Events, HistoryEntry, Rejection, Revision};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::failure::{Exit, Failure, LARGER};
use crate::output::{aside, command, shown};

/// Digits of a revision that are taken for one, where a file could be meant.
const FEWEST: usize = 4;

/// Lists it, the newest first.
pub(crate) fn history(context: &Context) -> Result<Exit, Failure> {
    let entries = context.options().history_of(context.file())?;
    let on_disk = context.options().read(context.file());
    let current = match &on_disk {
        Ok(reading) => Some(reading.revision),
        Err(Rejection::Invalid { revision, .. }) => Some(*revision),
        Err(_) => None,
    };
    let mut marked = false;
    let rows: Vec<Row> = entries
        .into_iter()
        .map(|entry| {
            let is_current = !marked && current == Some(entry.revision);
            marked |= is_current;
            let fault = entry.read::<Config>(&context.options()).err().map(|rejection| fault(&rejection));
            Row { entry, is_current, fault }
        })
        .collect();
    let path = shown(context.file());
    let text = if rows.is_empty() {
        format!("nothing is kept of {path} yet")
    } else {
        rows.iter().map(Row::text).collect::<Vec<_>>().join("\n")
    };
    let kept: Vec<Value> = rows.iter().map(Row::json).collect();
    // What is wrong with the file itself.
    let wrong = on_disk.err().map(|rejection| (fault(&rejection), context.way_back_for(&rejection)));
    let (fault, help) = wrong.unzip();
    let help = help.flatten();
    let exit = context.say(
        &text,
        &json!({
            "path": context.file().to_string_lossy(), "history": kept,
            "served": fault.is_none(), "fault": fault, "help": help,
        }),
    )?;
    if let (Some(fault), false) = (fault, context.json) {
        let help = help.map(|help| format!("  = help: {help}\n")).unwrap_or_default();
        aside(&format!("warning: {path} itself is not served: {fault}\n{help}"));
    }
    Ok(exit)
}

/// One line of it.
struct Row {
    entry: HistoryEntry,
    is_current: bool,
    fault: Option<String>,
}

impl Row {
    fn text(&self) -> String {
        let HistoryEntry { revision, size, .. } = &self.entry;
        let cause = self.cause().unwrap_or("-");
        let mut text = format!("{}  {}  {size:>8} bytes  {cause}", readable(&self.entry), revision.short());
        if self.is_current {
            text += "  (current)";
        }
        if let Some(fault) = &self.fault {
            text += &format!("  NOT USABLE: {fault}");
        }
        text
    }

    fn json(&self) -> Value {
        let HistoryEntry { revision, size, path, .. } = &self.entry;
        json!({
            "time": readable(&self.entry), "revision": revision.to_string(), "bytes": size, "cause": self.cause(),
            "current": self.is_current, "usable": self.fault.is_none(), "fault": self.fault,
            "path": path.to_string_lossy(),
        })
    }

    fn cause(&self) -> Option<&'static str> {
        self.entry.cause.map(config_store::Cause::name)
    }
}

/// In one line; the problems of a text have a command of their own.
fn fault(rejection: &Rejection) -> String {
    match rejection.problems() {
        Some(problems) => match problems.iter().next() {
            Some(first) if problems.len() == 1 => first.message().to_owned(),
            Some(first) => format!("{}, and {} more problems", first.message(), problems.len() - 1),
            None => "it is not valid".to_owned(),
        },
        None => rejection.to_string(),
    }
}

/// As in `2026-11-26T16:21:00+00:00`.
pub(crate) fn readable(entry: &HistoryEntry) -> String {
    entry.accepted_at().replace('Z', "+00:00")
}

/// The warnings that came since these events were listened to, such as that what was saved could not be kept.
pub(crate) fn warned(mut events: Events<Config>) -> Vec<String> {
    let come = std::iter::from_fn(|| events.next_within(Duration::ZERO));
    come.filter_map(|event| if let Event::Warning(warning) = event { Some(warning) } else { None }).collect()
}

/// The command that goes back to an entry.
pub(crate) fn way_back(entry: &HistoryEntry) -> String {
    let command = command(&format!("rollback {}", entry.revision.short()));
    format!("{command} goes back to what was accepted at {}", readable(entry))
}

impl Context {
    /// The command that goes back to the newest content that would be served, if there is one, from a text with these problems.
    /// Not from that of a newer version, which is never replaced.
    pub(crate) fn way_back_from(&self, problems: &Problems) -> Option<String> {
        if problems.has(ProblemKind::NewerVersion) { None } else { self.way_back() }
    }

    /// The command that goes back to the newest content that would be served, if one is kept.
    pub(crate) fn way_back(&self) -> Option<String> {
        let entries = self.options().history_of(self.file()).ok()?;
        let usable = entries.iter().find(|entry| entry.read::<Config>(&self.options()).is_ok());
        usable.map(way_back)
    }

    /// The same from a file that was rejected so: what cannot be read, or is refused, is nothing to go back from.
    pub(crate) fn way_back_for(&self, rejection: &Rejection) -> Option<String> {
        match rejection {
            Rejection::Invalid { problems, .. } => self.way_back_from(problems),
            Rejection::Missing { .. } => self.way_back(),
            Rejection::Unreadable { too_large: true, .. } => Some(LARGER.to_owned()),
            _ => None,
        }
    }

    /// What is wrong with the file, with the command that goes back, if it is the content and something is kept.
    pub(crate) fn rejected(&self, rejection: Rejection) -> Failure {
        let help = self.way_back_for(&rejection);
        let failure = Failure::from(rejection);
        help.into_iter().fold(failure, Failure::with_help)
    }
}

/// Is this the beginning of a revision, as far as it can be told from the name of a file?
pub(crate) fn is_revision(text: &str) -> bool {
    (FEWEST..=64).contains(&text.len()) && text.as_bytes().iter().all(u8::is_ascii_hexdigit)
}

/// The newest usable entry whose revision begins so, or the newest at all.
pub(crate) fn find<'e>(
    context: &Context,
    entries: &'e [HistoryEntry],
    beginning: &str,
) -> Result<&'e HistoryEntry, Failure> {
    let list = || format!("{} lists what is kept", command("history"));
    if !is_revision(beginning) {
        let message = format!("a revision is named by its first {FEWEST} to 64 hexadecimal digits");
        return Err(Failure::new(Exit::Usage, message).with_help(list()));
    }
    let beginning = beginning.to_ascii_lowercase();
    let found: Vec<_> =
        entries.iter().filter(|entry| entry.revision.to_string().starts_with(&beginning)).collect();
    let mut revisions: Vec<Revision> = found.iter().map(|entry| entry.revision).collect();
    revisions.sort_unstable();
    revisions.dedup();
    let usable = found.iter().find(|entry| entry.read::<Config>(&context.options()).is_ok());
    match (usable.or(found.first()), revisions.as_slice()) {
        (Some(entry), [_]) => Ok(entry),
        (None, _) => {
            let message = format!("no revision that begins with {beginning} is kept");
            Err(Failure::new(Exit::Failed, message).with_help(list()))
        }
        (Some(_), several) => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("{} revisions begin with {beginning}", several.len());
            Err(Failure::new(Exit::Usage, message).with_help(format!("there is: {}", names.join(" "))))
        }
    }
}
