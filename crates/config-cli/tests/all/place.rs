//! A directory for one test, and the program in it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A directory with or without a config file.
pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn with(text: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.put("config.json", text);
        place
    }

    /// A new file beside the config file, or that file itself.
    pub(crate) fn put(&self, name: &str, text: &str) {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(self.0.path().join(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Into the file that is there.
    pub(crate) fn write(&self, text: &[u8]) {
        let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(self.file()).unwrap();
        file.write_all(text).unwrap();
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("config.json")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_configctl"));
        for variable in ["RUST_LOG", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).arg("--file").arg(self.file()).args(args);
        command
    }

    /// The exit code, what was printed, and what was said beside it.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        self.redact(&format!("{}\n{out}{err}", output.status))
    }

    pub(crate) fn redact(&self, text: &str) -> String {
        let text = text.replace(&*self.0.path().to_string_lossy(), "DIR");
        let text = text.lines().map(without_time).collect::<Vec<_>>().join("\n") + "\n";
        let Some((before, after)) = text.split_once("accepted at ") else { return text };
        format!("{before}accepted at TIME{}", after.trim_start_matches(|c: char| !c.is_whitespace()))
    }
}

/// A line that may begin with a local time.
fn without_time(line: &str) -> String {
    let shape: String = line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(19).collect();
    let rest = line.get(19..).filter(|_| shape == "0000-00-00 00:00:00");
    rest.map_or_else(|| line.to_owned(), |rest| format!("TIME{rest}"))
}

/// A config with a field that is misspelt.
pub(crate) const TEXT: &str = r#"{
  "version": 1,
  "models": {
    "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["sk-secret"]}
  },
  "fetures": {"debug": true}
}
"#;
