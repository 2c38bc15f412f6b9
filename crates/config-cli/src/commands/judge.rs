//! What judges the file: `validate`, `status`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use config_model::{Config, Document as _, Problems, decode_with};
use config_store::Rejection;
use config_watch::Health;
use serde_json::{Value, json};

use super::Context;
use crate::diagnostic::{self, Severity};
use crate::failure::{Exit, Failure, LARGER, count};
use crate::output::{aside, line, problems_json, shown, unless_gone};

impl Context {
    pub(super) fn validate(&self, input: Option<PathBuf>) -> Result<Exit, Failure> {
        let source = input.unwrap_or_else(|| self.path.clone());
        let is_own = source == self.path;
        let outcome = if source == Path::new("-") {
            let bytes = read_input(self.limits.max_bytes)?;
            decode_with::<Config>(&bytes, self.limits).map(|decoded| (decoded.warnings, decoded.migrated))
        } else {
            match self.options().read(&source) {
                Ok(reading) => {
                    self.mend(reading.concerns.iter().map(ToString::to_string));
                    Ok((reading.warnings, reading.migrated))
                }
                Err(Rejection::Invalid { problems, .. }) => Err((*problems).clone()),
                Err(other) if is_own => return Err(self.rejected(other)),
                Err(other) => return Err(Failure::elsewhere(other)),
            }
        };
        let name = if source == Path::new("-") { "<stdin>".to_owned() } else { shown(&source) };
        let (problems, warnings, from) = match outcome {
            Ok((warnings, migrated)) => (Problems::none(), warnings, migrated.map(|migrated| migrated.from)),
            Err(problems) => (problems, Problems::none(), None),
        };
        let help = if is_own && !problems.is_empty() { self.way_back_from(&problems) } else { None };
        if self.json {
            let mut list = problems_json(Severity::Error, &problems);
            list.extend(problems_json(Severity::Warning, &warnings));
            let version = from.unwrap_or(Config::VERSION);
            let (valid, omitted) = (problems.is_empty(), problems.omitted());
            self.say(
                "",
                &json!({
                    "valid": valid, "version": version, "omitted": omitted, "problems": list, "help": help,
                }),
            )?;
            return Ok(if valid { Exit::Done } else { Exit::Invalid });
        }
        aside(&diagnostic::problems(Severity::Warning, &name, &warnings));
        if problems.is_empty() {
            return unless_gone(line(&format!("{name} is valid")));
        }
        let message = format!("{name} is not valid: {}", count(problems.len()));
        let failure = Failure::invalid(message, name, problems);
        Err(help.into_iter().fold(failure, Failure::with_help))
    }

    pub(super) fn status(&self) -> Result<Exit, Failure> {
        let path = self.path.to_string_lossy();
        let reading = match self.options().read(&self.path) {
            Ok(reading) => reading,
            Err(rejection) => {
                let state = match &rejection {
                    Rejection::Missing { .. } => "missing",
                    Rejection::Invalid { .. } => "invalid",
                    _ => "unreadable",
                };
                let failure = self.rejected(rejection);
                if self.json {
                    let mut status = failure.json();
                    let watch = watch_json(&self.would_watch()?);
                    if let Value::Object(members) = &mut status {
                        members.insert("watch".to_owned(), watch);
                        members.insert("path".to_owned(), json!(path));
                        members.insert("state".to_owned(), json!(state));
                    }
                    self.say("", &status)?;
                    return Ok(failure.exit);
                }
                return Err(failure);
            }
        };
        let version = reading.migrated.as_ref().map_or(Config::VERSION, |migrated| migrated.from);
        let warnings: Vec<String> = reading.concerns.iter().map(ToString::to_string).collect();
        let (bytes, models, revision) = (reading.text.len(), reading.document.models.len(), reading.revision);
        let mut text = format!(
            "file      {}\nstate     ok\nversion   {version}\nrevision  {revision}\nsize      {bytes} bytes\nmodels    {models}",
            shown(&self.path)
        );
        for warning in &warnings {
            text += &format!("\nwarning   {warning}");
        }
        let watch = self.would_watch()?;
        text += &format!("\nwatch     {}", watch.mode);
        if let Some(error) = &watch.last_error {
            text += &format!(": {error}");
        }
        let problems = self.warn(&self.path, &reading.warnings);
        let json = json!({
            "watch": watch_json(&watch),
            "path": path, "state": "ok", "version": version, "revision": revision.to_string(), "bytes": bytes,
            "models": models, "warnings": warnings, "problems": problems,
        });
        self.say(&text, &json)
    }
}

fn watch_json(watch: &Health) -> Value {
    let armed: Vec<_> = watch.armed.iter().map(|directory| directory.to_string_lossy()).collect();
    json!({"mode": watch.mode.name(), "armed": armed, "last_error": watch.last_error})
}

/// Standard input. Of more than the limit no more is read, and it ends as a file of that size does.
fn read_input(max_bytes: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::of(Exit::Failed, &error).about("standard input could not be read"))?;
    if bytes.len() > max_bytes {
        let message = format!("<stdin> is larger than {max_bytes} bytes");
        return Err(Failure::new(Exit::Failed, message).with_help(LARGER));
    }
    Ok(bytes)
}
