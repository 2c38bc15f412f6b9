//! `configctl doctor`: everything around the file that could be wrong, and what mends it.

mod content;
mod finding;
mod history;
mod notify;
mod place;

use config_fs::{ConfigFile, Fix, Inspection, LocateError};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::diagnostic;
use crate::edit::edits_elsewhere;
use crate::failure::{Exit, Failure};
use crate::output::shown;
use finding::{Finding, Severity};

/// Looks, with `fix` mends what is this user's own, and looks again.
pub(crate) fn doctor(context: &Context, fix: bool) -> Result<Exit, Failure> {
    let mut fixes = Vec::new();
    if fix && let Ok(inspection) = inspect(context) {
        fixes = inspection.fix();
    }
    let mut findings = examine(context)?;
    findings.extend(fixes.iter().filter_map(was_open));
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
    let text = text(&fixes, &findings, &shown(context.file()));
    context.say(&text, &json(context, &fixes, &findings, worst.exit()))?;
    Ok(worst.exit())
}

/// Closing a file does not undo what was written while it was open.
fn was_open(fix: &Fix) -> Option<Finding> {
    let Fix::Closed { path, was_open: true, .. } = fix else { return None };
    let message = format!("others could write {} until now: look at what it says", shown(path));
    Some(Finding::new(Severity::Warning, "content", "was-writable", message))
}

fn inspect(context: &Context) -> Result<Inspection, LocateError> {
    Inspection::of(context.file(), context.trust())
}

fn examine(context: &Context) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    match inspect(context) {
        Ok(inspection) => {
            // The history is looked through only where something is to be brought back.
            let way_back = if inspection.target.is_none() { context.way_back() } else { None };
            place::examine(&inspection, way_back, &mut findings);
            if let Ok(file) = ConfigFile::locate_with(context.file(), context.trust()) {
                // What is not beside the file is not mended from here.
                edits_elsewhere(&file).for_each(|edit| place::edit(&edit, &edit.remedy(), &mut findings));
            }
            history::examine(context, &inspection, &mut findings);
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

/// `path` is that of the file, for people.
fn text(fixes: &[Fix], findings: &[Finding], path: &str) -> String {
    let mut text = String::new();
    for fix in fixes {
        let what = if matches!(fix, Fix::Failed { .. }) { "failed" } else { "mended" };
        text += &format!("{what:<8} {fix}\n");
    }
    for finding in findings {
        text += &format!("{:<8} {:<11} {}\n", finding.severity.name(), finding.subject, finding.message);
        text += &diagnostic::problems(finding.of_problems(), path, &finding.problems);
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (refused, errors, warnings) =
        (count(Severity::Refused), count(Severity::Error), count(Severity::Warning));
    let errors = errors + count(Severity::Invalid);
    // What is wrong with the lock keeps nobody from reading.
    let is_served =
        findings.iter().all(|finding| finding.severity <= Severity::Warning || finding.subject == "lock");
    text += &match (refused + errors, warnings, is_served) {
        (0, 0, _) => "nothing to mend".to_owned(),
        (0, warnings, _) => format!("served, with warnings: {warnings}"),
        (_, warnings, is_served) => {
            let outcome = if is_served { "served, and not saved" } else { "not served" };
            format!("{outcome}: refusals {refused}, errors {errors}, warnings {warnings}")
        }
    };
    text
}

fn json(context: &Context, fixes: &[Fix], findings: &[Finding], exit: Exit) -> Value {
    let findings: Vec<Value> = findings.iter().map(Finding::json).collect();
    let (failed, done): (Vec<_>, Vec<_>) = fixes.iter().partition(|fix| matches!(fix, Fix::Failed { .. }));
    let texts = |fixes: Vec<&Fix>| fixes.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "path": context.file().to_string_lossy(), "fixed": texts(done), "not_fixed": texts(failed),
        "findings": findings, "exit": exit as u8,
    })
}
