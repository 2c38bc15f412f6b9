//! What the file says: its version, and whether it would be served.

use config_fs::{Inspection, Refusal};
use config_model::{Config, Document as _, Pointer, span_of};
use config_store::Rejection;

use super::finding::{Finding, Severity};
use crate::commands::{Context, Present};
use crate::failure::{Failure, count};
use crate::output::{command, shown};

pub(super) fn examine(context: &Context, inspection: &Inspection, findings: &mut Vec<Finding>) {
    if inspection.target.is_none() {
        return;
    }
    let path = shown(context.file());
    let ours = Config::VERSION;
    match context.options().read(context.file()) {
        Ok(reading) => {
            findings.extend(schema(context, &reading.text));
            let unknown = reading.warnings.len();
            findings.push(match reading.migrated {
                Some(migrated) => {
                    let from = migrated.from;
                    let message = format!(
                        "{from}, older than {ours}; {} brings the file up to date",
                        command("migrate")
                    );
                    Finding::new(Severity::Warning, "version", "older", message)
                }
                None => Finding::ok("version", "present", ours.to_string()),
            });
            findings.push(if unknown == 0 {
                Finding::ok("content", "valid", format!("valid, revision {}", reading.revision.short()))
            } else {
                let message = format!("valid, with warnings: {unknown}");
                Finding::new(Severity::Warning, "content", "warnings", message)
                    .with_problems(reading.warnings)
            });
        }
        Err(Rejection::Invalid { problems, .. }) => {
            let way_back = context.way_back_from(&problems).map(|way_back| format!("; {way_back}"));
            let message =
                format!("{path} is not valid: {}{}", count(problems.len()), way_back.unwrap_or_default());
            let finding = Finding::new(Severity::Invalid, "content", "invalid", message);
            findings.push(finding.with_problems((*problems).clone()));
        }
        // Said with the way or the file.
        Err(Rejection::Unreadable { refused: true, .. }) => {
            let is_no_file =
                inspection.refusals.iter().any(|refusal| matches!(refusal, Refusal::NotRegular { .. }));
            let why = if is_no_file { "it is no regular file" } else { "others could have written it" };
            let message = format!("not looked at: {why}");
            findings.push(Finding::new(Severity::Refused, "content", "not-read", message));
        }
        Err(other) => {
            let message = Failure::from(other).in_a_line();
            findings.push(Finding::new(Severity::Error, "content", "unreadable", message));
        }
    }
}

/// Whether editors find the schema that the file names, when it names ours.
fn schema(context: &Context, text: &str) -> Option<Finding> {
    let place = span_of(text, &Pointer::root().key("$schema")).and_then(|span| text.get(span))?;
    let named = config_model::parse_value(place).ok()?;
    let path = context.schema_path().filter(|_| named.as_str() == Config::SCHEMA)?;
    let name = shown(&path);
    let is = match Present::at(&path) {
        Present::Schema(there) if there == Context::schema_text(false) => {
            return Some(Finding::ok("schema", "present", format!("{name} is there for editors")));
        }
        Present::Schema(there) if there == Context::schema_text(true) => {
            let message = format!("{name} is there for editors, and knows no other fields");
            return Some(Finding::ok("schema", "strict", message));
        }
        Present::Schema(_) => format!("is of another version; {} replaces it", command("schema --write")),
        Present::Nothing => format!("is not there; {} writes it", command("schema --write")),
        Present::Other(what) => {
            format!("is {what}; move it away, then {} writes one", command("schema --write"))
        }
    };
    Some(Finding::ok("schema", "absent", format!("{name}, for editors, {is}")))
}
