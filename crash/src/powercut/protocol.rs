//! What the disk's process is asked, and what it answers: a JSON object a line each, on its standard input and output.

use serde::{Deserialize, Serialize};

use super::log::Recorded;
use super::plan::{Planned, Wish};

/// What is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    /// What the disk holds now is where recordings and states begin.
    Record,
    /// Record no further.
    Stop,
    /// Decide which states there are.
    Plan(Wish),
    /// Be in this state, and record what is written from here on.
    Show(usize),
    /// The state that is shown, with what was recorded since, is a recording of its own.
    Push,
    /// Back to the recording before.
    Pop,
    /// Fail the next write that holds these bytes, with EIO.
    FailOnce(String),
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Done,
    /// To [`Ask::Stop`].
    Recorded(Recorded),
    /// To [`Ask::Plan`].
    Planned(Planned),
    /// To [`Ask::Show`]: which state it is, and what had been acknowledged before.
    Shown {
        name: String,
        acknowledged: Vec<String>,
    },
    Error(String),
}
