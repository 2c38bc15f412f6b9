//! What passes between the watch and the look: a cause one way, a wish the other.

use std::time::Duration;

/// Why a look is asked for. It says nothing about what the look will find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The kernel reported something in one of the watched directories. It may concern another file, or be a mere read.
    Event,
    /// The poll saw that the file's status differs from the last time, or is too young to be told apart by its times.
    Poll,
    /// The directories were armed, for the first time or anew: what happened before that went unreported.
    Rearmed,
    /// [`Watch::look_now`](crate::Watch::look_now) was called.
    Manual,
    /// The previous look returned [`Next::Again`] and its time has come.
    Again,
}

/// "Look again." Never more than that: no path, no kind of change, no content.
///
/// Several reasons that arise at once are one hint, which names the most telling of them: in this order, manual,
/// re-armed, event, poll, again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Hint {
    cause: Cause,
}

impl Hint {
    pub(crate) fn new(cause: Cause) -> Self {
        Self { cause }
    }

    /// Why this hint came.
    pub fn cause(self) -> Cause {
        self.cause
    }
}

/// What a look wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Nothing: the next hint comes when something happens.
    Wait,
    /// To be called again after this long ([`Cause::Again`]), unless another hint comes sooner. For content that was
    /// seen half written. Each look's answer replaces the earlier one. Less than a millisecond counts as one.
    Again(Duration),
}
