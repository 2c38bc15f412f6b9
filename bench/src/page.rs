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

/// To be looked at again with each run.
const MISSED: &str = "\
## What is missed, and why

- **Reader::snapshot.** A document that many hold has a count for each handle, so that a handle reads through a second pointer,
  and it has to see whether a newer one is there. Done by hand and with nothing else, that is \"and a check\" below: a handle is not
  slower. Where a pair of atomics takes 4 ns, that is a third of it; where it takes 18, it is nothing.
- **Store::snapshot** takes four atomics, as `load_full` does. A cache per thread would take two, and would keep an old
  document for as long as a thread is idle.
- **A reload of 1 KB** is 21 system calls, 11 of them to open and judge the directories on the way. Four, to read the file and
  nothing else, take more than twice as long as parsing. To hold the directories open would save eight, and would keep the
  file system from being unmounted.
  Then it keeps what it accepted in the history, under the lock, which whoever called `reload` waits for, and no reader: without
  (`Options::history(0)`) it takes 115 µs instead of 418, and at 100k aliases 140 ms instead of 179.
- **A replace** takes and lets go of the lock, looks for leftovers, and at the file and the lock before the rename: at 1 KB that
  is one twentieth of two syncs, and in some runs more.
- **An update of 1 KB** writes a second file, for the history: 1.13 ms instead of 0.99 without. Two runs of `bench saves` on the same
  day had 1.40 and 1.50. The rates of 8 and 64 threads have the same cause.
- **An update among 100k aliases** clones the document, writes it down twice to compare it, decodes what it is about to save, and
  hashes it: each takes about as long as the write.
- **100,000 keys, and a BTreeMap of 100,000**: memory that is in no cache is waited for by all. A key among 100,000 is found with as
  many instructions as one among 1000 (166), and with five misses of a cache of 512 KiB instead of none (cachegrind).
";

/// Written by a program, so that it can be written again.
#[expect(clippy::disallowed_methods, reason = "a page that can be made again, not anybody's config")]
pub(crate) fn write(report: &Report, docs: &Path) -> Result<()> {
    plot::overview(report, &docs.join("benchmarks.svg"))?;
    plot::growth(report, &docs.join("benchmarks-growth.svg"))?;
    let machine = machine()?;
    fs::write(
        docs.join("benchmarks.md"),
        format!("{INTRODUCTION}{MISSED}\n{machine}\n\n{}", report.markdown()),
    )?;
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
