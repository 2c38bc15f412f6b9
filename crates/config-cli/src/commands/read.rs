//! What only reads: `path`, `show`, `get`.

use std::os::unix::ffi::OsStrExt as _;

use config_model::{Config, Pointer, masked, masked_document};
use serde_json::{Value, json};

use super::{Context, meaning};
use crate::failure::{Exit, Failure};
use crate::output::{bytes, safe, unless_gone};
use crate::place;

impl Context {
    pub(super) fn path(&self) -> Result<Exit, Failure> {
        if self.json {
            return self.say("", &json!({"path": self.path.to_string_lossy()}));
        }
        // As it is, also when it is not UTF-8: for `vi "$(configctl path)"`.
        unless_gone(bytes(self.path.as_os_str().as_bytes()))
    }

    pub(super) fn show(&self, reveal: bool) -> Result<Exit, Failure> {
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

    pub(super) fn get(&self, pointer: &str) -> Result<Exit, Failure> {
        let document = meaning(&self.reading()?)?;
        let value = place::get(&document, &Pointer::parse(pointer)?)?;
        self.say(&safe(&value.to_string()), value)
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
