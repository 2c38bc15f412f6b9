//! One process of the load: its threads save, and say so at once, until they are told to end or killed.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};
use config_store::Options;

use super::counters::Counters;
use super::joined;
use crate::writer::{Open, Writer};

/// What a worker process is told
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Worker {
    pub(super) writer: Writer,
    pub(super) path: PathBuf,
    /// The number of its place among the workers, which names its counters
    pub(super) slot: usize,
    pub(super) threads: usize,
}

/// What a worker says, one line and one `write` each, so that a kill takes a line back or leaves it whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It runs, and opens the file now.
    Started,
    /// The file is open, and its threads' counters stand so.
    Ready(Vec<u64>),
    /// An acknowledged save: the thread and what it counts now.
    Saved(usize, u64),
    /// A save that was not acknowledged. The store's never fail; other writers' may, and they go on.
    Failed,
}

impl Line {
    fn text(&self) -> String {
        match self {
            Self::Started => "started\n".to_owned(),
            Self::Ready(found) => {
                found.iter().fold("ready".to_owned(), |text, found| format!("{text} {found}")) + "\n"
            }
            Self::Saved(thread, now) => format!("saved {thread} {now}\n"),
            Self::Failed => "failed\n".to_owned(),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let numbers: Vec<u64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
        match (kind, numbers.as_slice()) {
            ("started", []) => Some(Self::Started),
            ("ready", found) => Some(Self::Ready(found.to_vec())),
            ("saved", &[thread, now]) => Some(Self::Saved(usize::try_from(thread).ok()?, now)),
            ("failed", []) => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What a worker process does: saves until its standard input ends, which it also does when its parent dies.
pub(crate) fn work(worker: &Worker) -> Result<()> {
    // Standard output would keep a part of a line back; a file does not.
    let out = File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output")?);
    say(&out, &Line::Started)?;
    let open = worker.writer.open::<Counters>(&worker.path)?;
    let names: Vec<_> = (0..worker.threads).map(|thread| Counters::name(worker.slot, thread)).collect();
    match Options::<Counters>::new().read(&worker.path) {
        Ok(found) => {
            let found = names.iter().map(|name| found.document.get(name)).collect();
            say(&out, &Line::Ready(found))?;
        }
        Err(rejection) if worker.writer == Writer::Store => bail!("{rejection}"),
        Err(_) => say(&out, &Line::Failed)?,
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&is_over);
    thread::spawn(move || {
        io::copy(&mut io::stdin(), &mut io::sink()).ok();
        end.store(true, Ordering::Release);
    });
    thread::scope(|scope| {
        let save = |(thread, name)| {
            let done = save(worker.writer, &open, (thread, name), &out, &is_over);
            // The others need not go on when one has failed.
            is_over.store(true, Ordering::Release);
            done
        };
        let threads: Vec<_> = names.iter().enumerate().map(|own| scope.spawn(move || save(own))).collect();
        threads.into_iter().try_for_each(|thread| joined(thread.join()))
    })
}

fn save(
    writer: Writer,
    open: &Open<Counters>,
    (thread, name): (usize, &String),
    out: &File,
    is_over: &AtomicBool,
) -> Result<()> {
    while !is_over.load(Ordering::Acquire) {
        let counted = Cell::new(None);
        let done = open.save(|text| match Counters::count_in_text(text, name) {
            Some((text, now)) => {
                counted.set(Some(now));
                text
            }
            None => text.to_owned(),
        });
        let line = match (done, counted.get()) {
            (Ok(()), Some(now)) => Line::Saved(thread, now),
            (Err(error), _) if writer == Writer::Store => {
                return Err(error).with_context(|| format!("a save of {name}"));
            }
            _ => Line::Failed,
        };
        say(out, &line)?;
    }
    Ok(())
}

fn say(mut out: &File, line: &Line) -> Result<()> {
    let text = line.text();
    let written = out.write(text.as_bytes()).context("telling the parent")?;
    if written != text.len() {
        bail!("telling the parent: {written} of {} bytes", text.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_the_pipe() {
        for line in [Line::Started, Line::Ready(vec![0, 7]), Line::Saved(2, 41), Line::Failed] {
            assert_eq!(Line::parse(line.text().trim_end()), Some(line));
        }
        assert_eq!(Line::parse("saved 2"), None);
    }
}
