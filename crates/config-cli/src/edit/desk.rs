//! Where the operator sits: the questions, and what Ctrl-C means when.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::editor;
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::{aside, shown};

pub(super) struct Desk {
    doing: Arc<Mutex<Doing>>,
    has_someone: bool,
}

/// What a signal would interrupt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Asking,
    /// Ctrl-C and Ctrl-\ are the editor's.
    Editing,
    /// What came of it is being said, and where the copy is if there is still one: that takes a moment, and is not cut off.
    Ending,
}

/// What the operator may want next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Edit,
    Save,
    Merge,
    Quit,
    ThrowAway,
}

impl Answer {
    /// The letter to be typed, and what is shown, which has it in brackets.
    fn shown(self) -> (char, &'static str) {
        match self {
            Self::Edit => ('e', "[e]dit again"),
            Self::Save => ('s', "[s]ave both changes"),
            Self::Merge => ('m', "[m]erge them in the editor"),
            Self::Quit => ('q', "[q]uit, and keep the copy"),
            Self::ThrowAway => ('t', "[t]hrow the copy away"),
        }
    }
}

impl Desk {
    /// From here on a signal that would end this program says first where the copy is, and waits for a save to be done.
    pub(super) fn sit(copy: &Path) -> Result<Self, Failure> {
        let doing = Arc::new(Mutex::new(Doing::Asking));
        let signals = Signals::new([SIGINT, SIGQUIT, SIGTERM, SIGHUP])?;
        let (shared, copy) = (Arc::clone(&doing), copy.to_owned());
        thread::Builder::new().name("signals".to_owned()).spawn(move || end_on(signals, &shared, &copy))?;
        Ok(Self { doing, has_someone: io::stdin().is_terminal() && io::stderr().is_terminal() })
    }

    /// Is there a terminal with someone to ask?
    pub(super) fn has_someone(&self) -> bool {
        self.has_someone
    }

    pub(super) fn edit(&self, context: &Context, copy: &Path) -> Result<(), Failure> {
        *self.doing() = Doing::Editing;
        let done = editor::run(copy, context.json);
        *self.doing() = Doing::Asking;
        done
    }

    /// A save is not interrupted: it takes a moment, and then there is something to say of it. `None`, a conflict, goes on.
    pub(super) fn while_saving<T>(
        &self,
        save: impl FnOnce() -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Failure> {
        let mut doing = self.doing();
        let saved = save();
        // Before a signal that came meanwhile is heard.
        if !matches!(saved, Ok(None)) {
            *doing = Doing::Ending;
        }
        saved
    }

    /// What is left to do is to say how it ended.
    pub(super) fn leave(&self) {
        *self.doing() = Doing::Ending;
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks until there is an answer. The end of the input is [`Answer::Quit`].
pub(super) fn ask(answers: &[Answer]) -> Result<Answer, Failure> {
    let list: Vec<&str> = answers.iter().map(|answer| answer.shown().1).collect();
    loop {
        aside(&format!("What now? {}: ", list.join(", ")));
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            aside("\n");
            return Ok(Answer::Quit);
        }
        let letter = line.trim().chars().next().map(|letter| letter.to_ascii_lowercase());
        if let Some(answer) = answers.iter().find(|answer| Some(answer.shown().0) == letter) {
            return Ok(*answer);
        }
    }
}

/// Ends the program on a signal, but for the editor's own, and once a save is under way.
fn end_on(mut signals: Signals, doing: &Mutex<Doing>, copy: &Path) {
    for signal in signals.forever() {
        let doing = doing.lock().unwrap_or_else(PoisonError::into_inner);
        match *doing {
            Doing::Ending => {}
            Doing::Editing if matches!(signal, SIGINT | SIGQUIT) => {}
            Doing::Asking | Doing::Editing => {
                aside(&format!(
                    "\nended by a signal; nothing was saved, and the copy is kept: {}\n",
                    shown(copy)
                ));
                std::process::exit(128 + signal);
            }
        }
    }
}
