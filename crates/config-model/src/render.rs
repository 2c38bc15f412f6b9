//! JSON values as text that people read: two spaces or the document's own indentation, short lists on one line.

use serde_json::Value;

/// Longest list of plain values that stays on its line, in bytes.
const LINE: usize = 72;

/// How a document is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) unit: String,
    pub(crate) line_end: &'static str,
    /// The document stands on one line: so does what is added to it.
    pub(crate) one_line: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { unit: "  ".to_owned(), line_end: "\n", one_line: false }
    }
}

/// `value` as it stands on a line that is indented by `indent`.
pub(crate) fn render(value: &Value, indent: &str, style: &Style) -> String {
    let mut out = String::new();
    write(&mut out, value, indent, style);
    out
}

fn write(out: &mut String, value: &Value, indent: &str, style: &Style) {
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            let plain = elements.iter().all(|element| !element.is_array() && !element.is_object());
            let line = if plain { on_one_line(elements) } else { String::new() };
            if plain && (style.one_line || line.len() <= LINE) {
                out.push_str(&line);
            } else {
                entries(out, elements, "[]", indent, style, |out, element, inner| {
                    write(out, element, inner, style);
                });
            }
        }
        Value::Object(members) if !members.is_empty() => {
            entries(out, members, "{}", indent, style, |out, (name, value), inner| {
                out.push_str(&scalar(&Value::String(name.clone())));
                out.push_str(": ");
                write(out, value, inner, style);
            });
        }
        other => out.push_str(&scalar(other)),
    }
}

fn entries<T>(
    out: &mut String,
    entries: impl IntoIterator<Item = T>,
    brackets: &str,
    indent: &str,
    style: &Style,
    mut one: impl FnMut(&mut String, T, &str),
) {
    let (open, close) = brackets.split_at(1);
    let inner = format!("{indent}{}", style.unit);
    let (first, next, last) = if style.one_line {
        (String::new(), " ".to_owned(), String::new())
    } else {
        let line = format!("{}{inner}", style.line_end);
        (line.clone(), line, format!("{}{indent}", style.line_end))
    };
    out.push_str(open);
    for (index, entry) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(if index == 0 { &first } else { &next });
        one(out, entry, &inner);
    }
    out.push_str(&last);
    out.push_str(close);
}

fn on_one_line(elements: &[Value]) -> String {
    format!("[{}]", elements.iter().map(scalar).collect::<Vec<_>>().join(", "))
}

/// A value without entries. `serde_json` writes strings with the escapes that RFC 8259 demands, and numbers exactly.
pub(crate) fn scalar(value: &Value) -> String {
    value.to_string()
}
