//! What each command does.

use std::io::{ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use config_model::{
    Config, Document as _, Limits, Pointer, Problems, decode_with, effective, masked, masked_document,
    rewrite_value,
};
use config_store::{Cause, Options, Reading, Rejection, Revision, Snapshot, Store, default_path};
use config_watch::{Health, Next, Options as WatchOptions, Watch};
use serde_json::{Value, json};

use crate::args::{self, Args, Command};
use crate::doctor::doctor;
use crate::failure::{Exit, Failure, Saved};
use crate::output::{
    aside, bytes, change_json, line, object, object_aside, problem_text, problems_json, safe, shown,
};
use crate::place;
use crate::watch::watch;

/// What every command is told.
pub(crate) struct Context {
    path: PathBuf,
    limits: Limits,
    trust: args::Trust,
    pub(crate) json: bool,
}

impl Context {
    pub(crate) fn new(args: &Args) -> Result<Self, Failure> {
        let path = match &args.file {
            Some(path) => std::path::absolute(path)?,
            None => default_path()?,
        };
        let limits = Limits { strict: args.strict, max_bytes: args.trust.max_bytes };
        Ok(Self { path, limits, trust: args.trust, json: args.json })
    }

    pub(crate) fn run(&self, command: Command) -> Result<Exit, Failure> {
        match command {
            Command::Init => self.init().map_err(|failure| failure.with_saved(Saved::No)),
            Command::Path => self.path(),
            Command::Show { reveal } => self.show(reveal),
            Command::Get { pointer } => self.get(&pointer),
            Command::Set { pointer, value, if_revision } => {
                let (pointer, value) = (Pointer::parse(&pointer)?, place::typed(&value)?);
                self.change(if_revision, |document| place::set(document, &pointer, value.clone()))
                    .map_err(|failure| failure.with_saved(Saved::No))
            }
            Command::Unset { pointer, if_revision } => {
                let pointer = Pointer::parse(&pointer)?;
                self.change(if_revision, |document| place::unset(document, &pointer))
                    .map_err(|failure| failure.with_saved(Saved::No))
            }
            Command::Validate { input } => self.validate(input),
            Command::Watch => watch(self),
            Command::Status => self.status(),
            Command::Doctor { fix } => doctor(self, fix),
            Command::Migrate => self.migrate().map_err(|failure| failure.with_saved(Saved::No)),
        }
    }

    /// A store that does what the command asks for and nothing else.
    pub(crate) fn options(&self) -> Options<Config> {
        let options = Options::new()
            .strict(self.limits.strict)
            .max_bytes(self.limits.max_bytes)
            .allow_foreign_owner(self.trust.allow_foreign_owner);
        match self.trust.expected_mode {
            Some(mode) => options.expected_mode(mode),
            None => options,
        }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.path
    }

    /// Whom to trust, for what looks at the file without a store.
    pub(crate) fn trust(&self) -> config_fs::Trust {
        self.options().trust()
    }

    fn init(&self) -> Result<Exit, Failure> {
        let store: Store<Config> = self.options().watch(None).migrate(false).open(&self.path)?;
        let created = store.opened_by() == Cause::Seed;
        self.mend(store.status().warnings);
        let path = shown(&self.path);
        let text =
            if created { format!("wrote {path}") } else { format!("{path} is there and was left as it is") };
        let revision = store.snapshot().revision().to_string();
        self.say(
            &text,
            &json!({"path": self.path.to_string_lossy(), "created": created, "revision": revision}),
        )
        .map_err(|failure| if created { failure.after_save() } else { failure })
    }

    fn path(&self) -> Result<Exit, Failure> {
        if self.json {
            return self.say("", &json!({"path": self.path.to_string_lossy()}));
        }
        // As it is, also when it is not UTF-8: for `vi "$(configctl path)"`.
        unless_gone(bytes(self.path.as_os_str().as_bytes()))
    }

    fn show(&self, reveal: bool) -> Result<Exit, Failure> {
        let reading = self.reading()?;
        let mut document = meaning(&reading)?;
        if !reveal {
            let known = masked_document(&reading.document);
            let known = known.map_err(|error| Failure::of(Exit::Failed, &error))?;
            hide_unknown(&mut document, &known);
            // Before the next copy is made: a large file takes many times its size as values.
            drop(known);
            document = masked::<Config>(&Pointer::root(), &document);
        }
        self.say(&safe(&format!("{document:#}")), &document)
    }

    fn get(&self, pointer: &str) -> Result<Exit, Failure> {
        let document = meaning(&self.reading()?)?;
        let value = place::get(&document, &Pointer::parse(pointer)?)?;
        self.say(&safe(&value.to_string()), value)
    }

    /// Reads the file for a command that only reads. Nothing is written, whatever is found.
    fn reading(&self) -> Result<Reading<Config>, Failure> {
        let reading = self.options().read(&self.path)?;
        self.mend(reading.concerns.iter().map(ToString::to_string));
        Ok(reading)
    }

    fn change(
        &self,
        expected: Option<Revision>,
        edit: impl Fn(&Value) -> Result<Value, Failure>,
    ) -> Result<Exit, Failure> {
        let store: Store<Config> = self.options().seed(false).migrate(false).watch(None).open(&self.path)?;
        self.mend(store.status().warnings);
        let opened = store.snapshot().revision();
        let mut before = (*store.snapshot()).clone();
        let after: Snapshot<Config> = store.update_text(expected, |text, old| {
            before = old.clone();
            let value = effective(text, old).map_err(|error| Failure::of(Exit::Failed, &error))?;
            let changed = edit(&value)?;
            rewrite_value(text, &value, &changed).map_err(|error| Failure::of(Exit::Failed, &error))
        })?;
        let changes = config_model::diff(&before, &*after)
            .map_err(|error| Failure::of(Exit::Failed, &error).after_save())?;
        self.warn(after.warnings());
        let mut lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        let done = if after.revision() == opened { "nothing to change" } else { "saved" };
        lines.push(format!("{done}, revision {}", after.revision().short()));
        let changes: Vec<Value> = changes.iter().map(change_json).collect();
        self.say(&lines.join("\n"), &json!({"revision": after.revision().to_string(), "changes": changes}))
            .map_err(Failure::after_save)
    }

    fn validate(&self, input: Option<PathBuf>) -> Result<Exit, Failure> {
        let source = input.unwrap_or_else(|| self.path.clone());
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
                Err(other) => return Err(other.into()),
            }
        };
        let name = if source == Path::new("-") { PathBuf::from("<stdin>") } else { source };
        let (problems, warnings, from) = match outcome {
            Ok((warnings, migrated)) => (Problems::none(), warnings, migrated.map(|migrated| migrated.from)),
            Err(problems) => (problems, Problems::none(), None),
        };
        if self.json {
            let mut list = problems_json("error", &problems);
            list.extend(problems_json("warning", &warnings));
            let version = from.unwrap_or(Config::VERSION);
            let (valid, omitted) = (problems.is_empty(), problems.omitted());
            self.say("", &json!({"valid": valid, "version": version, "omitted": omitted, "problems": list}))?;
            return Ok(if valid { Exit::Done } else { Exit::Invalid });
        }
        for warning in &warnings {
            aside(&problem_text("warning", Some(&name), warning));
        }
        if problems.is_empty() {
            return unless_gone(line(&format!("{} is valid", shown(&name))));
        }
        Err(Failure::invalid(format!("{} is not valid", shown(&name)), Some(name), problems))
    }

    fn status(&self) -> Result<Exit, Failure> {
        let path = self.path.to_string_lossy();
        let reading = match self.options().read(&self.path) {
            Ok(reading) => reading,
            Err(rejection) => {
                let state = match &rejection {
                    Rejection::Missing { .. } => "missing",
                    Rejection::Invalid { .. } => "invalid",
                    _ => "unreadable",
                };
                let failure = Failure::from(rejection);
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
        self.warn(&reading.warnings);
        let json = json!({
            "watch": watch_json(&watch),
            "path": path, "state": "ok", "version": version, "revision": revision.to_string(), "bytes": bytes,
            "models": models, "warnings": warnings, "problems": problems_json("warning", &reading.warnings),
        });
        self.say(&text, &json)
    }

    /// How a service that watches this file from here would notice changes: which directories can be armed, and why not.
    pub(crate) fn would_watch(&self) -> Result<Health, Failure> {
        let watch = Watch::start(&self.path, WatchOptions::default(), |_| Next::Wait);
        Ok(watch.map_err(|error| Failure::of(Exit::Failed, &error))?.health())
    }

    fn migrate(&self) -> Result<Exit, Failure> {
        let from = self.reading()?.migrated.map(|migrated| migrated.from);
        let store: Store<Config> = self.options().seed(false).migrate(false).watch(None).open(&self.path)?;
        // Not on opening, which also serves what it cannot save.
        store.update_text(None, |text, _| Ok::<_, Failure>(text.to_owned()))?;
        let to = Config::VERSION;
        let text = match from {
            Some(from) => {
                format!("migrated from version {from} to {to}; the old file is kept beside it, as *.bak")
            }
            None => format!("nothing to do: the file is of version {to}"),
        };
        let revision = store.snapshot().revision().to_string();
        self.say(&text, &json!({"from": from.unwrap_or(to), "to": to, "revision": revision}))
            .map_err(Failure::after_save)
    }

    /// The result of a command, for people or for programs.
    pub(crate) fn say(&self, text: &str, json: &Value) -> Result<Exit, Failure> {
        unless_gone(if self.json { object(json) } else { line(text) })
    }

    /// What should be mended about the file.
    fn mend(&self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            if self.json {
                object_aside(&json!({"warning": warning}));
            } else {
                aside(&format!("warning: {warning}\n"));
            }
        }
    }

    fn warn(&self, warnings: &Problems) {
        if !self.json {
            for warning in warnings {
                aside(&problem_text("warning", Some(&self.path), warning));
            }
        }
    }
}

