//! `configctl watch`: each accepted or rejected edit, as it happens.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::thread;

use config_fs::quoted;
use config_model::Config;
use config_store::{Cause, Change, Event, Rejection, Snapshot, Store};
use config_watch::{Health, Mode};
use jiff::Zoned;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::commands::Context;
use crate::diagnostic::{self, Severity};
use crate::failure::{Exit, Failure};
use crate::output::{self, aside, change_json, line, problems_json, shown, styled, unless_gone};
use crate::paint::{self, BAD, GOOD, QUIET, paint};

/// Runs until Ctrl-C, SIGTERM, or the end of whoever reads the output. SIGHUP looks at the file at once.
pub(crate) fn watch(context: &Context) -> Result<Exit, Failure> {
    // Before the first line: whoever reads it may send a signal at once.
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let store: Store<Config> = context.options().open(context.file())?;
    if store.opened_by() == Cause::Seed {
        context.accompany();
    }
    let events = store.events();
    let mut printer = Printer {
        context,
        json: context.json,
        path: shown(store.path()),
        served: store.snapshot(),
        said: Vec::new(),
    };
    let first = printer.loaded(&store);
    end_with_the_reader(&signals)?;
    end_on_signal(signals, store)?;
    match first.and_then(|()| events.into_iter().try_for_each(|event| printer.event(event))) {
        Err(error) => unless_gone(Err(error)),
        Ok(()) => Ok(Exit::Done),
    }
}

