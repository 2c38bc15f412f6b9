//! One value in a document, by its pointer.

use std::path::Path;

use config_model::{Config, Pointer, ProblemKind};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::command;

/// Most names that are listed.
const SHOWN: usize = 20;

/// Longer ones are left out.
const LONGEST: usize = 512;

/// The value at `pointer`.
pub(crate) fn get<'v>(document: &'v Value, pointer: &Pointer) -> Result<&'v Value, Failure> {
    document.pointer(pointer.as_str()).ok_or_else(|| nothing_at(document, pointer))
}

/// `document` with `value` at `pointer`. What holds the place must be there.
pub(crate) fn set(document: &Value, pointer: &Pointer, value: Value) -> Result<Value, Failure> {
    let Some((parent, name)) = pointer.split_last() else { return Ok(value) };
    let mut changed = document.clone();
    match changed.pointer_mut(parent.as_str()) {
        Some(Value::Object(members)) => {
            members.insert(name, value);
        }
        Some(Value::Array(elements)) => {
            let length = elements.len();
            match name.parse::<usize>() {
                Ok(index) if index < length && index.to_string() == name => {
                    if let Some(element) = elements.get_mut(index) {
                        *element = value;
                    }
                }
                Ok(index) if index == length => elements.push(value),
                _ if name == "-" => elements.push(value),
                _ => {
                    let message =
                        format!("{parent} is a list of {length} values: {pointer} is not one of them");
                    return Err(Failure::new(Exit::Failed, message).with_help("`-` as the last part appends"));
                }
            }
        }
        _ => return Err(nothing_holds(document, pointer)),
    }
    Ok(changed)
}

/// `document` without the value at `pointer`.
pub(crate) fn unset(document: &Value, pointer: &Pointer) -> Result<Value, Failure> {
    let Some((parent, name)) = pointer.split_last() else {
        return Err(
            Failure::new(Exit::Usage, "the whole document cannot be removed").with_help("name a place in it")
        );
    };
    let mut changed = document.clone();
    let removed = match changed.pointer_mut(parent.as_str()) {
        Some(Value::Object(members)) => members.shift_remove(&name).is_some(),
        Some(Value::Array(elements)) => {
            let index = name.parse::<usize>().ok();
            let index = index.filter(|index| *index < elements.len() && index.to_string() == name);
            index.map(|index| elements.remove(index)).is_some()
        }
        _ => false,
    };
    if removed { Ok(changed) } else { Err(nothing_at(document, pointer)) }
}

/// How far the way to `pointer` goes: the last value on it, its place, and the first place that is not there.
fn reached<'v>(document: &'v Value, pointer: &Pointer) -> (&'v Value, Pointer, Pointer) {
    let mut missing = pointer.clone();
    while let Some((parent, _)) = missing.split_last() {
        if let Some(value) = document.pointer(parent.as_str()) {
            return (value, parent, missing);
        }
        missing = parent;
    }
    (document, missing.clone(), missing)
}

fn nothing_holds(document: &Value, pointer: &Pointer) -> Failure {
    let (value, place, missing) = reached(document, pointer);
    if !matches!(value, Value::Object(_) | Value::Array(_)) {
        let message = format!("{place} is {}, which cannot hold {pointer}", kind(value));
        return Failure::new(Exit::Failed, message);
    }
    let message = format!("there is nothing at {missing} that could hold {pointer}");
    let example = command(&format!("set {} '{{...}}'", to_type(&missing)));
    Failure::new(Exit::Failed, message).with_help(format!("set {missing} as a whole, as in {example}"))
}

fn nothing_at(document: &Value, pointer: &Pointer) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("there is nothing at {pointer}"));
    let (value, place, _) = reached(document, pointer);
    if value.as_object().is_none_or(serde_json::Map::is_empty) {
        return failure.with_help(format!("{place} is {}", kind(value)));
    }
    let known = known(document);
    let members = known.as_ref().and_then(|known| known.pointer(place.as_str())?.as_object());
    let Some(members) = members else { return failure };
    let names = members.keys().map(|name| to_type(&place.key(name)));
    let names: Vec<_> = names.filter(|name| name.len() <= LONGEST).take(SHOWN).collect();
    let more = if members.len() > names.len() { " ..." } else { "" };
    failure.with_help(format!("there is: {}{more}", names.join(" ")))
}

/// What the schema knows of a document. Below another name, a key may stand as a name.
fn known(document: &Value) -> Option<Value> {
    let config: Config = serde_json::from_value(document.clone()).ok()?;
    config_model::masked_document(&config).ok()
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(elements) => format!("a list of {} values", elements.len()),
        Value::Object(_) => "empty".to_owned(),
    }
}

/// For a shell.
fn to_type(pointer: &Pointer) -> String {
    config_fs::quoted(Path::new(pointer.as_str())).to_string()
}

/// What someone typed as a value: strict JSON, or a bare word that is a string.
pub(crate) fn typed(text: &str) -> Result<Value, Failure> {
    match config_model::parse_value(text) {
        Ok(value) => Ok(value),
        Err(problems)
            if text.trim_start().starts_with(['{', '[', '"']) || problems.has(ProblemKind::Size) =>
        {
            Err(Failure::value(problems))
        }
        Err(_) => Ok(Value::String(text.to_owned())),
    }
}
