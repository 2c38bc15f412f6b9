//! The document whose bytes say how far its writers had come.

use config_model::{Document, Problems};
use serde::{Deserialize, Serialize};

/// Two writers count, each in a field of its own; the rest of the document is made from both counts, so that a mixture
/// of two generations is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generations {
    /// How often the first writer saved.
    pub(crate) a: u64,
    /// How often the second one did.
    pub(crate) b: u64,
    pub(crate) fill: String,
}

impl Generations {
    /// The document of these counts, whose text is `size` bytes long, or as short as it can be.
    pub(crate) fn new(a: u64, b: u64, size: usize) -> Self {
        let bare = Self { a, b, fill: String::new() }.text().len();
        let mut letters = fastrand::Rng::with_seed(a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b);
        let fill = (0..size.saturating_sub(bare)).map(|_| letters.lowercase()).collect();
        Self { a, b, fill }
    }

    /// The one text of this document.
    pub(crate) fn text(&self) -> String {
        format!(
            "{{\n  \"version\": 1,\n  \"a\": {},\n  \"b\": {},\n  \"fill\": \"{}\"\n}}\n",
            self.a, self.b, self.fill
        )
    }

    /// The generation that this text is, byte for byte; `None` when it is none, or a mixture.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Counts {
            a: u64,
            b: u64,
        }
        let counts: Counts = serde_json::from_slice(text).ok()?;
        let whole = Self::new(counts.a, counts.b, text.len());
        (whole.text().as_bytes() == text).then_some(whole)
    }

    /// The next generation of the first writer.
    pub(crate) fn next_a(&self) -> Self {
        Self::new(self.a + 1, self.b, self.text().len())
    }
}

impl Document for Generations {
    const VERSION: u32 = 1;

    fn seed() -> Self {
        Self::new(0, 0, 1024)
    }

    fn check(&self, _problems: &mut Problems) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_generation_or_none() {
        let first = Generations::new(3, 5, 1024);
        assert_eq!(first.text().len(), 1024);
        assert_eq!(Generations::of(first.text().as_bytes()), Some(first.clone()));
        let mixture = first.text().replace("\"a\": 3", "\"a\": 4");
        assert_eq!(Generations::of(mixture.as_bytes()), None);
        for end in 0..1024 {
            assert_eq!(Generations::of(&first.text().as_bytes()[..end]), None, "{end} bytes");
        }
        assert_eq!(first.next_a(), Generations::new(4, 5, 1024));
    }
}
