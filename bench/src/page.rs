//! What a run writes for readers: the tables and two pictures, in docs/.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::plot;
use crate::table::Report;

const INTRODUCTION: &str = "\
# Benchmarks

`cargo xtask bench` measures this, in one process and in turns: each way of doing the same work once a round, and every
ratio is the median of the ratios of the rounds. An absolute time says more of the machine than of the program. Each way has to
find the same, or the run fails. Times of reads and look-ups are CPU time, those of loads and saves wall time.

![Each kind of work, as multiples of the fastest way](benchmarks.svg)

![How it grows](benchmarks-growth.svg)

";

/// Written by a program, so that it can be written again.
#[expect(clippy::disallowed_methods, reason = "a page that can be made again, not anybody's config")]
pub(crate) fn write(report: &Report, docs: &Path) -> Result<()> {
    plot::overview(report, &docs.join("benchmarks.svg"))?;
    plot::growth(report, &docs.join("benchmarks-growth.svg"))?;
    let machine = machine()?;
    fs::write(docs.join("benchmarks.md"), format!("{INTRODUCTION}{machine}\n\n{}", report.markdown()))?;
    Ok(())
}

fn machine() -> Result<String> {
    let processors = std::thread::available_parallelism()?;
    let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = described.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    Ok(format!("Processors: {processors} ({model}). Load when it ended: {load}."))
}
