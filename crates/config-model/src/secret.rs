//! Which places hold a secret, by the patterns of [`Document::SECRETS`](crate::Document::SECRETS).

use crate::pointer::Pointer;

/// The patterns of one schema.
#[derive(Clone, Copy)]
pub(crate) struct Secrets(pub(crate) &'static [&'static str]);

impl Secrets {
    /// How many tokens of `pointer` name the secret that it is in, if it is in one.
    fn depth(self, pointer: &Pointer) -> Option<usize> {
        self.0.iter().find_map(|pattern| {
            let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
            let mut tokens = pointer.tokens();
            let fits = pattern.iter().all(|wanted| {
                tokens
                    .next()
                    .is_some_and(|token| *wanted == "*" || *wanted == token)
            });
            fits.then_some(pattern.len())
        })
    }

    /// Is the value at `pointer` a secret, or part of one?
    pub(crate) fn covers(self, pointer: &Pointer) -> bool {
        self.depth(pointer).is_some()
    }

    /// `pointer` without names from inside a secret: a key that was pasted as a name stays unseen. Indexes stay.
    pub(crate) fn mask(self, pointer: &Pointer) -> Pointer {
        let Some(depth) = self.depth(pointer) else {
            return pointer.clone();
        };
        pointer
            .tokens()
            .enumerate()
            .fold(Pointer::root(), |masked, (at, token)| {
                let is_index = token.len() <= 9 && token.bytes().all(|byte| byte.is_ascii_digit());
                masked.key(if at < depth || is_index { &token } else { "*" })
            })
    }
}
