//! `faults`: every system call of a save fails in every way it can, and the program is killed before each; what it then
//! says must be what is on disk, and the next save must work.
//!
//! `strace` tampers with the real programs, `configctl` and the example `own-schema`, which stand beside this one.

mod aftermath;
mod controls;
mod disk;
mod errnos;
mod matrix;
mod order;
mod peers;
mod recording;
mod report;
mod scenario;
mod sweep;
mod table;
mod trial;
mod verdict;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Result, bail};

use self::scenario::Scenario;
use self::table::{Swept, Totals, table};
use self::trial::Subject;
use crate::outcome::Outcome;

/// How much of it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Only this one: update, seed, seed-directories, migration, copy, recovery, symlink, same or owner
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// How many programs run at once; twice as many as there are processors, unless set
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Sweep other ways of saving a file too
    #[arg(long)]
    peers: bool,
    /// Write the totals there, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    if let Some(why) = unavailable() {
        return Ok(Outcome::Skipped(why));
    }
    let chosen = chosen(options.scenario.as_deref())?;
    // A traced program waits about as long as it runs.
    let jobs =
        options.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(2, |jobs| 2 * jobs.get()));
    let mut totals = Totals { controls: controls::run()?, ..Totals::default() };
    for scenario in chosen {
        sweep(scenario, jobs, &mut totals)?;
    }
    println!(
        "\n* about memory, threads or the end: no error is injected, the program is killed before it. EINTR is given \
         once where the call is made again.\nKilled before a call is also killed after the one before it; the last \
         is exit_group, after all others."
    );
    println!("\n{}", totals.matrix.text().trim_end());
    if options.peers {
        totals.peers = peers::run(jobs)?;
    }
    if let Some(path) = &options.json {
        report::write(path, &totals)?;
    }
    println!("{}", totals.line());
    let disordered = totals.scenarios.iter().any(|swept| !swept.disorders.is_empty());
    if totals.ends.wrong > 0 || disordered {
        bail!("{} combinations are wrong, or a save's calls are out of order; see above", totals.ends.wrong);
    }
    Ok(Outcome::Passed)
}

fn chosen(name: Option<&str>) -> Result<Vec<Scenario>> {
    let chosen: Vec<Scenario> =
        scenario::ALL.into_iter().filter(|one| name.is_none_or(|name| one.name() == name)).collect();
    if chosen.is_empty() {
        let names: Vec<String> = scenario::ALL.iter().map(|one| one.name()).collect();
        bail!("no such scenario; there is: {}", names.join(", "));
    }
    Ok(chosen)
}

fn sweep(scenario: Scenario, jobs: usize, totals: &mut Totals) -> Result<()> {
    if !scenario.is_possible()? {
        println!("\n{}: left out, only root can try it", scenario.name());
        return Ok(());
    }
    let subject = Subject::record(scenario)?;
    let all = subject.combinations();
    let trials = subject.try_all(&all, jobs)?;
    println!("\n{}", table(&subject, &all, &trials).trim_end());
    let mut swept = Swept::of(&subject, &all, &trials);
    let disorders = if scenario == Scenario::Same { order::unconfirmed } else { order::disorders };
    for disorder in disorders(&subject.calls) {
        println!("WRONG ORDER: {}: {disorder}", swept.name);
        swept.disorders.push(disorder.to_string());
    }
    report::wrong(&subject, &all, &trials)?;
    totals.add(swept);
    Ok(())
}

/// Why this tool cannot run here.
fn unavailable() -> Option<String> {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !works("strace", &["--version"]) {
        return Some("strace is missing; `apt-get install strace`".to_owned());
    }
    if !works("strace", &["-f", "-o", "/dev/null", "true"]) {
        return Some("strace may not trace here; allow ptrace, in a container with SYS_PTRACE".to_owned());
    }
    let programs = [("timeout", "coreutils"), ("prlimit", "util-linux")];
    let missing = programs.iter().find(|(program, _)| !works(program, &["--version"]));
    missing.map(|(program, package)| format!("{program} is missing; `apt-get install {package}`"))
}
