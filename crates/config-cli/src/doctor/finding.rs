//! One line of what the doctor says.

use config_model::Problems;
use serde_json::{Value, json};

use crate::diagnostic;
use crate::failure::Exit;
use crate::output::problems_json;

/// How bad it is, the worst last: it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Ok,
    Warning,
    /// The file is not there or cannot be read.
    Error,
    /// It does not say what a config may.
    Invalid,
    /// The trust policy keeps it from being served.
    Refused,
}

impl Severity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
        }
    }

    pub(super) fn exit(self) -> Exit {
        match self {
            Self::Ok | Self::Warning => Exit::Done,
            Self::Error => Exit::Failed,
            Self::Invalid => Exit::Invalid,
            Self::Refused => Exit::Refused,
        }
    }
}

pub(super) struct Finding {
    pub(super) severity: Severity,
    /// What was looked at.
    pub(super) subject: &'static str,
    /// A stable name for programs.
    name: &'static str,
    /// With the remedy, where one is needed.
    pub(super) message: String,
    /// What is wrong with the content, line by line.
    pub(super) problems: Problems,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        subject: &'static str,
        name: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { severity, subject, name, message: message.into(), problems: Problems::none() }
    }

    pub(super) fn with_problems(self, problems: Problems) -> Self {
        Self { problems, ..self }
    }

    pub(super) fn ok(subject: &'static str, name: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Ok, subject, name, message)
    }

    /// That of its problems.
    pub(super) fn of_problems(&self) -> diagnostic::Severity {
        if self.severity > Severity::Warning {
            diagnostic::Severity::Error
        } else {
            diagnostic::Severity::Warning
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "severity": self.severity.name(), "subject": self.subject, "name": self.name, "message": self.message,
            "problems": problems_json(self.of_problems(), &self.problems),
        })
    }
}
