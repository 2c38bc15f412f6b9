//! `configctl diff`: what differs between two contents, secrets masked.

use std::path::Path;

use config_model::{Config, diff as differences};
use config_store::{HistoryEntry, Reading, Rejection};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::history::{find, is_revision, readable};
use crate::output::{change_json, command, shown};

/// One side of it.
struct Side {
    name: String,
    reading: Reading<Config>,
}

/// From the content before, or `from`, to the file, or `to`.
pub(crate) fn diff(context: &Context, from: Option<&str>, to: Option<&str>) -> Result<Exit, Failure> {
    let after = match to {
        Some(to) => side(context, to)?,
        None => file(context, context.file())?,
    };
    let before = match from {
        Some(from) => side(context, from)?,
        None => before(context, &after.reading)?,
    };
    let changes = differences(&before.reading.document, &after.reading.document);
    let changes = changes.map_err(|error| Failure::of(Exit::Failed, &error))?;
    let mut lines = vec![format!("--- {}", before.name), format!("+++ {}", after.name)];
    lines.extend(changes.iter().map(crate::paint::change));
    if changes.is_empty() {
        lines.push("nothing that matters differs".to_owned());
    }
    let changes: Vec<Value> = changes.iter().map(change_json).collect();
    let side = |side: &Side| json!({"name": side.name, "revision": side.reading.revision.to_string()});
    let json = json!({"before": side(&before), "after": side(&after), "changes": changes});
    context.say(&lines.join("\n"), &json)
}

fn side(context: &Context, name: &str) -> Result<Side, Failure> {
    if !is_revision(name) {
        return file(context, Path::new(name));
    }
    let entries = context.options().history_of(context.file())?;
    let entry = find(context, &entries, name).map_err(|failure| {
        if Path::new(name).exists() {
            failure.or_help(&format!("write ./{name} if the file is meant"))
        } else {
            failure
        }
    })?;
    kept(context, entry)
}

fn file(context: &Context, path: &Path) -> Result<Side, Failure> {
    let reading = context.options().read(path).map_err(|rejection| match rejection {
        rejection if path == context.file() => context.rejected(rejection),
        rejection @ Rejection::Missing { .. } => {
            let help = format!("name a file, or a revision that {} lists", command("history"));
            Failure::elsewhere(rejection).with_help(help)
        }
        rejection => Failure::elsewhere(rejection),
    })?;
    Ok(Side { name: shown(path), reading })
}

fn kept(context: &Context, entry: &HistoryEntry) -> Result<Side, Failure> {
    let reading = entry.read(&context.options())?;
    Ok(Side { name: format!("{} of {}", entry.revision.short(), readable(entry)), reading })
}

/// The newest usable content that is another one.
fn before(context: &Context, after: &Reading<Config>) -> Result<Side, Failure> {
    let entries = context.options().history_of(context.file())?;
    let others: Vec<_> = entries.iter().filter(|entry| entry.revision != after.revision).collect();
    if let Some(side) = others.iter().find_map(|entry| kept(context, entry).ok()) {
        return Ok(side);
    }
    let (path, count) = (shown(context.file()), others.len());
    let (message, help) = if count == 0 {
        (format!("no content before that of {path} is kept, to compare it with"), String::new())
    } else {
        let message = format!("no content before that of {path} can be used, of {count} that are kept");
        (message, format!("{} says why; ", command("history")))
    };
    Err(Failure::new(Exit::Failed, message).with_help(help + "name another file to compare it with"))
}
