//! A text and a change to what it says: the rewritten text says the new, and nothing else of it changed.

#![no_main]

use config_model::{
    AllowedKeys, ApiKey, Config, Document, Limits, Model, Pointer, Problems, Syntax, decode_with, effective, rewrite,
    span_of,
};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // No text of UTF-8 holds this byte: what stands before it is the text, after it the change.
    let mut parts = bytes.splitn(2, |byte| *byte == 0xFF);
    let (text, change) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // A text of JSON is one of JSONC, and stays what it is.
    let json = Limits::default();
    let limits = match decode_with::<Config>(text, json) {
        Ok(_) => json,
        Err(_) => Limits { syntax: Syntax::Jsonc, ..json },
    };
    let Ok(old) = decode_with::<Config>(text, limits) else { return };
    let source = std::str::from_utf8(text).unwrap();
    let old = old.document;
    assert_eq!(rewrite(source, &old, &old).unwrap(), source);
    effective(source, &old).unwrap();

    let Ok(new) = changed(&old, &mut Unstructured::new(change)) else { return };
    let mut problems = Problems::none();
    new.check(&mut problems);
    if !problems.is_empty() {
        return;
    }
    let text = rewrite(source, &old, &new).unwrap();
    let again = decode_with::<Config>(text.as_bytes(), limits).unwrap_or_else(|problems| panic!("{text}\n{problems}"));
    assert_eq!(again.document, new, "{source}\nbecame\n{text}");
    assert_eq!(rewrite(&text, &new, &new).unwrap(), text);
    assert_eq!(unknown(source, &old, &new), unknown(&text, &new, &new), "{source}\nbecame\n{text}");
    let back = rewrite(&text, &new, &old).unwrap();
    assert_eq!(decode_with::<Config>(back.as_bytes(), limits).unwrap().document, old);
});

fn changed(old: &Config, chances: &mut Unstructured<'_>) -> Result<Config> {
    let mut new = old.clone();
    for _ in 0..chances.int_in_range(1..=4)? {
        let count = new.models.len();
        let index = if count == 0 { 0 } else { chances.choose_index(count)? };
        match chances.int_in_range(0..=7)? {
            0 => new.features.debug ^= true,
            1 => new.retention.traces_days = chances.int_in_range(0..=40_000)?,
            2 => drop(new.models.shift_remove_index(index)),
            3 => drop(new.models.insert(chances.arbitrary::<&str>()?.to_owned(), model(chances)?)),
            4 => {
                if let Some((_, model)) = new.models.get_index_mut(index) {
                    model.allowed_keys = keys(chances)?;
                }
            }
            5 => {
                if let Some((_, model)) = new.models.get_index_mut(index) {
                    model.enabled ^= true;
                    model.upstream.push('x');
                }
            }
            6 => {
                if let Some((_, model)) = new.models.get_index_mut(index) {
                    let mut keys = model.allowed_keys.keys().to_vec();
                    if keys.is_empty() || chances.arbitrary()? {
                        let at = chances.choose_index(keys.len() + 1)?;
                        keys.insert(at, ApiKey::new(chances.arbitrary::<&str>()?));
                    } else {
                        keys.remove(chances.choose_index(keys.len())?);
                    }
                    model.allowed_keys = AllowedKeys::only(keys);
                }
            }
            _ => new.features = config_model::Features::default(),
        }
    }
    Ok(new)
}

fn model(chances: &mut Unstructured<'_>) -> Result<Model> {
    Ok(Model { upstream: "u".to_owned(), enabled: chances.arbitrary()?, allowed_keys: keys(chances)? })
}

fn keys(chances: &mut Unstructured<'_>) -> Result<AllowedKeys> {
    let mut keys = Vec::new();
    for _ in 0..chances.int_in_range(0..=3)? {
        keys.push(ApiKey::new(chances.arbitrary::<&str>()?));
    }
    Ok(AllowedKeys::only(keys))
}

/// The unknown fields of `text` that stand in what both documents have, as they are written.
fn unknown<'t>(text: &'t str, old: &Config, new: &Config) -> Vec<(Pointer, &'t str)> {
    let root = Pointer::root();
    let mut places = vec![root.clone(), root.key("retention"), root.key("features")];
    let models = old.models.keys().filter(|alias| new.models.contains_key(*alias));
    places.extend(models.map(|alias| root.key("models").key(alias)));
    let names = ["x", "y", "$schema", "", "note"];
    let fields = places.iter().flat_map(|place| names.iter().map(|name| place.key(name)));
    let mut found: Vec<_> =
        fields.filter_map(|field| Some((field.clone(), &text[span_of(text, &field)?]))).collect();
    found.sort();
    found
}
