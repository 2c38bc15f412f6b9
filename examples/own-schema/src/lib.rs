//! A schema of your own: the routes of a mail relay, in their third version.
//!
//! Version 1 had one `smarthost` and a `timeout` in seconds. Version 2 gave the host an object of its own, with the
//! password beside it. Version 3 has many routes, each by the domain it is for.

#![forbid(unsafe_code)]

use std::collections::HashSet;

use config_model::{Document, Fields, Migrations, Pointer, Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where a relay sends mail, and how long it tries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Relay {
    /// Where to, the first that fits; none at all relays nothing.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// When to give up.
    #[serde(default)]
    pub retry: Retry,
}

/// The host for the mail to one domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The domain that mail is for; `*` is any, and stands last.
    pub domain: String,
    /// The host that takes it.
    pub host: String,
    /// The TCP port; 587 unless set.
    #[serde(default = "submission")]
    pub port: u16,
    /// What the relay presents to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

/// A user and a password. `Debug` does not show the password.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The secret.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// When to give up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retry {
    /// Seconds that one attempt may take.
    pub timeout_seconds: u32,
    /// Hours after which a mail goes back to its sender.
    pub hours: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { timeout_seconds: 30, hours: 48 }
    }
}

/// RFC 6409's port for mail submission.
fn submission() -> u16 {
    587
}

impl Document for Relay {
    const VERSION: u32 = 3;
    const SECRETS: &'static [&'static str] = &["/routes/*/login/password"];

    fn seed() -> Self {
        Self::default()
    }

    fn migrations() -> Migrations {
        Migrations::from_version(1).then(host_of_its_own).then(many_routes)
    }

    fn check(&self, problems: &mut Problems) {
        let mut seen = HashSet::new();
        for (index, route) in self.routes.iter().enumerate() {
            let at = Pointer::root().key("routes").index(index);
            if !seen.insert(&route.domain) {
                let problem = Problem::rule(at.key("domain"), "an earlier route is for this domain");
                problems.push(problem.with_help("keep one of the two"));
            }
            if route.domain == "*" && index + 1 < self.routes.len() {
                let problem = Problem::rule(at.key("domain"), "no route after this one is ever taken");
                problems.push(problem.with_help("move the route for `*` to the end"));
            }
            if route.host.is_empty() {
                problems.push(Problem::rule(at.key("host"), "must name a host"));
            }
            if route.port == 0 {
                problems.push(Problem::rule(at.key("port"), "must be from 1 to 65535"));
            }
        }
        if self.retry.timeout_seconds == 0 {
            let at = Pointer::root().key("retry").key("timeout_seconds");
            problems.push(Problem::rule(at, "must be at least 1 second"));
        }
    }
}

/// 1 to 2: `smarthost` was `"host:port"`, with `user` and `password` at the root.
fn host_of_its_own(fields: &mut Fields) -> Result<(), Problem> {
    let Some(smarthost) = fields.shift_remove("smarthost") else { return Ok(()) };
    let at = Pointer::root().key("smarthost");
    let Some(text) = smarthost.as_str() else {
        return Err(Problem::rule(at, "must be text in version 1, as in \"mail.example.com:587\""));
    };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok()),
        None => (text, Some(submission())),
    };
    let Some(port) = port else {
        return Err(Problem::rule(at, "has no number for its port").with_help("write `host:port`"));
    };
    let mut relay = json!({"host": host, "port": port});
    for name in ["user", "password"] {
        if let (Some(value), Some(relay)) = (fields.shift_remove(name), relay.as_object_mut()) {
            relay.insert(name.to_owned(), value);
        }
    }
    fields.insert("relay".to_owned(), relay);
    Ok(())
}

/// 2 to 3: the one `relay` becomes the last of many routes, `timeout` moves into `retry`.
fn many_routes(fields: &mut Fields) -> Result<(), Problem> {
    if let Some(relay) = fields.shift_remove("relay") {
        let Value::Object(mut route) = relay else {
            return Err(Problem::rule(Pointer::root().key("relay"), "must be an object in version 2"));
        };
        let login = (route.shift_remove("user"), route.shift_remove("password"));
        match login {
            (Some(user), Some(password)) => {
                route.insert("login".to_owned(), json!({"user": user, "password": password}));
            }
            (None, None) => {}
            _ => {
                let at = Pointer::root().key("relay");
                return Err(Problem::rule(at, "has one of `user` and `password` without the other"));
            }
        }
        route.shift_insert(0, "domain".to_owned(), json!("*"));
        fields.insert("routes".to_owned(), json!([route]));
    }
    if let Some(timeout) = fields.shift_remove("timeout") {
        fields.insert("retry".to_owned(), json!({"timeout_seconds": timeout}));
    }
    Ok(())
}
