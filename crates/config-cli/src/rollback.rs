//! `configctl rollback`: back to what was accepted before, also when the file is broken.

use config_model::{Config, diff};
use config_store::{Cause, Recovery, Revision, Store};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::history::{find, readable, warned};
use crate::output::{change_json, shown};

pub(crate) fn rollback(
    context: &Context,
    beginning: &str,
    expected: Option<Revision>,
) -> Result<Exit, Failure> {
    let entries = context.options().history_of(context.file())?;
    let entry = find(context, &entries, beginning)?;
    // Before anything is opened for it: why not is to be told of what was named.
    entry.read::<Config>(&context.options())?;
    let options = context.options().seed(false).migrate(false).watch(None).recovery(Recovery::LastGood);
    let store: Store<Config> = options.open(context.file())?;
    let before = (store.opened_by() != Cause::Recovery).then(|| store.snapshot());
    if before.is_some() {
        context.mend(store.warnings());
    }
    let events = store.events();
    let done = match expected {
        Some(expected) => store.rollback_if(expected, entry.revision),
        None => store.rollback(entry.revision),
    }?;
    context.mend(warned(events));
    let after = &done.snapshot;
    let is_same = before.as_ref().is_some_and(|before| before.revision() == after.revision());
    let changes = before.map_or_else(|| Ok(Vec::new()), |before| diff(&*before, &**after));
    let changes = changes.map_err(|error| {
        Failure::of(Exit::Failed, &error).about("what differs cannot be told").after_save()
    })?;
    let problems = context.warn(context.file(), after.warnings());
    let mut lines: Vec<String> = changes.iter().map(crate::paint::change).collect();
    lines.push(if is_same {
        format!("nothing to change, revision {}", after.revision().short())
    } else {
        format!("back at what was accepted at {}, revision {}", readable(entry), after.revision().short())
    });
    if let Some(copy) = &done.copy {
        lines.push(format!("what the file said is kept as {}", shown(copy)));
    }
    let changes: Vec<Value> = changes.iter().map(change_json).collect();
    let copy = done.copy.as_ref().map(|copy| copy.to_string_lossy());
    let revision = after.revision().to_string();
    let json = json!({"revision": revision, "changes": changes, "copy": copy, "problems": problems});
    context.say(&lines.join("\n"), &json).map_err(Failure::after_save)
}
