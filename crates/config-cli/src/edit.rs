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

use config_model::{Change, Config, Decoded, Problems, decode_with};
use config_store::Revision;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::diagnostic::Severity;
use crate::failure::{Exit, Failure, Saved};
use crate::output::{aside, change_json, problems_json, shown};
pub(crate) use copy::edits_elsewhere;
use copy::{PrivateCopy, own_edits};
use desk::{Answer, Desk, ask};
use found::{Found, located};
use save::save;
use three_way::ThreeWay;

/// How often an editor that nobody sits at may come back with another text that is not valid.
const ROUNDS: usize = 10;

/// Of an editor that did not wait, no more is known.
const UNTOUCHED: &str =
    "nothing was changed; an editor that is still open has to be told to wait, as by `code --wait`";

/// Opens the editor on a private copy until what it leaves is saved, is as it was, or is given up.
pub(crate) fn edit(context: &Context) -> Result<Exit, Failure> {
    let found = Found::read(context)?;
    let copy = private_copy(context, &found)?;
    let desk = Desk::sit(copy.path()).inspect_err(|_| copy.remove())?;
    let mut session = Session { context, desk, copy, found, refused: None, rounds: 0 };
    match session.run() {
        Ok(ended) => {
            session.desk.leave();
            session.end(&ended);
            ended.tell(context)
        }
        Err(failure) => Err(session.keep(failure)),
    }
}

fn private_copy(context: &Context, found: &Found) -> Result<PrivateCopy, Failure> {
    let file = located(context)?;
    // One of another user is theirs, or of somebody who only knows how an edit looks: the doctor tells of it.
    context.mend(
        own_edits(&file)
            .iter()
            .map(|other| format!("another edit is under way, or was left, in {}", shown(&other.path))),
    );
    PrivateCopy::of(&file, &found.given)
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
    Saved { revision: Revision, changes: Vec<Change>, warnings: Problems },
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
                Ok(decoded) => self.valid(typed, decoded)?,
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
            self.tell(&failure.text());
            self.tell("the editor is opened again\n");
            return Ok(None);
        }
        self.tell(&failure.text());
        match ask(&[Answer::Edit, Answer::Quit, Answer::ThrowAway])? {
            Answer::ThrowAway => Ok(Some(Ended::ThrownAway)),
            Answer::Quit => {
                Err(Failure::new(Exit::Invalid, "what was typed is not valid, and was not saved"))
            }
            _ => Ok(None),
        }
    }

    /// `None`: the file had moved, and what is to be saved now is for the editor.
    fn valid(&mut self, typed: Vec<u8>, decoded: Decoded<Config>) -> Result<Option<Ended>, Failure> {
        let (mut text, mut decoded) = (typed, decoded);
        self.context.warn(self.copy.path(), &decoded.warnings);
        loop {
            if let Some(revision) = self.desk.while_saving(|| save(self.context, &self.found, &text))? {
                let (changes, warnings) = (self.found.changes_to(&decoded.document), decoded.warnings);
                return Ok(Some(Ended::Saved { revision, changes, warnings }));
            }
            let theirs = Found::read(self.context)?;
            if text == theirs.given {
                // Both typed the same: it is made durable, and that is all.
                self.found = theirs;
                continue;
            }
            let merged = ThreeWay::of(&self.found, &text, &theirs, self.context.limits());
            self.tell(&merged.text);
            let Some(next) = self.settle(&text, theirs, merged)? else {
                return Ok(Some(Ended::ThrownAway));
            };
            match next {
                Next::Editor => return Ok(None),
                Next::Save(both, valid) => (text, decoded) = (both, valid),
            }
        }
    }

    /// What becomes of a conflict. `None`: thrown away.
    fn settle(&mut self, typed: &[u8], theirs: Found, both: ThreeWay) -> Result<Option<Next>, Failure> {
        let conflict = || {
            Failure::new(Exit::Conflict, "the file was changed meanwhile, and what was typed was not saved")
                .with_help("edit it again, and take over from the copies what is still wanted")
        };
        let ThreeWay { merged, valid, .. } = both;
        self.copy.keep_beside("mine", typed)?;
        self.copy.keep_beside("merged", &merged)?;
        if !self.desk.has_someone() {
            return Err(conflict());
        }
        let answers: &[Answer] = if valid.is_some() {
            &[Answer::Save, Answer::Merge, Answer::Quit, Answer::ThrowAway]
        } else {
            &[Answer::Merge, Answer::Quit, Answer::ThrowAway]
        };
        let answer = ask(answers)?;
        match answer {
            Answer::ThrowAway => return Ok(None),
            Answer::Quit => return Err(conflict()),
            _ => {}
        }
        self.copy.write(&merged)?;
        self.found = theirs;
        self.refused = None;
        let saved = valid.filter(|_| matches!(answer, Answer::Save));
        Ok(Some(saved.map_or(Next::Editor, |valid| Next::Save(merged, valid))))
    }

    /// For people. A program reads the one object at the end.
    fn tell(&self, text: &str) {
        if !self.context.json || self.desk.has_someone() {
            aside(text);
        }
    }

    /// The copy is saved, or not wanted: but what the editor left beside one that is as it was may be what was typed.
    fn end(&self, ended: &Ended) {
        let left = matches!(ended, Ended::Untouched).then(|| self.copy.left_beside(&self.found.given));
        match left.flatten() {
            Some(left) => {
                let told =
                    format!("the copy is as it was, but the editor left {}, which is kept", shown(&left));
                self.context.mend([told]);
            }
            None => self.copy.remove(),
        }
    }

    /// Nothing typed is lost: the failure says where it is. What never differed from the file is not worth keeping.
    fn keep(self, failure: Failure) -> Failure {
        self.desk.leave();
        let failure = failure.with_saved(Saved::No);
        if let Some(place) = self.copy.differing_from(&self.found.given) {
            return failure.with_copy(&place);
        }
        self.copy.remove();
        failure
    }
}

enum Next {
    Editor,
    Save(Vec<u8>, Decoded<Config>),
}

impl Ended {
    fn tell(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Untouched => context.say(UNTOUCHED, &nothing()),
            Self::ThrownAway => context.say("thrown away; the file is as it was", &nothing()),
            Self::Saved { revision, changes, warnings } => {
                let mut lines: Vec<String> = changes.iter().map(crate::paint::change).collect();
                lines.push(format!("saved, revision {}", revision.short()));
                let changes: Vec<Value> = changes.iter().map(change_json).collect();
                let problems = problems_json(Severity::Warning, &warnings);
                let object =
                    json!({"revision": revision.to_string(), "changes": changes, "problems": problems});
                context.say(&lines.join("\n"), &object).map_err(Failure::after_save)
            }
        }
    }
}

fn nothing() -> Value {
    json!({"revision": null, "changes": [], "problems": []})
}

impl Found {
    fn invalid(&self, problems: Problems) -> Failure {
        let message = format!("{} was left as it is, and is not valid", shown(&self.path));
        Failure::invalid(message, shown(&self.path), problems)
    }
}
