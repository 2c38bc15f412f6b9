//! One command of `configctl`, and all that it said of what came of it.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::system::{Ground, NotHere};

/// How `configctl` is started.
pub(super) struct Configctl {
    words: Vec<OsString>,
}

impl Configctl {
    pub(super) fn new(ground: &Ground) -> Self {
        Self { words: vec![ground.configctl.clone().into()] }
    }

    /// Trusts the files of other users.
    pub(super) fn trusting(ground: &Ground) -> Self {
        Self { words: vec![ground.configctl.clone().into(), "--allow-foreign-owner".into()] }
    }

    /// Started by another program, such as `prlimit`.
    pub(super) fn under(ground: &Ground, wrapper: &[&str]) -> Self {
        let mut words: Vec<OsString> = wrapper.iter().map(OsString::from).collect();
        words.push(ground.configctl.clone().into());
        Self { words }
    }

    pub(super) fn run(&self, file: &Path, arguments: &[&str]) -> Result<Tried> {
        let (program, rest) = self.words.split_first().context("a program")?;
        let mut command = Command::new(program);
        command.args(rest).arg("--json").arg("--file").arg(file).args(arguments);
        command.env("RUST_BACKTRACE", "0").env_remove("RUST_LOG").stdin(Stdio::null());
        let output = match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!(NotHere(format!("`{}` is not installed", program.to_string_lossy())))
            }
            other => other.context("starting `configctl`")?,
        };
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Tried { exit: output.status.code(), signal: output.status.signal(), ..Tried::said(stderr) })
    }

    pub(super) fn set(&self, file: &Path, days: u64) -> Result<Tried> {
        self.run(file, &["set", "/retention/events_days", &days.to_string()])
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Tried {
    pub(super) exit: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) saved: Option<String>,
    pub(super) step: Option<String>,
    pub(super) errno: Option<i32>,
    pub(super) message: String,
    /// All of it, warnings too.
    pub(super) stderr: String,
}

impl Tried {
    fn said(stderr: String) -> Self {
        let last = stderr.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let last = last.filter(|object| object.get("error").is_some()).unwrap_or_default();
        let text = |name: &str| last.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let errno = last.get("errno").and_then(Value::as_i64).and_then(|errno| i32::try_from(errno).ok());
        let message = text("error").unwrap_or_default();
        Self { saved: text("saved"), step: text("step"), errno, message, stderr, ..Self::default() }
    }

    pub(super) fn is_done(&self) -> bool {
        self.exit == Some(0)
    }
}