/// Whoever read the pipe and went has seen enough: no failure.
fn unless_gone(printed: std::io::Result<()>) -> Result<Exit, Failure> {
    match printed {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => Ok(other.map(|()| Exit::Done)?),
    }
}

/// A key may stand under a misspelt name, where no pattern of secrets looks for it. `$schema` is everybody's.
fn hide_unknown(value: &mut Value, known: &Value) {
    match (value, known) {
        (Value::Object(members), Value::Object(known)) => {
            for (name, value) in members {
                match known.get(name) {
                    Some(known) => hide_unknown(value, known),
                    None if matches!(name.as_str(), "version" | "$schema") => {}
                    None => *value = Value::from("[unknown field]"),
                }
            }
        }
        (Value::Array(values), Value::Array(known)) => {
            values.iter_mut().zip(known).for_each(|(value, known)| hide_unknown(value, known));
        }
        _ => {}
    }
}

fn watch_json(watch: &Health) -> Value {
    let armed: Vec<_> = watch.armed.iter().map(|directory| directory.to_string_lossy()).collect();
    json!({"mode": watch.mode.name(), "armed": armed, "last_error": watch.last_error})
}

/// All that the file says and leaves to defaults.
fn meaning(reading: &Reading<Config>) -> Result<Value, Failure> {
    effective(reading.present_text(), &reading.document).map_err(|error| Failure::of(Exit::Failed, &error))
}

/// Standard input, never more of it than the decoder would take.
fn read_input(max_bytes: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
