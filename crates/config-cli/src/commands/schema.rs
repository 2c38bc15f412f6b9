//! The JSON Schema: printed, or beside the config file, where editors look for it.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use config_fs::{ConfigFile, LocateError};
use config_model::{Config, Document as _};
use serde_json::json;

use super::Context;
use crate::diagnostic;
use crate::failure::{Exit, Failure};
use crate::output::{aside, shown};

impl Context {
    pub(super) fn schema(&self, write: bool) -> Result<Exit, Failure> {
        if !write {
            let schema = config_model::schema::<Config>(self.limits.strict);
            return self.say(&format!("{schema:#}"), &schema);
        }
        let (path, is_new) = self.write_schema()?;
        let name = shown(&path);
        let text = if is_new { format!("wrote {name}") } else { format!("{name} is up to date") };
        self.say(&text, &json!({"path": path.to_string_lossy(), "written": is_new}))
    }

    /// After a first file was written, which says where its schema is. It is no failure when that cannot be.
    pub(crate) fn accompany(&self) {
        if let Err(failure) = self.write_schema()
            && !self.json
        {
            aside(&diagnostic::warning(&format!("no schema for editors was written: {}", failure.message())));
        }
    }

    /// Where editors look for the schema, if the file is one of those that a first run writes.
    pub(crate) fn schema_path(&self) -> Option<PathBuf> {
        Some(self.path.parent()?.join(Config::SCHEMA?.trim_start_matches("./")))
    }

    /// The schema as a file.
    pub(crate) fn schema_text(strict: bool) -> String {
        format!("{:#}\n", config_model::schema::<Config>(strict))
    }

    /// Writes it, unless it is there. The directory is judged as that of the config file: nobody else may put a link there.
    fn write_schema(&self) -> Result<(PathBuf, bool), Failure> {
        let found = ConfigFile::locate_with(&self.path, self.trust());
        found.map_err(|error| {
            let exit = if matches!(error, LocateError::Refused(_)) { Exit::Refused } else { Exit::Failed };
            Failure::of(exit, &error)
        })?;
        let path = self.schema_path().ok_or_else(|| Failure::new(Exit::Failed, "the schema has no place"))?;
        let text = Self::schema_text(self.limits.strict);
        if fs::read(&path).is_ok_and(|present| present == text.as_bytes()) {
            return Ok((path, false));
        }
        let failed = |error: io::Error| Failure::new(Exit::Failed, format!("{}: {error}", shown(&path)));
        replace(&path, &text).map_err(failed)?;
        Ok((path, true))
    }
}

/// No secret is in it, and it can be made again at any time: it is whole, and not more durable than that.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let readable = Permissions::from_mode(0o644);
    let mut file =
        tempfile::Builder::new().prefix(".config.schema.").permissions(readable).tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
