//! Writers that do it wrong, each of which must be caught: otherwise this tool is blind.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;

use super::errnos::EIO;
use super::order::{Disorder, disorders};
use super::scenario::{Scenario, plant};
use super::trial::{Combination, Effect, Injection, Place, Subject};
use super::verdict::{Fault, Sort};
use crate::writer::Writer;

/// A writer that does it wrong, or the one that is to do it right.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Control {
    pub(crate) name: &'static str,
    pub(crate) caught: bool,
    /// By what, or what was missed.
    pub(crate) how: String,
}

const VICTIM: &[u8] = b"Precious.\n";

/// Each control, and `store` as the control of the controls. An error when any is not as it should be.
pub(crate) fn run() -> Result<Vec<Control>> {
    let controls = vec![
        by_order("no-sync", Writer::NoSync, Disorder::NoSync)?,
        by_order("no-directory-sync", Writer::NoDirectorySync, Disorder::NoDirectorySync)?,
        retried_sync()?,
        predictable_name()?,
    ];
    for Control { name, caught, how } in &controls {
        println!("control {name}: {} ({how})", if *caught { "caught" } else { "NOT CAUGHT" });
    }
    let store = Subject::record(Scenario::Writer(Writer::Store))?;
    if let Some(disorder) = disorders(&store.calls).first() {
        bail!("the writer `store` saves in the wrong order: {disorder}");
    }
    if overwrites_victim(&store)? {
        bail!("the writer `store` wrote through a symlink at a temporary name");
    }
    println!("control store: passes the same checks");
    if let Some(missed) = controls.iter().find(|control| !control.caught) {
        bail!("the control {} was not caught: this tool is blind", missed.name);
    }
    Ok(controls)
}

fn by_order(name: &'static str, writer: Writer, expected: Disorder) -> Result<Control> {
    let subject = Subject::record(Scenario::Writer(writer))?;
    let caught = disorders(&subject.calls).contains(&expected);
    Ok(Control { name, caught, how: expected.to_string() })
}

/// Its first fsync fails, and it must not be a success; this writer makes it one.
fn retried_sync() -> Result<Control> {
    let subject = Subject::record(Scenario::Writer(Writer::RetriedSync))?;
    let Some((index, call)) = subject.calls.iter().enumerate().find(|(_, call)| call.syncs()) else {
        bail!("the control retried-sync makes no fsync");
    };
    let injection =
        Injection { call: call.name.clone(), ordinal: call.ordinal, ever: false, effect: Effect::Error(EIO) };
    let trial = subject.try_out(&Combination {
        index,
        call: call.name.clone(),
        fault: Fault::Error { errno: EIO, ever: false },
        injections: vec![injection],
        file_limit: None,
    })?;
    let denied = trial.wrong.iter().find(|wrong| wrong.sort == Sort::Denied);
    let how = denied.map_or_else(|| "a failed fsync was not missed".to_owned(), |wrong| wrong.text.clone());
    Ok(Control { name: "retried-sync", caught: denied.is_some(), how })
}

fn predictable_name() -> Result<Control> {
    let subject = Subject::record(Scenario::Writer(Writer::PredictableName))?;
    let caught = overwrites_victim(&subject)?;
    let how = if caught {
        "it wrote through a symlink at its temporary name"
    } else {
        "it spared the symlink's target"
    };
    Ok(Control { name: "predictable-name", caught, how: how.to_owned() })
}

/// Puts a symlink at each temporary name that an earlier save used, and saves.
fn overwrites_victim(subject: &Subject) -> Result<bool> {
    if subject.temporaries.is_empty() {
        bail!("{}: its save made no temporary file", subject.scenario.name());
    }
    let place = Place::new(subject.scenario)?;
    let victim = place.root.join("victim");
    #[expect(clippy::disallowed_methods, reason = "what a save must leave alone")]
    fs::write(&victim, VICTIM)?;
    let names: Vec<PathBuf> = subject.temporaries.iter().map(|name| place.root.join(name)).collect();
    plant(&names, &victim)?;
    subject.scenario.again(&place.root)?.output()?;
    Ok(fs::read(&victim)? != VICTIM)
}
