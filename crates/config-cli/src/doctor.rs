//! `configctl doctor`: everything around the file that could be wrong, and what mends it.

mod content;
mod finding;
mod notify;
mod place;

use config_fs::{Inspection, LocateError};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::failure::{Exit, Failure};
use finding::{Finding, Severity};

/// Looks, with `fix` mends what is this user's own, and looks again.
pub(crate) fn doctor(context: &Context, fix: bool) -> Result<Exit, Failure> {
    let mut done = Vec::new();
    if fix && let Ok(inspection) = inspect(context) {
        done = inspection.fix();
    }
    let findings = examine(context)?;
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
    context.say(&text(&done, &findings), &json(context, &done, &findings, worst.exit()))?;
    Ok(worst.exit())
}

fn inspect(context: &Context) -> Result<Inspection, LocateError> {
    Inspection::of(context.file(), context.trust())
}

fn examine(context: &Context) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    match inspect(context) {
        Ok(inspection) => {
            place::examine(&inspection, &mut findings);
            content::examine(context, &inspection, &mut findings);
        }
        Err(error) => {
            let severity = match error {
                LocateError::Refused(_) => Severity::Refused,
                _ => Severity::Error,
            };
            findings.push(Finding::new(
                severity,
                "way",
                "not-located",
                Failure::of(Exit::Failed, &error).message(),
            ));
        }
    }
    notify::examine(&context.would_watch()?, &mut findings);
    Ok(findings)
}

fn text(done: &[String], findings: &[Finding]) -> String {
    let mut text = String::new();
    for done in done {
        text += &format!("mended   {done}\n");
    }
    for finding in findings {
        text += &format!("{:<8} {:<11} {}\n", finding.severity.name(), finding.subject, finding.message);
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (refused, errors, warnings) =
        (count(Severity::Refused), count(Severity::Error), count(Severity::Warning));
    let invalid = count(Severity::Invalid);
    text += &match (refused, errors + invalid, warnings) {
        (0, 0, 0) => "nothing to mend".to_owned(),
        (0, 0, warnings) => format!("served, with warnings: {warnings}"),
        (refused, errors, warnings) => {
            format!("not served: refusals {refused}, errors {errors}, warnings {warnings}")
        }
    };
    text
}

fn json(context: &Context, done: &[String], findings: &[Finding], exit: Exit) -> Value {
    let findings: Vec<Value> = findings.iter().map(Finding::json).collect();
    json!({
        "path": context.file().to_string_lossy(), "fixed": done, "findings": findings, "exit": exit as u8,
    })
}
