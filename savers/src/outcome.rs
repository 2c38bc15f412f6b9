//! What a tool came to.

use std::process::ExitCode;

/// The exit code of a tool that could not run here. Nothing was shown, and nothing was refuted.
pub(crate) const SKIPPED: u8 = 77;

/// How a tool ended that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All that it tried held.
    Passed,
    /// Something that it needs is not here: what, and how to get it.
    Skipped(String),
}

impl Outcome {
    /// Says why it was skipped, where it was, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Passed => ExitCode::SUCCESS,
            Self::Skipped(why) => {
                println!("SKIPPED: {why}");
                ExitCode::from(SKIPPED)
            }
        }
    }
}
