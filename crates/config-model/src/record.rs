//! A document as text for this program alone: compact, and with the tokens of its tree taken down while it is written.
//!
//! Neither is a `serde_json::Value` made of it, which takes 20 times the memory, nor is the text parsed. What is equal
//! has equal bytes, but for maps without an order and for `-0.0`.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::document::Document;
use crate::encode::EncodeError;
use crate::fold::fold;
use crate::recorded_names::{Names, source};
use crate::tree::{Kind, Token, Tree};
use crate::writer::writing;

/// Is what is short kept as one token?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    All,
    Folded,
}

/// The tree of `document` with its version in front, written into `text`.
pub(crate) fn document_in<'t, D: Document>(
    document: &D,
    text: &'t mut String,
) -> Result<Tree<'t>, EncodeError> {
    object(recorded(document, Some(D::VERSION), text, Detail::All)?)
}

/// As [`document_in`], folded.
pub(crate) fn folded_document_in<'t, D: Document>(
    document: &D,
    text: &'t mut String,
) -> Result<Tree<'t>, EncodeError> {
    object(recorded(document, Some(D::VERSION), text, Detail::Folded)?)
}

fn object(tree: Tree<'_>) -> Result<Tree<'_>, EncodeError> {
    if tree.root().kind() == Kind::Object { Ok(tree) } else { Err(EncodeError::NotAnObject) }
}

/// The tree of any value, folded, written into `text`.
pub(crate) fn folded_value_in<'t>(value: &Value, text: &'t mut String) -> Result<Tree<'t>, EncodeError> {
    recorded(value, None, text, Detail::Folded)
}

fn recorded<'t, T: Serialize>(
    value: &T,
    version: Option<u32>,
    text: &'t mut String,
    detail: Detail,
) -> Result<Tree<'t>, EncodeError> {
    let mut recorder = Recorder::new(version, detail, std::mem::take(text));
    recorder.take_down(value).map_err(EncodeError::Serialize)?;
    if recorder.is_repeated {
        // As a flattened map may, that holds the name of a field. A `Value` keeps the last one, in the first one's place.
        let unique = writing(|| serde_json::to_value(value)).map_err(EncodeError::Serialize)?;
        recorder = Recorder::new(version, detail, String::new());
        recorder.take_down(&unique).map_err(EncodeError::Serialize)?;
    }
    let not_text = |_| EncodeError::Serialize(serde::ser::Error::custom("it is not UTF-8"));
    if u32::try_from(recorder.text.len()).is_err() {
        return Err(EncodeError::Serialize(serde::ser::Error::custom("it has 4 GiB or more")));
    }
    *text = String::from_utf8(recorder.text).map_err(not_text)?;
    Ok(Tree { text, tokens: recorder.tokens })
}

struct Recorder {
    text: Vec<u8>,
    tokens: Vec<Token>,
    /// The arrays and objects that are still written.
    open: Vec<usize>,
    /// The version to put into the root.
    version: Option<u32>,
    detail: Detail,
    /// Where the member that is being written began, in the text and among the tokens.
    member: (usize, usize),
    /// The same of a field of the document that has the version's name, and is left out.
    left_out: Option<(usize, usize)>,
    /// Where the string that is being written began.
    string: Option<usize>,
    is_escaped: bool,
    /// An object has a name twice.
    is_repeated: bool,
}

impl Recorder {
    fn new(version: Option<u32>, detail: Detail, text: String) -> Self {
        Self {
            // About as many as there are in a text that is laid out for people.
            tokens: Vec::with_capacity(text.capacity() / size_of::<Token>()),
            text: text.into_bytes(),
            open: Vec::new(),
            version,
            detail,
            member: (0, 0),
            left_out: None,
            string: None,
            is_escaped: false,
            is_repeated: false,
        }
    }

    fn take_down<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<()> {
        let mut serializer = Serializer::with_formatter(io::sink(), Recording(self));
        writing(|| value.serialize(&mut serializer))
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: usize) {
        let next = index(self.tokens.len() + 1);
        self.tokens.push(Token { start: index(start), end: index(self.text.len()), next, kind });
    }

    /// A number, or one of the words.
    #[inline]
    fn scalar(&mut self, kind: Kind, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        let start = self.text.len();
        write(&mut self.text)?;
        // As a name, it is part of a string.
        if self.string.is_none() {
            self.push(kind, start);
        }
        Ok(())
    }

    #[inline]
    fn begin(&mut self, kind: Kind, bracket: u8) {
        self.open.push(self.tokens.len());
        self.push(kind, self.text.len());
        self.text.push(bracket);
    }

    /// Ends the innermost array or object, and says which one it is.
    #[inline]
    fn end(&mut self, bracket: u8) -> usize {
        self.text.push(bracket);
        let (end, next) = (index(self.text.len()), index(self.tokens.len()));
        let open = self.open.pop().unwrap_or_default();
        if let Some(token) = self.tokens.get_mut(open) {
            (token.end, token.next) = (end, next);
        }
        open
    }

