//! Server-sent events, pure: whole events out of bytes that are split anywhere, and another model name in them.
//!
//! A line ends with `\n` or `\r\n`. The lone `\r` that the standard also allows is not taken for a line's end.

use std::fmt;

use serde_json::{Map, Value};

/// The largest event, in bytes.
const MAX_EVENT: usize = 1 << 20;

/// Gives every event of a stream the model name `alias`.
pub(crate) struct Rewriter {
    alias: String,
    /// The event that is not complete yet.
    event: Vec<u8>,
    is_line_empty: bool,
}

/// An event has more than `MAX_EVENT` bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct EventTooLarge;

impl fmt::Display for EventTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event is larger than {MAX_EVENT} bytes")
    }
}

impl std::error::Error for EventTooLarge {}

impl Rewriter {
    pub(crate) fn new(alias: String) -> Self {
        Self { alias, event: Vec::new(), is_line_empty: true }
    }

    /// Takes what came, and gives the events that are complete with it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, EventTooLarge> {
        let mut complete = Vec::new();
        for &byte in bytes {
            self.event.push(byte);
            match byte {
                b'\n' if self.is_line_empty => complete.append(&mut self.take()),
                b'\n' => self.is_line_empty = true,
                b'\r' => {}
                _ => self.is_line_empty = false,
            }
            if self.event.len() > MAX_EVENT {
                return Err(EventTooLarge);
            }
        }
        Ok(complete)
    }

    /// The stream is over: what is left, where the last event lacks its blank line.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.take()
    }

    fn take(&mut self) -> Vec<u8> {
        self.is_line_empty = true;
        let event = std::mem::take(&mut self.event);
        rewrite(&event, &self.alias).unwrap_or(event)
    }
}

/// The event with another model name; `None` for one without a model: a comment, `[DONE]`.
fn rewrite(event: &[u8], alias: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(event).ok()?;
    let data: Vec<_> = text.lines().filter_map(data_of).collect();
    let json = with_model(data.join("\n").as_bytes(), alias)?;
    let line_end: &[u8] = if text.contains("\r\n") { b"\r\n" } else { b"\n" };
    let mut json = Some(json);
    let mut rewritten = Vec::with_capacity(event.len());
    for line in text.lines() {
        if data_of(line).is_none() {
            rewritten.extend_from_slice(line.as_bytes());
        } else if let Some(json) = json.take() {
            rewritten.extend([b"data: ", json.as_slice()].concat());
        } else {
            continue; // All data went where its first line was.
        }
        rewritten.extend_from_slice(line_end);
    }
    Some(rewritten)
}

/// The value of a line of data.
fn data_of(line: &str) -> Option<&str> {
    let value = line.strip_prefix("data:")?;
    Some(value.strip_prefix(' ').unwrap_or(value))
}

/// The JSON object with another value of its top-level `model`; `None` when it is no object, or names no model.
pub(crate) fn with_model(json: &[u8], model: &str) -> Option<Vec<u8>> {
    let mut object: Map<String, Value> = serde_json::from_slice(json).ok()?;
    *object.get_mut("model")? = model.into();
    serde_json::to_vec(&object).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = concat!(
        ": a comment\n\n",
        "data: {\"model\":\"up\",\"text\":\"häßlich 🦀\",\"deep\":{\"model\":\"up\"}}\n\n",
        "event: chunk\r\ndata: {\"model\":\r\ndata: \"up\"}\r\nid: 7\r\n\r\n",
        "data:{\"id\":1}\n\n",
        "data: not json\n\n",
        "data: [DONE]\n\n",
    );
    const REWRITTEN: &str = concat!(
        ": a comment\n\n",
        "data: {\"model\":\"fast\",\"text\":\"häßlich 🦀\",\"deep\":{\"model\":\"up\"}}\n\n",
        "event: chunk\r\ndata: {\"model\":\"fast\"}\r\nid: 7\r\n\r\n",
        "data:{\"id\":1}\n\n",
        "data: not json\n\n",
        "data: [DONE]\n\n",
    );

    fn rewrite_all(chunks: &[&[u8]]) -> String {
        let mut rewriter = Rewriter::new("fast".to_owned());
        let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| rewriter.push(chunk).unwrap()).collect();
        out.extend(rewriter.finish());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_stream_may_be_split_at_any_byte() {
        for at in 0..=SAMPLE.len() {
            let (head, tail) = SAMPLE.as_bytes().split_at(at);
            assert_eq!(rewrite_all(&[head, tail]), REWRITTEN, "split at {at}");
        }
        let bytes: Vec<&[u8]> = SAMPLE.as_bytes().chunks(1).collect();
        assert_eq!(rewrite_all(&bytes), REWRITTEN, "byte by byte");
    }

    #[test]
    fn an_event_leaves_as_soon_as_it_is_complete() {
        let mut rewriter = Rewriter::new("fast".to_owned());
        assert_eq!(rewriter.push(b"data: {\"model\":\"up\"}\n"), Ok(vec![]));
        assert_eq!(rewriter.push(b"\ndata"), Ok(b"data: {\"model\":\"fast\"}\n\n".to_vec()));
    }

    #[test]
    fn the_last_event_may_lack_its_blank_line() {
        assert_eq!(rewrite_all(&[b"data: {\"model\":\"up\"}"]), "data: {\"model\":\"fast\"}\n");
        assert_eq!(rewrite_all(&[b"data: [DONE]"]), "data: [DONE]");
    }

    #[test]
    fn an_endless_event_is_an_error() {
        let mut rewriter = Rewriter::new("fast".to_owned());
        assert_eq!(rewriter.push(&vec![b'x'; MAX_EVENT]), Ok(vec![]));
        assert_eq!(rewriter.push(b"x"), Err(EventTooLarge));
        let mut rewriter = Rewriter::new("fast".to_owned());
        assert_eq!(rewriter.push("data: x\n\n".repeat(MAX_EVENT / 8).as_bytes()).map(drop), Ok(()));
    }

    #[test]
    fn only_a_top_level_model_is_renamed() {
        let renamed =
            |json: &str| with_model(json.as_bytes(), "fast").map(|json| String::from_utf8(json).unwrap());
        assert_eq!(
            renamed(r#"{"b":1,"model":"up","a":2}"#).as_deref(),
            Some(r#"{"b":1,"model":"fast","a":2}"#)
        );
        for other in [r#"{"usage":{"model":"up"}}"#, r#"["model"]"#, "\"model\"", "{", ""] {
            assert_eq!(renamed(other), None, "{other}");
        }
    }
}
