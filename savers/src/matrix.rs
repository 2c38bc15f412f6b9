//! All styles, in parallel, as often as asked for, by one watcher after the other.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Result, ensure};

use crate::control;
use crate::namespace;
use crate::outcome::Outcome;
use crate::peers::Peer;
use crate::programs;
use crate::report::{Report, Sweep};
use crate::style::Style;
use crate::styles;
use crate::trial::{self, Trial};
use crate::watcher::Who;

/// What to try, and how often
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How often all styles are tried
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Only the styles with this in their name
    #[arg(long, value_name = "NAME")]
    style: Option<String>,
    /// How many styles are tried at once, each in a directory of its own
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Also lets other crates watch, once
    #[arg(long)]
    peers: bool,
    /// Where to write the numbers
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Tries, reports and judges.
pub(crate) fn run(options: &Options) -> Result<Outcome> {
    namespace::enter()?;
    let part = options.style.as_deref().unwrap_or_default();
    let styles: Vec<&Style> = styles::all().filter(|style| style.name.contains(part)).collect();
    ensure!(
        !styles.is_empty(),
        "no style has {part:?} in its name; without --style, all are tried and named"
    );
    programs::install(&styles);
    control::check()?;
    let mut report = Report::default();
    for run in 1..=options.runs {
        report.ours.push(sweep(Who::Ours, &format!("{}, run {run}", Who::Ours), &styles, options.jobs));
    }
    if options.peers {
        for peer in Peer::ALL {
            report.peers.push(sweep(Who::Peer(peer), &peer.to_string(), &styles, options.jobs));
        }
        print!("{}", report.table());
    }
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    report.judge()
}

/// Tries all styles, and says what came of each as soon as it is known, then the totals.
fn sweep(who: Who, title: &str, styles: &[&'static Style], jobs: u32) -> Sweep {
    println!("{title}:");
    let next = AtomicUsize::new(0);
    let (send, tried) = channel();
    let mut trials: Vec<Trial> = thread::scope(|scope| {
        for _ in 0..jobs {
            let send = send.clone();
            let next = || styles.get(next.fetch_add(1, Ordering::Relaxed));
            scope.spawn(move || {
                while let Some(style) = next() {
                    if send.send(trial::run(style, who)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        tried.into_iter().inspect(|trial| println!("  {trial}")).collect()
    });
    // As they are listed, not as they were done.
    trials.sort_by_key(|trial| styles.iter().position(|style| style.name == trial.style.name));
    let sweep = Sweep { title: title.to_owned(), trials };
    println!("{sweep}");
    sweep
}
