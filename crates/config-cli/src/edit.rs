//! `configctl edit`, as `visudo` does it: a private copy, the operator's editor, a check, and compare and swap.
//!
//! What was typed is in the private copy until the file has it durably, or until the operator throws it away: whatever fails
//! before, the copy stays, and the failure says where.

mod copy;
mod desk;
mod editor;
mod found;
mod save;
mod three_way;

use config_model::{Decoded, Problems, decode_with};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::diagnostic::{self, Severity};
use crate::failure::{Exit, Failure, Saved};
use crate::output::{aside, change_json, shown};
pub(crate) use copy::left;

use copy::PrivateCopy;
use desk::{Answer, Desk, ask};
use found::Found;
use save::save;
use three_way::ThreeWay;

/// How often an editor that nobody sits at may come back with another text that is not valid.
const ROUNDS: usize = 10;

/// Opens the editor on a private copy until what it leaves is saved, is as it was, or is given up.
pub(crate) fn edit(context: &Context) -> Result<Exit, Failure> {
    let found = Found::read(context)?;
    let copy = PrivateCopy::of(&found)?;
    let desk = Desk::sit(copy.path()).inspect_err(|_| copy.remove())?;
    let mut session = Session { context, desk, copy, found, refused: None, rounds: 0 };
    match session.run() {
        Ok(ended) => {
            session.desk.leave();
            session.copy.remove();
            ended.tell(context)
        }
        Err(failure) => Err(session.keep(failure)),
    }
}

struct Session<'c> {
    context: &'c Context,
    desk: Desk,
    copy: PrivateCopy,
    /// What the edit is of: what was on disk at the start, or when it was last merged.
    found: Found,
    /// What was typed last, if it could not be saved.
    refused: Option<Vec<u8>>,
    rounds: usize,
}

/// How an edit ends without a failure.
enum Ended {
    Untouched,
    ThrownAway,
    Saved { revision: config_store::Revision, changes: Vec<config_model::Change> },
}

impl Session<'_> {
    fn run(&mut self) -> Result<Ended, Failure> {
        loop {
            self.desk.edit(self.context, self.copy.path())?;
            let typed = self.copy.read(self.context.limits().max_bytes)?;
            if typed == self.found.given {
                return self.untouched();
            }
            let ended = match decode_with(&typed, self.context.limits()) {
                Err(problems) => self.invalid(typed, problems)?,
                Ok(decoded) => self.valid(typed, &decoded)?,
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    fn untouched(&self) -> Result<Ended, Failure> {
        match &self.found.judged {
            Ok(_) => Ok(Ended::Untouched),
            Err(problems) => Err(self.found.invalid(problems.clone())),
        }
    }

    /// `None`: to the editor again.
    fn invalid(&mut self, typed: Vec<u8>, problems: Problems) -> Result<Option<Ended>, Failure> {
        let failure = Failure::invalid(
            "what was typed is not valid, and was not saved",
            shown(self.copy.path()),
            problems,
        );
        self.rounds += 1;
        let is_left = self.refused.as_ref() == Some(&typed);
        self.refused = Some(typed);
        if !self.desk.has_someone() {
            if is_left || self.rounds >= ROUNDS {
                return Err(failure);
            }
            aside(&failure.text());
            aside("the editor is opened again\n");
            return Ok(None);
        }
        aside(&failure.text());
        match ask(&[Answer::Edit, Answer::Quit, Answer::ThrowAway])? {
            Answer::ThrowAway => Ok(Some(Ended::ThrownAway)),
            Answer::Quit => {
                Err(Failure::new(Exit::Invalid, "what was typed is not valid, and was not saved"))
            }
            _ => Ok(None),
        }
    }

    /// `None`: the file had moved, and what is to be saved now is for the editor.
    fn valid(
        &mut self,
        typed: Vec<u8>,
        decoded: &Decoded<config_model::Config>,
    ) -> Result<Option<Ended>, Failure> {
        self.warn(&decoded.warnings);
        let mut text = typed;
        loop {
            if let Some(revision) = self.desk.while_saving(|| save(self.context, &self.found, &text))? {
                let saved = decode_with(&text, self.context.limits())
                    .map_err(|problems| self.found.invalid(problems))?;
                return Ok(Some(Ended::Saved { revision, changes: self.found.changes_to(&saved.document) }));
            }
            let theirs = Found::read(self.context)?;
            if text == theirs.given {
                // Both typed the same: it is made durable, and that is all.
                self.found = theirs;
                continue;
            }
            let merged = ThreeWay::of(&self.found, &text, &theirs, self.context.limits());
            aside(&merged.text);
            let Some(next) = self.settle(&text, theirs, merged.merged, merged.is_valid)? else {
                return Ok(Some(Ended::ThrownAway));
            };
            match next {
                Next::Editor => return Ok(None),
                Next::Save(both) => text = both,
            }
        }
    }

    /// What becomes of a conflict. `None`: thrown away.
    fn settle(
        &mut self,
        typed: &[u8],
        theirs: Found,
        merged: Vec<u8>,
        is_valid: bool,
    ) -> Result<Option<Next>, Failure> {
        let conflict = || {
            Failure::new(Exit::Conflict, "the file was changed meanwhile, and what was typed was not saved")
                .with_help("edit it again, and take over from the copies what is still wanted")
        };
        self.copy.keep_beside("mine", typed)?;
        self.copy.keep_beside("merged", &merged)?;
        if !self.desk.has_someone() {
            return Err(conflict());
        }
        let answers: &[Answer] = if is_valid {
            &[Answer::Save, Answer::Merge, Answer::Quit, Answer::ThrowAway]
        } else {
            &[Answer::Merge, Answer::Quit, Answer::ThrowAway]
        };
        match ask(answers)? {
            Answer::ThrowAway => Ok(None),
            Answer::Quit => Err(conflict()),
            answer => {
                self.copy.write(&merged)?;
                self.found = theirs;
                self.refused = None;
                Ok(Some(if matches!(answer, Answer::Save) { Next::Save(merged) } else { Next::Editor }))
            }
        }
    }

    fn warn(&self, warnings: &Problems) {
        if !self.context.json {
            let source = shown(self.copy.path());
            aside(&diagnostic::problems(Severity::Warning, &source, warnings));
        }
    }

    /// Nothing typed is lost: the failure says where it is. What never differed from the file is not worth keeping.
    fn keep(self, failure: Failure) -> Failure {
        self.desk.leave();
        let failure = failure.with_saved(Saved::No);
        if self.copy.differs_from(&self.found.given) {
            return failure.with_copy(self.copy.path());
        }
        self.copy.remove();
        failure
    }
}

enum Next {
    Editor,
    Save(Vec<u8>),
}

impl Ended {
    fn tell(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Untouched => context.say("nothing was changed", &json!({"revision": null, "changes": []})),
            Self::ThrownAway => {
                context.say("thrown away; the file is as it was", &json!({"revision": null, "changes": []}))
            }
            Self::Saved { revision, changes } => {
                let mut lines: Vec<String> = changes.iter().map(crate::paint::change).collect();
                lines.push(format!("saved, revision {}", revision.short()));
                let changes: Vec<Value> = changes.iter().map(change_json).collect();
                let object = json!({"revision": revision.to_string(), "changes": changes});
                context.say(&lines.join("\n"), &object).map_err(Failure::after_save)
            }
        }
    }
}

impl Found {
    fn invalid(&self, problems: Problems) -> Failure {
        let message = format!("{} was left as it is, and is not valid", shown(&self.path));
        Failure::invalid(message, shown(&self.path), problems)
    }
}
