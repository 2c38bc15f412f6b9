//! What writes: `init`, `set`, `unset`, `migrate`.

use config_model::{Config, Document as _, effective, rewrite_value};
use config_store::{Cause, Revision, Snapshot, Store};
use serde_json::{Value, json};

use super::Context;
use crate::failure::{Exit, Failure};
use crate::history::warned;
use crate::output::{change_json, shown};
use crate::paint;

impl Context {
    pub(super) fn init(&self, with_schema: bool) -> Result<Exit, Failure> {
        let store: Store<Config> = self.options().watch(None).migrate(false).open(&self.path)?;
        let created = store.opened_by() == Cause::Seed;
        self.mend(store.warnings());
        if created && with_schema {
            self.accompany();
        }
        let path = shown(&self.path);
        let text =
            if created { format!("wrote {path}") } else { format!("{path} is there and was left as it is") };
        let snapshot = store.snapshot();
        let problems = self.warn(&self.path, snapshot.warnings());
        let (path, revision) = (self.path.to_string_lossy(), snapshot.revision().to_string());
        self.say(
            &text,
            &json!({"path": path, "created": created, "revision": revision, "problems": problems}),
        )
        .map_err(|failure| if created { failure.after_save() } else { failure })
    }

    pub(super) fn change(
        &self,
        expected: Option<Revision>,
        edit: impl Fn(&Value) -> Result<Value, Failure>,
    ) -> Result<Exit, Failure> {
        let store: Store<Config> = self.one_save().open(&self.path)?;
        self.mend(store.warnings());
        let events = store.events();
        let opened = store.snapshot().revision();
        let mut before = (*store.snapshot()).clone();
        let after: Snapshot<Config> = store.update_text(expected, |text, old| {
            before = old.clone();
            let value = effective(text, old).map_err(|error| Failure::of(Exit::Failed, &error))?;
            let changed = edit(&value)?;
            rewrite_value(text, &value, &changed).map_err(|error| Failure::of(Exit::Failed, &error))
        })?;
        let changes = config_model::diff(&before, &*after).map_err(|error| {
            Failure::of(Exit::Failed, &error).about("what differs cannot be told").after_save()
        })?;
        // Such as that it could not be kept in the history.
        self.mend(warned(events));
        let problems = self.warn(&self.path, after.warnings());
        let mut lines: Vec<String> = changes.iter().map(paint::change).collect();
        let done = if after.revision() == opened { "nothing to change" } else { "saved" };
        lines.push(format!("{done}, revision {}", after.revision().short()));
        let changes: Vec<Value> = changes.iter().map(change_json).collect();
        let revision = after.revision().to_string();
        let json = json!({"revision": revision, "changes": changes, "problems": problems});
        self.say(&lines.join("\n"), &json).map_err(Failure::after_save)
    }

    pub(super) fn migrate(&self) -> Result<Exit, Failure> {
        let from = self.reading()?.migrated.map(|migrated| migrated.from);
        let store: Store<Config> = self.one_save().open(&self.path)?;
        // Not on opening, which also serves what it cannot save.
        store.update_text(None, |text, _| Ok::<_, Failure>(text.to_owned()))?;
        let to = Config::VERSION;
        let text = match from {
            Some(from) => {
                format!("migrated from version {from} to {to}; the old file is kept beside it, as *.bak")
            }
            None => format!("nothing to do: the file is of version {to}"),
        };
        let snapshot = store.snapshot();
        let problems = self.warn(&self.path, snapshot.warnings());
        let (from, revision) = (from.unwrap_or(to), snapshot.revision().to_string());
        self.say(&text, &json!({"from": from, "to": to, "revision": revision, "problems": problems}))
            .map_err(Failure::after_save)
    }
}
