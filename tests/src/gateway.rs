//! The example gateway, running, and its clients.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use ureq::{Agent, Body, BodyReader, http::Response};

use crate::programs::program;
use crate::system::end;

/// A gateway that is running.
pub struct Gateway {
    child: Child,
    address: String,
    client: Agent,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Gateway {
    /// Starts one on a free port.
    pub fn start(config: &Path) -> Self {
        Self::start_with(config, &[])
    }

    /// The same, with these arguments too.
    pub fn start_with(config: &Path, args: &[&str]) -> Self {
        let mut child = program("gateway")
            .arg("--config")
            .arg(config)
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the gateway starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("its first line");
        let address = line.trim().strip_prefix("listening on ").expect("where it listens").to_owned();
        let client = Agent::config_builder().http_status_as_error(false).build().into();
        Self { child, address, client }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Is it still running?
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// `GET path`, with a key.
    pub fn get(&self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.address)).header("Authorization", "Bearer k");
        answer(request.call().expect("an answer"))
    }

    /// The aliases that are served.
    pub fn aliases(&self) -> Vec<String> {
        let models = self.get("/v1/models").body;
        let list = models.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect()
    }

    /// Asks `alias` something, with this key or none.
    pub fn ask(&self, alias: &str, key: Option<&str>) -> Answer {
        answer(self.post(alias, key, false))
    }

    /// Asks `alias` for a streamed answer.
    pub fn stream(&self, alias: &str) -> Stream {
        let response = self.post(alias, Some("k"), true);
        assert_eq!(response.status(), 200);
        Stream { lines: BufReader::new(response.into_body().into_reader()).lines() }
    }

    fn post(&self, alias: &str, key: Option<&str>, stream: bool) -> Response<Body> {
        let mut request = self.client.post(format!("{}/v1/chat/completions", self.address));
        if let Some(key) = key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let messages = json!([{"role": "user", "content": "hello"}]);
        request.send_json(json!({"model": alias, "stream": stream, "messages": messages})).expect("an answer")
    }
}

fn answer(mut response: Response<Body>) -> Answer {
    let status = response.status().as_u16();
    Answer { status, body: response.body_mut().read_json().unwrap_or(Value::Null) }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The chunks of a streamed answer, as they come; it ends after `[DONE]`.
pub struct Stream {
    lines: Lines<BufReader<BodyReader<'static>>>,
}

impl Iterator for Stream {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.lines.next()?.expect("the stream goes on");
            match line.strip_prefix("data: ") {
                Some("[DONE]") => return None,
                Some(data) => return Some(serde_json::from_str(data).expect("a JSON chunk")),
                None => {}
            }
        }
    }
}
