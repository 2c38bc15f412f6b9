//! Any text of JSON or JSONC and any change to its value: the rewritten text says the new value, to another reader as well, and
//! what did not change keeps its bytes, comments too.

#![no_main]

#[path = "../../crates/config-model/tests/all/oracle.rs"]
mod oracle;
#[path = "../../crates/config-model/tests/all/tokens.rs"]
mod tokens;

use config_model::{Pointer, parse_value, rewrite_value, span_of};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Deepest value that a change makes: a text may be nested 64 deep.
const DEPTH: u32 = 4;

fuzz_target!(|bytes: &[u8]| {
    // No text of UTF-8 holds this byte: what stands before it is the text, after it the change.
    let mut parts = bytes.splitn(2, |byte| *byte == 0xFF);
    let (text, change) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Some(old) = said(text) else { return };
    assert_eq!(rewrite_value(text, &old, &old).unwrap(), text);
    let mut new = old.clone();
    let Ok(()) = change_somewhere(&mut new, &mut Unstructured::new(change)) else { return };
    let written = rewrite_value(text, &old, &new).unwrap();
    let Some(again) = said(&written) else {
        // Only what the change itself nested too deep is refused, and by the one decoder.
        assert!(depth(&new) > 64, "{text}\nbecame\n{written}");
        return;
    };
    assert_eq!(again, new, "{text}\nbecame\n{written}");
    let mut had = comments(text).into_iter();
    let kept = comments(&written);
    assert!(kept.iter().all(|kept| had.any(|had| had == *kept)), "comments: {text}\nbecame\n{written}");
    assert_eq!(rewrite_value(&written, &new, &new).unwrap(), written);
    unchanged(&Pointer::root(), &old, &new, text, &written);
    let back = rewrite_value(&written, &new, &old).unwrap();
    assert_eq!(said(&back).unwrap(), old, "{written}\nbecame\n{back}");
});

/// The value of a text that is accepted.
fn said(text: &str) -> Option<Value> {
    rewrite_value(text, &Value::Null, &Value::Null).ok()?;
    let value = oracle::jsonc(text).unwrap_or_else(|| panic!("the other reader refuses {text}"));
    if let Ok(json) = parse_value(text) {
        assert_eq!(json, value, "{text}");
    }
    Some(value)
}

fn comments(text: &str) -> Vec<&str> {
    tokens::tokens(text).iter().filter(|token| token.is_comment).map(|token| token.text(text)).collect()
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What has the same value under the same names stands as it stood.
fn unchanged(at: &Pointer, old: &Value, new: &Value, before: &str, after: &str) {
    if old == new {
        let written = |text: &str| span_of(text, at).map(|span| text[span].to_owned());
        assert_eq!(written(before), written(after), "{at} in\n{before}\nbecame\n{after}");
        return;
    }
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        // When nothing of it is left, or it was empty, it is written anew.
        for (name, old) in old {
            if let Some(new) = new.get(name) {
                unchanged(&at.key(name), old, new, before, after);
            }
        }
    }
}

/// A few changes, each at a place that is found by going down.
fn change_somewhere(value: &mut Value, chances: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..chances.int_in_range(1..=3)? {
        change(value, chances)?;
    }
    Ok(())
}

fn change(value: &mut Value, chances: &mut Unstructured<'_>) -> Result<()> {
    match value {
        Value::Object(members) if !members.is_empty() && chances.ratio(3, 4)? => {
            let name = members.keys().nth(chances.choose_index(members.len())?).cloned().unwrap_or_default();
            match chances.int_in_range(0..=3)? {
                0 => drop(members.shift_remove(&name)),
                1 => drop(members.insert(chances.arbitrary::<&str>()?.to_owned(), made(chances, DEPTH)?)),
                _ => change(&mut members[&name], chances)?,
            }
        }
        Value::Array(elements) if !elements.is_empty() && chances.ratio(3, 4)? => {
            let index = chances.choose_index(elements.len())?;
            match chances.int_in_range(0..=4)? {
                0 => drop(elements.remove(index)),
                1 => elements.insert(index, made(chances, DEPTH)?),
                2 => elements.push(made(chances, DEPTH)?),
                _ => change(&mut elements[index], chances)?,
            }
        }
        other => *other = made(chances, DEPTH)?,
    }
    Ok(())
}

fn made(chances: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    Ok(match chances.int_in_range(0..=if depth == 0 { 4 } else { 6 })? {
        0 => Value::Null,
        1 => Value::from(chances.arbitrary::<bool>()?),
        2 => Value::from(chances.arbitrary::<i64>()?),
        3 => Value::from(chances.arbitrary::<u8>()?),
        4 => Value::from(chances.arbitrary::<&str>()?),
        5 => {
            let count = chances.int_in_range(0..=3)?;
            Value::Array((0..count).map(|_| made(chances, depth - 1)).collect::<Result<_>>()?)
        }
        _ => {
            let count = chances.int_in_range(0..=3)?;
            let member = |_| Ok((chances.arbitrary::<&str>()?.to_owned(), made(chances, depth - 1)?));
            Value::Object((0..count).map(member).collect::<Result<_>>()?)
        }
    })
}