/// A thread waits for signals and owns the store: when it lets go of it, the events end.
fn end_on_signal(mut signals: Signals, store: Store<Config>) -> Result<(), Failure> {
    let wait = move || {
        for signal in signals.forever() {
            if signal != SIGHUP {
                // The terminal has shown `^C`: what comes next begins on a line of its own.
                if signal == SIGINT && io::stderr().is_terminal() {
                    aside("\n");
                }
                break;
            }
            // A rejection is an event, which is printed.
            drop(store.reload());
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// When whoever reads the output goes, the signals end as if one had come: what is written to nobody would be noticed only at
/// the next event, and `watch | head -1` would wait for it.
fn end_with_the_reader(signals: &Signals) -> Result<(), Failure> {
    let signals = signals.handle();
    let wait = move || {
        // Nothing is asked for: that the other end is gone is always told, and that of a file never is.
        let stdout = io::stdout();
        let mut readers = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        loop {
            match poll(&mut readers, PollTimeout::NONE) {
                Err(Errno::EINTR) => {}
                Ok(_) => return signals.close(),
                // It cannot be asked: the next event will tell.
                Err(_) => return,
            }
        }
    };
    thread::Builder::new().name("reader".to_owned()).spawn(wait)?;
    Ok(())
}

struct Printer<'c> {
    context: &'c Context,
    json: bool,
    /// The file, for people.
    path: String,
    served: Snapshot<Config>,
    /// What the status had to say at the start: what comes as an event too, because it happened just then, is said once.
    said: Vec<String>,
}

impl Printer<'_> {
    /// The first line: what is served from the start, then what should be mended about it.
    fn loaded(&mut self, store: &Store<Config>) -> io::Result<()> {
        let cause = store.opened_by().name();
        if self.json {
            let warnings = problems_json(Severity::Warning, self.served.warnings());
            self.object("loaded", Some(cause), &[], &warnings, None)?;
        } else {
            let path = &self.path;
            let quoted = quoted(store.path());
            let how = if cause == "seed" { "wrote a first config" } else { "serving" };
            line(&format!("{how}: {path} (revision {})", self.served.revision().short()))?;
            line(&format!(
                "edit it with any editor, as in `vi {quoted}`; each save shows up here; Ctrl-C ends this"
            ))?;
            if let Some(watch) = store.status().watch {
                styled(&paint(QUIET, &noticed(&watch)))?;
            }
            self.warnings()?;
        }
        let status = store.status();
        self.said.clone_from(&status.warnings);
        self.said.extend(status.rejection.as_ref().map(ToString::to_string));
        status.warnings.into_iter().try_for_each(|warning| self.warning(&warning))?;
        status.rejection.map_or(Ok(()), |rejection| self.rejected(&rejection))
    }

    fn event(&mut self, event: Event<Config>) -> io::Result<()> {
        match event {
            // It came between the first snapshot and the first event: `loaded` has said it.
            Event::Accepted(change) if self.is_old(&change) => Ok(()),
            Event::Accepted(change) => {
                self.served = change.after().clone();
                self.said.clear();
                let diff = change.diff();
                let cause = change.cause().name();
                if self.json {
                    let changes: Vec<Value> = diff.iter().map(change_json).collect();
                    return self.object(
                        "accepted",
                        Some(cause),
                        &changes,
                        &problems_json(Severity::Warning, self.served.warnings()),
                        None,
                    );
                }
                let revision = self.served.revision().short();
                headline(&paint(GOOD, "accepted"), &format!(" ({cause}), revision {revision}"))?;
                if diff.is_empty() {
                    styled(&paint(QUIET, "  nothing that matters differs"))?;
                }
                diff.iter().try_for_each(|change| styled(&format!("  {}", paint::change(change))))?;
                self.warnings()
            }
            Event::Rejected(rejection) if self.was_said(&rejection.to_string()) => Ok(()),
            Event::Rejected(rejection) => self.rejected(&rejection),
            Event::Warning(warning) if self.was_said(&warning) => Ok(()),
            Event::Warning(warning) => self.warning(&warning),
            _ => Ok(()),
        }
    }

    /// Once: when it comes again, it is news.
    fn was_said(&mut self, text: &str) -> bool {
        let at = self.said.iter().position(|said| said == text);
        at.map(|at| self.said.swap_remove(at)).is_some()
    }

    /// A change between the same two generations is the end of a trouble, and news.
    fn is_old(&self, change: &Change<Config>) -> bool {
        let (before, after) = (change.before().generation(), change.after().generation());
        after <= self.served.generation() && before != after
    }

    fn rejected(&self, rejection: &Rejection) -> io::Result<()> {
        let event = if matches!(rejection, Rejection::Missing { .. }) { "missing" } else { "rejected" };
        let help = self.context.way_back_for(rejection);
        if self.json {
            let problems = match rejection.problems() {
                Some(problems) => problems_json(Severity::Error, problems),
                None => vec![json!({"severity": "error", "message": rejection.to_string()})],
            };
            return self.object(event, Some("edit"), &[], &problems, help.as_deref());
        }
        let stays = format!(": revision {} stays in use", self.served.revision().short());
        headline(&paint(BAD, event), &stays)?;
        match rejection {
            Rejection::Invalid { path, problems, .. } => {
                styled(diagnostic::problems(Severity::Error, &shown(path), problems).trim_end())
            }
            other => styled(diagnostic::error(&other.to_string(), None, None).trim_end()),
        }?;
        help.map_or(Ok(()), |help| line(&format!("  = help: {help}")))
    }

    fn warning(&self, warning: &str) -> io::Result<()> {
        if self.json {
            let problem = json!({"severity": "warning", "message": warning});
            return self.object("warning", None, &[], &[problem], None);
        }
        styled(diagnostic::warning(warning).trim_end())
    }

    fn warnings(&self) -> io::Result<()> {
        let warnings = self.served.warnings();
        if warnings.is_empty() {
            return Ok(());
        }
        styled(diagnostic::problems(Severity::Warning, &self.path, warnings).trim_end())
    }

    /// One line. `revision` is what is served when it is printed.
    fn object(
        &self,
        event: &str,
        cause: Option<&str>,
        changes: &[Value],
        problems: &[Value],
        help: Option<&str>,
    ) -> io::Result<()> {
        let revision = self.served.revision().to_string();
        output::object(&json!({
            "time": time("%Y-%m-%dT%H:%M:%S%:z"), "event": event, "revision": revision, "cause": cause, "changes": changes, "problems": problems, "help": help,
        }))
    }
}

/// When, what, and more of it.
fn headline(what: &str, more: &str) -> io::Result<()> {
    styled(&format!("{}  {what}{more}", paint(QUIET, &time("%Y-%m-%d %H:%M:%S"))))
}

/// The time here.
fn time(format: &str) -> String {
    Zoned::now().strftime(format).to_string()
}

/// How changes are noticed, in one line.
fn noticed(watch: &Health) -> String {
    let armed: Vec<String> = watch.armed.iter().map(|directory| shown(directory)).collect();
    let why = watch.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    match watch.mode {
        Mode::Native => format!("an edit is noticed at once, by events of {}", armed.join(", ")),
        mode => format!("an edit is noticed by polling, within 400 ms ({mode}){why}"),
    }
}
