//! The JSON Schema: printed, or beside the config file, where editors look for it.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use config_fs::{ConfigFile, LocateError};
use config_model::{Config, Document as _};
use serde_json::{Value, json};

use super::Context;
use crate::failure::{Exit, Failure};
use crate::output::{command, shown};

/// More than a schema has.
const MOST: u64 = 1 << 20;

/// What stands where editors look for the schema.
pub(crate) enum Present {
    Nothing,
    /// A schema of this program's, of this version or another.
    Schema(String),
    /// Somebody else's, and what it is.
    Other(String),
}

impl Present {
    /// Whatever it is, it is not written to, and no pipe is waited for.
    pub(crate) fn at(path: &Path) -> Self {
        let other = |what: &str| Self::Other(what.to_owned());
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => Self::Nothing,
            Err(error) => Self::Other(format!("not to be looked at ({error})")),
            Ok(status) if !status.is_file() => other("no regular file"),
            Ok(status) if status.len() > MOST => other("no schema of configctl's"),
            Ok(_) => match fs::read(path) {
                Err(error) => Self::Other(format!("not to be read ({error})")),
                Ok(bytes) => match String::from_utf8(bytes) {
                    Ok(text) if is_ours(&text) => Self::Schema(text),
                    _ => other("no schema of configctl's"),
                },
            },
        }
    }
}

/// By what each version of it has.
fn is_ours(text: &str) -> bool {
    let Ok(found) = serde_json::from_str::<Value>(text) else { return false };
    let ours = config_model::schema::<Config>(false);
    let has = |place| found.pointer(place).is_some() && found.pointer(place) == ours.pointer(place);
    has("/$schema") && has("/title") && found.pointer("/properties/version/const").is_some()
}

impl Context {
    pub(super) fn schema(&self, write: bool) -> Result<Exit, Failure> {
        if !write {
            let schema = config_model::schema::<Config>(self.limits.strict);
            return self.say(&format!("{schema:#}"), &schema);
        }
        let (path, is_new) = self.write_schema(true)?;
        let name = shown(&path);
        let text = if is_new { format!("wrote {name}") } else { format!("{name} is up to date") };
        self.say(&text, &json!({"path": path.to_string_lossy(), "written": is_new}))
    }

    /// After a first file was written, which says where its schema is. It is no failure when that cannot be.
    pub(crate) fn accompany(&self) {
        if let Err(failure) = self.write_schema(false) {
            self.mend([format!("no schema for editors was written: {}", failure.in_a_line())]);
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

    /// Writes it where nothing is, or in place of another version of it, if that is meant. What else is there stays, the config
    /// file before all. The directory is judged as that of the config file: nobody else may put a link there meanwhile.
    fn write_schema(&self, in_place: bool) -> Result<(PathBuf, bool), Failure> {
        let found = ConfigFile::locate_with(&self.path, self.trust()).map_err(|error| {
            let exit = if matches!(error, LocateError::Refused(_)) { Exit::Refused } else { Exit::Failed };
            Failure::of(exit, &error)
        })?;
        let path = self.schema_path().ok_or_else(|| Failure::new(Exit::Failed, "the schema has no place"))?;
        let text = Self::schema_text(self.limits.strict);
        let name = shown(&path);
        let elsewhere = format!("{} prints the schema, for another place", command("schema"));
        if [&*self.path, found.target()].into_iter().any(|file| is_same(file, &path)) {
            let message = format!("{name} is the config file, and was left to it");
            return Err(Failure::new(Exit::Refused, message).with_help(elsewhere));
        }
        let refuse = |what: &str, help: String| {
            Err(Failure::new(Exit::Refused, format!("{name} is {what}, and was left as it is"))
                .with_help(help))
        };
        let replace = match Present::at(&path) {
            Present::Nothing => false,
            Present::Schema(there) if there == text => return Ok((path, false)),
            Present::Schema(_) if path.is_symlink() => {
                let help = "remove it, or bring what it leads to up to date".to_owned();
                return refuse("a symbolic link to another version of the schema", help);
            }
            Present::Schema(_) if in_place => true,
            Present::Schema(_) => {
                let help = format!("{} replaces it", command("schema --write"));
                return refuse("another version of the schema", help);
            }
            Present::Other(what) => return refuse(&what, format!("move it away; {elsewhere}")),
        };
        let failed = |error: io::Error| Failure::of(Exit::Failed, &error).about(&name);
        put(&path, &text, replace).map_err(failed)?;
        Ok((path, true))
    }
}

/// Do both name the same place, whatever links are on the way to its directory?
fn is_same(one: &Path, other: &Path) -> bool {
    let directory = |path: &Path| path.parent().and_then(|directory| fs::canonicalize(directory).ok());
    one.file_name() == other.file_name() && directory(one) == directory(other)
}

/// No secret is in it, and it can be made again at any time: it is whole, and not more durable than that.
fn put(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let readable = Permissions::from_mode(0o644);
    let mut file =
        tempfile::Builder::new().prefix(".config.schema.").permissions(readable).tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    let put = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    put.map(drop).map_err(io::Error::from)
}
