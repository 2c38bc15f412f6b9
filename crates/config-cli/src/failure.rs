//! What went wrong, as text or JSON, and the exit code that says which sort it is.

use std::error::Error;
use std::path::PathBuf;

use config_fs::{LockError, Refusal, ReplaceError};
use config_model::{PointerError, Problems};
use config_store::{NoDefaultPath, OpenError, Rejection, UpdateError};
use serde_json::{Value, json};

use crate::output::{problem_json, problem_text, shown};

/// The exit codes, by what a script would do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Invalid = 3,
    Conflict = 4,
    Refused = 5,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    help: Option<String>,
    /// The file, or another source, that the problems are in.
    source: Option<PathBuf>,
    problems: Problems,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None, source: None, problems: Problems::none() }
    }

    /// An error with all that caused it.
    pub(crate) fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message += &format!(": {error}");
            cause = error.source();
        }
        Self::new(exit, message)
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Problems of a text that came from `source`, or of the change itself.
    pub(crate) fn invalid(message: impl Into<String>, source: Option<PathBuf>, problems: Problems) -> Self {
        Self { source, problems, ..Self::new(Exit::Invalid, message) }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for problem in &self.problems {
            text += &problem_text("error", self.source.as_deref(), problem);
        }
        if self.problems.omitted() > 0 {
            text += &format!("and {} more problems\n", self.problems.omitted());
        }
        text += &format!("error: {}\n", self.message);
        if let Some(help) = &self.help {
            text += &format!("  = help: {help}\n");
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "error": self.message,
            "exit": self.exit as u8,
            "help": self.help,
            "omitted": self.problems.omitted(),
            "problems": self.problems.iter().map(|problem| problem_json("error", problem)).collect::<Vec<_>>(),
        })
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid { path, problems, .. } => {
                let message = format!("{} is not valid: {}", shown(&path), count(problems.len()));
                Self::invalid(message, Some(path), (*problems).clone())
            }
            Rejection::Missing { .. } => Self::of(Exit::Failed, &rejection)
                .with_help("`configctl init` writes a first file; to bring an old one back, copy it there"),
            Rejection::Unreadable { refused: true, .. } => Self::of(Exit::Refused, &rejection),
            other => Self::of(Exit::Failed, &other),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Rejected(rejection) => rejection.into(),
            OpenError::Migration(error) => error.into(),
            OpenError::Lock(LockError::Refused(_)) => Self::of(Exit::Refused, &error),
            other => Self::of(Exit::Failed, &other),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::OnDisk(rejection) => rejection.into(),
            UpdateError::Refused(problems) => {
                let message =
                    format!("the change was refused, the file is as it was: {}", count(problems.len()));
                Self::invalid(message, None, problems)
            }
            UpdateError::Conflict { .. } => Self::of(Exit::Conflict, &error)
                .with_help("look at it again with `configctl show`, then decide"),
            UpdateError::Lock(LockError::Refused(_)) => Self::of(Exit::Refused, &error),
            UpdateError::Save(ReplaceError::NotSaved { ref source, .. }) if is_refusal(source) => {
                Self::of(Exit::Refused, &error)
            }
            other => Self::of(Exit::Failed, &other),
        }
    }
}

/// Was it refused for what the file is, and not failed by the system?
fn is_refusal(error: &std::io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>()).is_some()
}

impl From<PointerError> for Failure {
    fn from(error: PointerError) -> Self {
        Self::of(Exit::Usage, &error)
    }
}

impl From<NoDefaultPath> for Failure {
    fn from(error: NoDefaultPath) -> Self {
        Self::of(Exit::Usage, &error).with_help("name the file with --file PATH")
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") }
}
