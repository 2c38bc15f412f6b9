//! All that is traced in this process from when it was first asked for, whatever the level and the thread.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock};

use tracing::field::{Field, Visit};
use tracing::{Level, span};

/// Of a store of this name a rejection is more than this log can bear.
pub(crate) const FRAGILE: &str = "fragile";

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) target: &'static str,
    pub(crate) name: &'static str,
    pub(crate) level: Level,
    /// The names that its kind has.
    pub(crate) declared: Vec<&'static str>,
    /// The values that this one has.
    pub(crate) fields: BTreeMap<&'static str, String>,
}

struct Log {
    text: String,
    events: Vec<Event>,
}

/// Records from now on.
pub(crate) fn start() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| tracing::subscriber::set_global_default(Recorder).unwrap());
}

/// Everything, as text.
pub(crate) fn text() -> String {
    log().text.clone()
}

/// The events of the crates of this workspace.
pub(crate) fn events() -> Vec<Event> {
    log().events.clone()
}

fn log() -> MutexGuard<'static, Log> {
    static LOG: Mutex<Log> = Mutex::new(Log { text: String::new(), events: Vec::new() });
    LOG.lock().unwrap()
}

struct Values<'a>(&'a mut String, BTreeMap<&'static str, String>);

impl Visit for Values<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
        self.1.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
        self.1.insert(field.name(), value.to_owned());
    }
}

struct Recorder;

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut Values(&mut log().text, BTreeMap::new()));
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Values(&mut log().text, BTreeMap::new()));
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = log();
        let mut values = Values(&mut log.text, BTreeMap::new());
        event.record(&mut values);
        let fields = values.1;
        log.text.push('\n');
        let kind = event.metadata();
        if kind.target().starts_with("config_") {
            let declared = kind.fields().iter().map(|field| field.name()).collect();
            let (target, name, level) = (kind.target(), kind.name(), *kind.level());
            let is_too_much = name == "rejected" && fields.get("store").is_some_and(|it| it == FRAGILE);
            log.events.push(Event { target, name, level, declared, fields });
            drop(log);
            assert!(!is_too_much, "a log that fails");
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
