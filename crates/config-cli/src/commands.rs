//! What each command does.

mod judge;
mod read;
mod schema;
mod write;

use std::path::{Path, PathBuf};

use config_model::{Config, Limits, Pointer, Problems, Syntax, effective};
use config_store::{Options, Reading, default_path};
use config_watch::{Health, Next, Options as WatchOptions, Watch};
use serde_json::{Value, json};

use crate::args::{self, Args, Command};
use crate::diagnostic::{self, Severity};
use crate::diff::diff;
use crate::doctor::doctor;
use crate::edit::edit;
use crate::failure::{Exit, Failure, Saved};
use crate::history::history;
use crate::output::{aside, object_aside, problems_json, say, shown};
use crate::pages;
use crate::place;
use crate::rollback::rollback;
use crate::watch::watch;
pub(crate) use schema::Present;

/// What every command is told.
pub(crate) struct Context {
    path: PathBuf,
    limits: Limits,
    trust: args::Trust,
    pub(crate) json: bool,
}

impl Context {
    pub(crate) fn new(args: &Args) -> Result<Self, Failure> {
        let path = match &args.file {
            Some(path) => std::path::absolute(path).map_err(|error| {
                let begins =
                    format!("--file {} begins in a directory that is not known", config_fs::quoted(path));
                Failure::of(Exit::Usage, &error).about(&begins)
            })?,
            None => match default_path() {
                Ok(path) => path,
                Err(_) if args.command.needs_no_file() => PathBuf::new(),
                Err(none) => return Err(none.into()),
            },
        };
        let limits =
            Limits { strict: args.strict, max_bytes: args.trust.max_bytes, syntax: Syntax::of(&path) };
        Ok(Self { path, limits, trust: args.trust, json: args.json })
    }

    pub(crate) fn run(&self, command: Command) -> Result<Exit, Failure> {
        let saves = command.saves();
        let done = self.done(command);
        if saves { done.map_err(|failure| failure.with_saved(Saved::No)) } else { done }
    }

    fn done(&self, command: Command) -> Result<Exit, Failure> {
        match command {
            Command::Init { no_schema } => self.init(!no_schema),
            Command::Path => self.path(),
            Command::Show { reveal } => self.show(reveal),
            Command::Get { pointer } => self.get(&pointer),
            Command::Set { pointer, value, if_revision } => {
                let (pointer, value) = (Pointer::parse(&pointer)?, place::typed(&value)?);
                self.change(if_revision, |document| place::set(document, &pointer, value.clone()))
            }
            Command::Unset { pointer, if_revision } => {
                let pointer = Pointer::parse(&pointer)?;
                self.change(if_revision, |document| place::unset(document, &pointer))
            }
            Command::Edit => edit(self),
            Command::Validate { input } => self.validate(input),
            Command::History => history(self),
            Command::Diff { from, to } => diff(self, from.as_deref(), to.as_deref()),
            Command::Rollback { revision, if_revision } => rollback(self, &revision, if_revision),
            Command::Watch => watch(self),
            Command::Status => self.status(),
            Command::Doctor { fix } => doctor(self, fix),
            Command::Schema { write } => self.schema(write),
            // Of the command line itself.
            Command::Completions { shell } => pages::completions(shell, self.json),
            Command::Man { command } => pages::man(command.as_deref(), self.json),
            Command::Migrate => self.migrate(),
        }
    }

    /// A store that does what the command asks for and nothing else.
    pub(crate) fn options(&self) -> Options<Config> {
        let options = Options::new()
            .strict(self.limits.strict)
            .max_bytes(self.limits.max_bytes)
            .allow_foreign_owner(self.trust.allow_foreign_owner);
        match self.trust.expected_mode {
            Some(mode) => options.expected_mode(mode),
            None => options,
        }
    }

    /// A store that is opened to save once what is there already.
    pub(crate) fn one_save(&self) -> Options<Config> {
        self.options().seed(false).migrate(false).watch(None).keep_opened(false)
    }

    pub(crate) fn file(&self) -> &Path {
        &self.path
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whom to trust, for what looks at the file without a store.
    pub(crate) fn trust(&self) -> config_fs::Trust {
        self.options().trust()
    }

    /// Reads the file for a command that only reads. Nothing is written, whatever is found.
    fn reading(&self) -> Result<Reading<Config>, Failure> {
        let reading = self.options().read(&self.path).map_err(|rejection| self.rejected(rejection))?;
        self.mend(reading.concerns.iter().map(ToString::to_string));
        Ok(reading)
    }

    /// How a service that watches this file from here would notice changes: which directories can be armed, and why not.
    pub(crate) fn would_watch(&self) -> Result<Health, Failure> {
        let watch = Watch::start(&self.path, WatchOptions::default(), |_| Next::Wait);
        Ok(watch.map_err(|error| Failure::of(Exit::Failed, &error))?.health())
    }

    /// The result of a command, for people or for programs.
    pub(crate) fn say(&self, text: &str, json: &Value) -> Result<Exit, Failure> {
        say(self.json, text, json)
    }

    /// What should be mended about the file.
    pub(crate) fn mend(&self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            if self.json {
                object_aside(&json!({"warning": warning}));
            } else {
                aside(&diagnostic::warning(&warning));
            }
        }
    }

    /// What is odd about the text of `source`: people are told beside the result, programs in it, as its `problems`.
    pub(crate) fn warn(&self, source: &Path, warnings: &Problems) -> Vec<Value> {
        if !self.json {
            aside(&diagnostic::problems(Severity::Warning, &shown(source), warnings));
        }
        problems_json(Severity::Warning, warnings)
    }
}

/// All that the file says and leaves to defaults.
fn meaning(reading: &Reading<Config>) -> Result<Value, Failure> {
    effective(reading.present_text(), &reading.document).map_err(|error| Failure::of(Exit::Failed, &error))
}
