//! Text fit for a terminal, whatever it came from.

/// `text` without what could move a terminal's cursor or reorder a line, in at most `limit` bytes.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if out.len() + 16 > limit {
            out.push('…');
            break;
        }
        if is_unfit(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Would this move a terminal's cursor, or reorder, break or hide what is shown?
pub(crate) fn is_unfit(character: char) -> bool {
    character.is_control() || is_deceptive(character)
}

/// Reorders, breaks or hides what is shown: bidirectional controls, line and paragraph separators, invisible ones, tags. The same
/// as config-fs's `show.rs` has, which this crate does not know: a test of configctl holds the two together.
fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
