//! One value in a document, by its pointer.

use config_model::Pointer;
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::command;

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
        _ => {
            let message = format!("there is nothing at {parent} that could hold {pointer}");
            let help =
                format!("set {parent} as a whole, as in {}", command(&format!("set {parent} '{{...}}'")));
            return Err(Failure::new(Exit::Failed, message).with_help(help));
        }
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

fn nothing_at(document: &Value, pointer: &Pointer) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("there is nothing at {pointer}"));
    let parent = pointer.split_last().and_then(|(parent, _)| document.pointer(parent.as_str()));
    match parent {
        Some(Value::Object(members)) if !members.is_empty() => {
            let names: Vec<String> =
                members.keys().take(20).map(|name| Pointer::root().key(name).to_string()).collect();
            failure.with_help(format!("there is: {}", names.join(" ")))
        }
        Some(Value::Array(elements)) => failure.with_help(format!("the list has {} values", elements.len())),
        _ => failure,
    }
}

/// What someone typed as a value: strict JSON, or a bare word that is a string.
pub(crate) fn typed(text: &str) -> Result<Value, Failure> {
    match config_model::parse_value(text) {
        Ok(value) => Ok(value),
        Err(problems) if text.trim_start().starts_with(['{', '[', '"']) => {
            Err(Failure::invalid("the value is not JSON, the file is as it was", "<value>", problems))
        }
        Err(_) => Ok(Value::String(text.to_owned())),
    }
}
