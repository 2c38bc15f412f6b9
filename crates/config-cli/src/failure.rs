//! What went wrong, as text or JSON, and the exit code that says which sort it is.

use std::error::Error;
use std::path::Path;

use config_fs::{CreateDirectoriesError, LockError, Refusal, ReplaceError, Step};
use config_model::{PointerError, ProblemKind, Problems};
use config_store::{NoDefaultPath, OpenError, Rejection, UpdateError};
use serde_json::{Value, json};

use crate::diagnostic::{self, Severity};
use crate::history::way_back;
use crate::output::{command, problems_json, shown};

/// The exit codes, by what a script would do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Invalid = 3,
    Conflict = 4,
    Refused = 5,
    Uncertain = 6,
}

/// What a command that failed left on disk of what it was to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// Nothing: the file is as it was.
    No,
    /// All of it, but a power loss may bring the old content back.
    NotDurable,
    /// The old content or the new: the kernel did not say.
    Unknown,
    /// All of it, durably. What failed came after.
    Yes,
}

impl Saved {
    fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::NotDurable => "not-durable",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    help: Option<Box<str>>,
    /// The file, or another source, that the problems are in.
    source: Box<str>,
    problems: Box<Problems>,
    /// `None` where nothing was to be saved.
    saved: Option<Saved>,
    step: Option<Step>,
    errno: Option<i32>,
    /// Where what was typed is kept.
    copy: Option<Box<Path>>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
            source: Box::default(),
            problems: Box::default(),
            saved: None,
            step: None,
            errno: None,
            copy: None,
        }
    }

    /// An error with all that caused it.
    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        let message: Vec<String> = chain.clone().map(ToString::to_string).collect();
        let errno = chain.filter_map(|error| error.downcast_ref()).find_map(std::io::Error::raw_os_error);
        Self { errno, ..Self::new(exit, message.join(": ")) }
    }

    /// What came of a save, by the one error that knows.
    fn of_save(error: &(dyn Error + 'static), save: &ReplaceError) -> Self {
        let (exit, saved, step) = match save {
            ReplaceError::NotSaved { step, source, .. } if is_refusal(source) => {
                (Exit::Refused, Saved::No, Some(*step))
            }
            ReplaceError::NotSaved { step, .. } => (Exit::Failed, Saved::No, Some(*step)),
            ReplaceError::VisibleNotDurable { step, .. } => (Exit::Uncertain, Saved::NotDurable, Some(*step)),
            ReplaceError::Unknown { .. } => (Exit::Uncertain, Saved::Unknown, Some(Step::Rename)),
            ReplaceError::Changed { .. } | ReplaceError::Exists { .. } | ReplaceError::LockLost { .. } => {
                (Exit::Failed, Saved::No, None)
            }
        };
        Self { saved: Some(saved), step, ..Self::of(exit, error) }
    }

    /// The save succeeded; what came after it did not.
    pub(crate) fn after_save(self) -> Self {
        let message = format!("it was saved, but {}", self.message);
        Self { message, saved: Some(Saved::Yes), ..self }
    }

    /// Says what is on disk, where the error itself did not.
    pub(crate) fn with_saved(mut self, saved: Saved) -> Self {
        self.saved = self.saved.or(Some(saved));
        self
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into_boxed_str());
        self
    }

    /// Of another file than the config file: what would mend that mends nothing here. The message says what would.
    pub(crate) fn elsewhere(rejection: Rejection) -> Self {
        let is_large = matches!(rejection, Rejection::Unreadable { too_large: true, .. });
        let failure = Self::from(rejection);
        if is_large { failure } else { Self { help: None, ..failure } }
    }

    /// Another remedy beside the one that is there.
    pub(crate) fn or_help(self, other: &str) -> Self {
        let help = self.help.as_ref().map_or_else(|| other.to_owned(), |help| format!("{help}; {other}"));
        self.with_help(help)
    }

    /// Says first what it was that failed.
    pub(crate) fn about(self, what: &str) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Says where what was typed is kept.
    pub(crate) fn with_copy(self, copy: &Path) -> Self {
        Self { copy: Some(copy.into()), ..self }
    }

    /// Problems of a text that came from `source`.
    pub(crate) fn invalid(
        message: impl Into<String>,
        source: impl Into<Box<str>>,
        problems: Problems,
    ) -> Self {
        let is_large = problems.has(ProblemKind::Size);
        let problems = Box::new(problems);
        let failure = Self { source: source.into(), problems, ..Self::new(Exit::Invalid, message) };
        if is_large { failure.with_help(LARGER) } else { failure }
    }

    /// Problems of a value that was typed in: no file's limit keeps it away.
    pub(crate) fn value(problems: Problems) -> Self {
        let what = if problems.has(ProblemKind::Size) { "taken" } else { "JSON" };
        let failure =
            Self::invalid(format!("the value is not {what}, the file is as it was"), "<value>", problems);
        Self { help: None, ..failure }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What and what to do, for a sentence that goes on.
    pub(crate) fn in_a_line(&self) -> String {
        let help = self.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}{help}", self.message)
    }

    pub(crate) fn text(&self) -> String {
        let copy = self.copy.as_ref().map(|copy| format!("what was typed is in {}", shown(copy)));
        diagnostic::problems(Severity::Error, &self.source, &self.problems)
            + &diagnostic::error(&self.message, self.help.as_deref(), copy.as_deref())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "copy": self.copy.as_ref().map(|copy| copy.to_string_lossy()),
            "errno": self.errno,
            "error": self.message,
            "exit": self.exit as u8,
            "help": self.help,
            "omitted": self.problems.omitted(),
            "problems": problems_json(Severity::Error, &self.problems),
            "saved": self.saved.map(Saved::name),
            "step": self.step.map(Step::name),
        })
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid { path, problems, .. } => {
                let message = format!("{} is not valid: {}", shown(&path), count(problems.len()));
                Self::invalid(message, shown(&path), (*problems).clone())
            }
            // Nothing is made through a link: the message says what is to be done about it.
            Rejection::Missing { ref path, .. } if path.is_symlink() => Self::of(Exit::Failed, &rejection),
            Rejection::Missing { .. } => Self::of(Exit::Failed, &rejection).with_help(format!(
                "{} writes a first file; to bring an old one back, copy it there",
                command("init")
            )),
            Rejection::Unreadable { refused, too_large, errno, .. } => {
                let exit = if refused { Exit::Refused } else { Exit::Failed };
                let failure = Self { errno, ..Self::of(exit, &rejection) };
                match (refused, too_large) {
                    (true, _) => failure.with_help(doctor()),
                    (_, true) => failure.with_help(LARGER),
                    _ => failure,
                }
            }
            other => Self::of(Exit::Failed, &other),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Rejected(rejection) => rejection.into(),
            OpenError::Broken { rejection, last_good, .. } => {
                Self::from(rejection).with_help(way_back(&last_good))
            }
            OpenError::Migration(error) => error.into(),
            OpenError::Lock(LockError::Refused(_))
            | OpenError::Directories(CreateDirectoriesError::Refused(_)) => Self::of(Exit::Refused, &error),
            OpenError::Lock(_) => Self { step: Some(Step::Lock), ..Self::of(Exit::Failed, &error) },
            OpenError::Seed(ref save) => Self::of_save(&error, save),
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
                Self::invalid(message, "<changed>", problems)
            }
            UpdateError::Conflict { .. } => Self::of(Exit::Conflict, &error)
                .with_help(format!("look at it again with {}, then decide", command("show"))),
            UpdateError::Lock(LockError::Refused(_)) => Self::of(Exit::Refused, &error),
            UpdateError::Lock(_) | UpdateError::Busy => {
                Self { step: Some(Step::Lock), ..Self::of(Exit::Failed, &error) }
            }
            UpdateError::Save(ref save) => Self::of_save(&error, save),
            // Whatever became of the copy, the file itself was not touched.
            UpdateError::Backup(ref save) => {
                Self { exit: Exit::Failed, saved: Some(Saved::No), ..Self::of_save(&error, save) }
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

fn doctor() -> String {
    format!(
        "{} looks at the whole way to the file, and with `--fix` mends what is this user's",
        command("doctor")
    )
}

/// What reads a file over the limit.
pub(crate) const LARGER: &str =
    "`--max-bytes BYTES` raises the limit for this command; a service has its own";

/// So many, in words.
pub(crate) fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") }
}
