//! The gateway as a process, and a client for it.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// No condition here takes this long, unless it never comes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A model for `key-1`, one for everyone, one that is switched off.
pub(crate) const CONFIG: &str = r#"{"version": 1, "models": {
    "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["key-1"]},
    "open": {"upstream": "gpt-open", "enabled": true, "allowed_keys": ["*"]},
    "off": {"upstream": "gpt-off", "enabled": false, "allowed_keys": ["*"]}}}"#;

/// A gateway of its own for each test, on a free port, with a config of its own.
pub(crate) struct Gateway {
    child: Child,
    url: String,
    client: Client,
    directory: TempDir,
}

impl Gateway {
    pub(crate) fn start(config: &str) -> Self {
        Self::start_with(config, &[])
    }

    pub(crate) fn start_with(config: &str, args: &[&str]) -> Self {
        let directory = TempDir::new().unwrap();
        save(&directory.path().join("config.json"), config);
        Self::start_in(directory, args)
    }

    pub(crate) fn start_in(directory: TempDir, args: &[&str]) -> Self {
        let mut child = command(&directory).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("the first line names the address");
        let client = Client::builder().no_proxy().build().unwrap();
        Self { child, url: url.to_owned(), client, directory }
    }

    /// What an editor does that saves in place, and takes no lock.
    pub(crate) fn edit(&self, config: &str) {
        save(&self.config(), config);
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.directory.path().join("config.json")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) fn ask(&self, alias: &str, stream: bool) -> RequestBuilder {
        let body = json!({"model": alias, "stream": stream, "messages": []});
        self.post("/v1/chat/completions").bearer_auth("key-1").json(&body)
    }

    pub(crate) async fn health(&self) -> Value {
        self.get("/healthz").send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// The ids that `/v1/models` lists for `key`.
    pub(crate) async fn models(&self, key: &str) -> Vec<String> {
        let answer = self.get("/v1/models").bearer_auth(key).send().await.unwrap();
        let list: Value = answer.error_for_status().unwrap().json().await.unwrap();
        let ids = list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status().unwrap().success()
        );
    }

    pub(crate) async fn exit(&mut self) -> ExitStatus {
        let mut status = None;
        until("the gateway exits", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The gateway with the config in `directory`, logging all it can beside it.
pub(crate) fn command(directory: &TempDir) -> Command {
    let log = OpenOptions::new().append(true).create(true).open(directory.path().join("log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(["--listen", "127.0.0.1:0", "--config"]).arg(directory.path().join("config.json"));
    command.env("RUST_LOG", "trace").stderr(log);
    command
}

pub(crate) fn save(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let met = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, met).await.unwrap_or_else(|_| panic!("in time: {what}"));
}

/// The data of every event in a complete stream.
pub(crate) fn data(stream: &str) -> Vec<&str> {
    stream.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
}

/// Reads on until `text` has come, and gives all that was read.
pub(crate) async fn read_until(answer: &mut Response, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        read += std::str::from_utf8(&answer.chunk().await.unwrap().expect("more to come")).unwrap();
    }
    read
}