    #[inline]
    fn fold(&mut self, container: usize) {
        if self.detail == Detail::Folded && !self.open.is_empty() {
            fold(&mut self.tokens, container);
        }
    }

    fn begin_root(&mut self) -> io::Result<()> {
        let Some(version) = self.version else { return Ok(()) };
        let start = self.text.len();
        self.text.extend_from_slice(b"\"version\"");
        self.push(Kind::Plain, start);
        self.text.push(b':');
        self.scalar(Kind::Number, |text| CompactFormatter.write_u32(text, version))
    }

    /// Is it the name of a field that the version at the front takes the place of?
    fn is_left_out(&self) -> bool {
        let is_version = |token: &Token| source(&self.text, token) == b"\"version\"";
        self.version.is_some() && self.open.len() == 1 && self.tokens.last().is_some_and(is_version)
    }
}

/// What does not fit is refused in the end.
#[inline]
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// `serde_json` tells a formatter of everything that it writes, so that nothing has to be written elsewhere.
struct Recording<'r>(&'r mut Recorder);

/// The same digits as those of a [`Value`].
macro_rules! numbers {
    ($($name:ident($number:ty)),*) => {$(
        #[inline]
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $number) -> io::Result<()> {
            self.0.scalar(Kind::Number, |text| CompactFormatter.$name(text, value))
        }
    )*};
}

/// Numbers that a [`Value`] takes as long as 64 bits hold them.
macro_rules! wide_numbers {
    ($($name:ident($number:ty)),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $number) -> io::Result<()> {
            let is_narrow = u64::try_from(value).is_ok() || i64::try_from(value).is_ok();
            if self.0.string.is_none() && !is_narrow {
                return Err(io::Error::other("a number has more than 64 bits"));
            }
            self.0.scalar(Kind::Number, |text| CompactFormatter.$name(text, value))
        }
    )*};
}

impl Formatter for Recording<'_> {
    numbers!(write_i8(i8), write_i16(i16), write_i32(i32), write_i64(i64), write_f64(f64));
    numbers!(write_u8(u8), write_u16(u16), write_u32(u32), write_u64(u64), write_number_str(&str));
    wide_numbers!(write_i128(i128), write_u128(u128));

    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        if self.0.string.is_some() {
            return self.0.scalar(Kind::Number, |text| CompactFormatter.write_f32(text, value));
        }
        self.write_f64(writer, f64::from(value))
    }

    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.scalar(Kind::Null, |text| CompactFormatter.write_null(text))
    }

    #[inline]
    fn write_bool<W: ?Sized + io::Write>(&mut self, _: &mut W, value: bool) -> io::Result<()> {
        let kind = if value { Kind::True } else { Kind::False };
        self.0.scalar(kind, |text| CompactFormatter.write_bool(text, value))
    }

    #[inline]
    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.string = Some(self.0.text.len());
        self.0.is_escaped = false;
        self.0.text.push(b'"');
        Ok(())
    }

    #[inline]
    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.text.push(b'"');
        let kind = if self.0.is_escaped { Kind::Escaped } else { Kind::Plain };
        let start = self.0.string.take().unwrap_or_default();
        self.0.push(kind, start);
        Ok(())
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        self.0.text.extend_from_slice(fragment.as_bytes());
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.is_escaped = true;
        CompactFormatter.write_char_escape(&mut self.0.text, escape)
    }

    #[inline]
    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.begin(Kind::Array, b'[');
        Ok(())
    }

    #[inline]
    fn end_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let array = self.0.end(b']');
        self.0.fold(array);
        Ok(())
    }

    #[inline]
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_array_value(&mut self.0.text, first)
    }

    #[inline]
    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let is_root = self.0.open.is_empty();
        self.0.begin(Kind::Object, b'{');
        if is_root { self.0.begin_root() } else { Ok(()) }
    }

    #[inline]
    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let object = self.0.end(b'}');
        if !self.0.is_repeated {
            self.0.is_repeated =
                Names { text: &self.0.text, tokens: &self.0.tokens, at: object + 1 }.has_repeated();
        }
        self.0.fold(object);
        Ok(())
    }

    #[inline]
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, _first: bool) -> io::Result<()> {
        self.0.member = (self.0.text.len(), self.0.tokens.len());
        // The version may be there, or the field before was left out.
        if self.0.text.last() != Some(&b'{') {
            self.0.text.push(b',');
        }
        Ok(())
    }

    #[inline]
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        if self.0.is_left_out() {
            self.0.left_out = Some(self.0.member);
        }
        self.0.text.push(b':');
        Ok(())
    }

    #[inline]
    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        if self.0.open.len() == 1
            && let Some((text, tokens)) = self.0.left_out.take()
        {
            self.0.text.truncate(text);
            self.0.tokens.truncate(tokens);
        }
        Ok(())
    }

    /// What `serde_json::value::RawValue` holds, which may have any layout.
    fn write_raw_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        let value: Value = serde_json::from_str(fragment)?;
        Ok(self.0.take_down(&value)?)
    }
}
