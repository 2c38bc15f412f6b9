//! A gateway whose status and log are read while its watch is in trouble.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, Body, http::Response};

use crate::programs::program;
use crate::stopwatch::Stopwatch;
use crate::system::{command, end};
use crate::time::{LONG, eventually};

/// A gateway that is running, perhaps in a namespace or as another user.
pub struct Logged {
    child: Child,
    address: String,
    client: Agent,
    lines: Receiver<String>,
    log: RefCell<Vec<String>>,
}

impl Logged {
    /// Starts one on a free port.
    pub fn start(config: &Path) -> Self {
        Self::spawn(program("gateway"), config)
    }

    /// Starts one by way of a command that runs what follows it, such as `setpriv` or `sh -c '...; exec "$0" "$@"'`.
    pub fn under(words: &[&str], config: &Path) -> Self {
        let mut wrapped = command(words);
        wrapped.arg(program("gateway").get_program());
        Self::spawn(wrapped, config)
    }

    /// Starts this command, which takes the arguments of a gateway.
    pub fn spawn(command: Command, config: &Path) -> Self {
        Self::listening("127.0.0.1:0", command, config)
    }

    /// The same, at this address.
    pub fn listening(address: &str, mut command: Command, config: &Path) -> Self {
        let chosen = command.get_envs().find_map(|(name, level)| level.filter(|_| name == "RUST_LOG"));
        let level = chosen.unwrap_or("info".as_ref()).to_owned();
        let mut child = command
            .arg("--config")
            .arg(config)
            .args(["--listen", address])
            .env("RUST_LOG", level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let errors = BufReader::new(child.stderr.take().expect("its log"));
        let (send, lines) = channel();
        thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("its first line");
        let address = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let client = Agent::config_builder().timeout_global(Some(LONG)).build().into();
        let mut started = Self { child, address: String::new(), client, lines, log: RefCell::default() };
        started.address = address.unwrap_or_else(|| panic!("it does not start: {:?}", started.log()));
        started
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.borrow_mut().extend(self.lines.try_iter());
        self.log.borrow().clone()
    }

    /// The lines of the log with this in them.
    pub fn logged(&self, text: &str) -> Vec<String> {
        self.log().into_iter().filter(|line| line.contains(text)).collect()
    }

    /// The next warning or error that it logs, if one comes in this time.
    pub fn warning_within(&self, patience: Duration) -> Option<String> {
        self.log();
        let waiting = Stopwatch::start();
        loop {
            let line = self.lines.recv_timeout(patience.saturating_sub(waiting.elapsed())).ok()?;
            self.log.borrow_mut().push(line.clone());
            if line.contains(" WARN ") || line.contains("ERROR ") {
                return Some(line);
            }
        }
    }

    /// The status of an answer to a question for `alias`, with this key.
    pub fn ask(&self, alias: &str, key: &str) -> u16 {
        let url = format!("{}/v1/chat/completions", self.address);
        let request = self.client.post(url).header("Authorization", format!("Bearer {key}"));
        let request = request.config().http_status_as_error(false).build();
        let body = serde_json::json!({"model": alias, "messages": [{"role": "user", "content": "hello"}]});
        request.send_json(body).expect("an answer").status().as_u16()
    }

    /// What `/healthz` says.
    pub fn health(&self) -> Value {
        self.get("/healthz")
    }

    /// What `/healthz` says of the watch, in a line.
    pub fn watch(&self) -> String {
        let health = self.health();
        let part = |pointer: &str| health.pointer(pointer).cloned().unwrap_or_default();
        format!(
            "{}, rejection {}; watch {}, {} armed, {} re-arms, last_error {}",
            part("/status"),
            part("/rejection"),
            part("/watch/mode"),
            part("/watch/armed").as_array().map_or(0, Vec::len),
            part("/watch/rearms"),
            part("/watch/last_error"),
        )
    }

    /// The mode of the watch.
    pub fn mode(&self) -> String {
        self.health().pointer("/watch/mode").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Waits until the watch is in this mode.
    pub fn until(&self, mode: &str) {
        eventually(&format!("mode {mode}"), || (self.mode() == mode).then_some(()));
    }

    /// The aliases that are served.
    pub fn aliases(&self) -> Vec<String> {
        let models = self.get("/v1/models");
        let list = models.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect()
    }

    /// Waits until this alias is what is served, and says how long after `saved` that was. Longer than `within` is a
    /// failure.
    pub fn served(&self, alias: &str, saved: &Stopwatch, within: Duration) -> Duration {
        eventually(&format!("{alias} is served"), || (self.aliases() == [alias]).then_some(()));
        let late = saved.elapsed();
        assert!(late < within, "{alias} was served after {late:?}: {}, {:?}", self.watch(), self.log());
        late
    }

    /// What `/metrics` says, and the type that it says it is of.
    pub fn metrics(&self) -> (String, String) {
        let mut response = self.call("/metrics");
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        (kind.unwrap_or_default().to_owned(), response.body_mut().read_to_string().expect("text"))
    }

    fn get(&self, path: &str) -> Value {
        self.call(path).body_mut().read_json().expect("JSON")
    }

    fn call(&self, path: &str) -> Response<Body> {
        let request = self.client.get(format!("{}{path}", self.address)).header("Authorization", "Bearer k");
        request.call().unwrap_or_else(|error| panic!("{path}: {error}; {:?}", self.log()))
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
