//! What a backslash in a JSON string stands for.

/// The value of a string whose escapes the parser has checked.
pub(crate) fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, used) = escape(escaped.as_bytes()).unwrap_or(('\u{fffd}', 1));
        out.push(character);
        rest = escaped.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// What the bytes after a backslash stand for, and how many they are. `None`: not an escape of JSON's, or half of a
/// surrogate pair.
pub(crate) fn escape(after: &[u8]) -> Option<(char, usize)> {
    let simple = match after.first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(after),
        _ => return None,
    };
    Some((simple, 1))
}

fn unicode_escape(after: &[u8]) -> Option<(char, usize)> {
    let first = hex4(after.get(1..5)?)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 5));
    }
    let second = hex4(after.get(5..11)?.strip_prefix(b"\\u")?)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + low).map(|character| (character, 11))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}
