//! What a program took: its time, and the peak of its memory as the kernel counted it.
#![expect(clippy::disallowed_methods, reason = "what is measured here is real time")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// What `timeout` exits with when it had to end the program.
const OVER_TIME: i32 = 124;

/// Bytes of what a program said that are kept.
const SAID: usize = 2000;

/// A program, and how long it may take
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Measure {
    seconds: u64,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// What a program took, and how it ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// `None` when a signal ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) is_over_time: bool,
    pub(crate) millis: u64,
    pub(crate) peak_kib: u64,
    /// The beginning of its error output.
    pub(crate) said: String,
}

/// Runs it in a process whose only child it is: the kernel keeps the peak of all children together.
pub(crate) fn usage(seconds: u64, command: &[PathBuf]) -> Result<Usage> {
    let mut measuring = Command::new(std::env::current_exe()?);
    measuring.arg("measure").arg(seconds.to_string()).arg("--").args(command);
    let output = measuring.stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "measuring failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("what was measured")
}

/// Whether what must be noticed is: memory that is used, and a program that does not end.
pub(crate) fn check() -> Result<()> {
    let words = |command: &str| command.split(' ').map(PathBuf::from).collect::<Vec<_>>();
    let hungry = usage(10, &words("dd if=/dev/zero of=/dev/null bs=100M count=1"))?;
    ensure!(
        hungry.exit == Some(0) && hungry.peak_kib > 100 << 10,
        "what took 100 MiB was measured as {} KiB: no peak can be believed",
        hungry.peak_kib
    );
    let endless = usage(1, &words("cat /dev/zero"))?;
    ensure!(endless.is_over_time, "a program without an end was not noticed");
    println!("controls: 100 MiB, and a program that does not end, are noticed");
    Ok(())
}

/// The process that [`usage`] starts. Prints what the program took, as JSON.
pub(crate) fn measure(measure: &Measure) -> Result<()> {
    let mut timed = Command::new("timeout");
    timed.args(["--kill-after=5", &measure.seconds.to_string()]).args(&measure.command);
    let start = Instant::now();
    let output = timed.stdin(Stdio::null()).stdout(Stdio::null()).output().context("starting `timeout`")?;
    let millis = u64::try_from(start.elapsed().as_millis())?;
    let peak_kib = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())?;
    // `timeout` ends as the program did, and by a signal if that did.
    let exit = output.status.code().filter(|code| *code < OVER_TIME);
    let said = output.stderr.get(..output.stderr.len().min(SAID)).unwrap_or_default();
    let usage = Usage {
        exit,
        is_over_time: output.status.code() == Some(OVER_TIME),
        millis,
        peak_kib,
        said: String::from_utf8_lossy(said).into_owned(),
    };
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}
