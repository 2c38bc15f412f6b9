//! What passes between the watch and the look: a cause one way, a wish the other.

use std::time::Duration;

/// Why a look is asked for. It says nothing about what the look will find.
///
/// ```
/// use config_watch::{Cause, Next, Options, Watch};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let (send, causes) = std::sync::mpsc::channel();
/// let watch = Watch::start(path, Options::default(), move |hint| {
///     send.send(hint.cause()).ok();
///     Next::Wait
/// })?;
/// assert_eq!(causes.recv()?, Cause::Rearmed);
/// # drop(watch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use config_watch::{Hint, Next};
///
/// fn look(hint: Hint) -> Next {
///     println!("to be looked at again, because of {:?}", hint.cause());
///     Next::Wait
/// }
/// # let directory = tempfile::tempdir()?;
/// let watch = config_watch::Watch::start(directory.path().join("config.json"), Default::default(), look)?;
/// # drop(watch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use std::time::Duration;
///
/// use config_watch::Next;
///
/// /// What a look says of a text that it has read.
/// fn next(text: &str) -> Next {
///     let is_whole = text.trim_end().ends_with('}');
///     if is_whole { Next::Wait } else { Next::Again(Duration::from_millis(100)) }
/// }
/// assert_eq!(next("{\"version\": 1}\n"), Next::Wait);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Nothing: the next hint comes when something happens.
    Wait,
    /// To be called again after this long ([`Cause::Again`]), unless another hint comes sooner. For content that was
    /// seen half written. Each look's answer replaces the earlier one. Less than a millisecond counts as one.
    Again(Duration),
}
