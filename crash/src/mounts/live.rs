//! A store that saves on and on in a thread of this process.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread::Scope;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use config_store::{Options, Store};

use crate::generations::Generations;

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) fn open(path: &Path) -> Result<Store<Generations>> {
    Options::new().watch(None).open(path).context("opening the store")
}

/// The generation that is on disk.
pub(super) fn on_disk(path: &Path) -> Result<u64> {
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    let generation = Generations::of(&text).context("the file is no generation")?;
    let reading = Options::<Generations>::new().read(path).context("reading it as a program does")?;
    if reading.document != generation {
        bail!("what is read is not what is there");
    }
    Ok(generation.a)
}

/// What a thread says that saves until it fails.
pub(super) enum Said {
    Saved(u64),
    Failed(String),
}

/// Saves until the first failure.
pub(super) fn until_failure<'scope>(
    scope: &'scope Scope<'scope, '_>,
    store: &'scope Store<Generations>,
) -> Receiver<Said> {
    let (say, said) = mpsc::channel();
    scope.spawn(move || {
        loop {
            match store.update(|generation| *generation = generation.next_a()) {
                // Nobody listens any more.
                Ok(saved) if say.send(Said::Saved(saved.a)).is_err() => return,
                Ok(_) => {}
                Err(error) => {
                    say.send(Said::Failed(format!("{:#}", anyhow::Error::new(error)))).ok();
                    return;
                }
            }
        }
    });
    said
}

/// Waits for this many saves; the last of them.
pub(super) fn wait_for(said: &Receiver<Said>, saves: u64) -> Result<u64> {
    let mut last = 0;
    for _ in 0..saves {
        match said.recv_timeout(DEADLINE).context("a save that takes too long")? {
            Said::Saved(generation) => last = generation,
            Said::Failed(why) => bail!("a save failed too soon: {why}"),
        }
    }
    Ok(last)
}

/// What was saved last, if anything was since `last`, and why the next was not.
pub(super) fn wait_for_failure(said: &Receiver<Said>, mut last: u64) -> Result<(u64, String)> {
    loop {
        match said.recv_timeout(DEADLINE).context("a failure that takes too long")? {
            Said::Saved(generation) => last = generation,
            Said::Failed(why) => return Ok((last, why)),
        }
    }
}
