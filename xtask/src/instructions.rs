//! `cargo xtask instructions`: how many instructions some operations take, beside what they took before. A count does not
//! depend on what else the machine does, as a time would.

mod compare;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use self::compare::{Baseline, Counts, compare};
use crate::run::{Done, Failed, cargo, command, failed, root, sh};
use crate::tools;

/// What `bench/instructions` can do, and how often it does it between two readings.
const OPERATIONS: [(&str, u32); 6] = [
    ("store-snapshot", 1_000_000),
    ("reader-snapshot", 1_000_000),
    ("route", 20_000),
    ("decode-1kb", 200),
    ("decode-1k-aliases", 10),
    ("update-1kb", 100),
];

/// Of a few processes, each with its own seeds for hashing.
const RUNS: usize = 3;

/// What the C library picks its `memcpy` by. Without these, all processors pick the same: valgrind shows a program what it
/// knows of the machine's own, and an update differed by 8 %. It knows no SHA instructions; hashes are plain code anywhere.
const PLAIN: &str =
    "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX2_Usable,-AVX_Usable,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM";

const BASELINE: &str = "bench/instructions.toml";

pub(crate) fn run(update: bool) -> Done {
    if !tools::from_packages("valgrind", "valgrind") {
        println!("SKIPPED instructions: valgrind is not installed (package valgrind)");
        return Ok(());
    }
    // No flags of the caller's: the same code whoever builds it.
    sh(cargo().args(["build", "--quiet", "--release", "-p", "instructions"]).env_remove("RUSTFLAGS"))?;
    // This program stands in the target directory's `debug`.
    let path = env::current_exe().map_err(failed("this program's path"))?;
    let release = path
        .ancestors()
        .nth(2)
        .ok_or_else(|| Failed::new("this program has no target directory"))?
        .join("release");
    let counts = OPERATIONS
        .iter()
        .map(|(name, count)| Ok(((*name).to_owned(), median(&release, name, *count)?)))
        .collect::<Result<Counts, Failed>>()?;
    let now = Baseline {
        compiler: version("rustc", "--version")?,
        valgrind: version("valgrind", "--version")?,
        target: env::consts::ARCH.to_owned(),
        instructions: counts,
    };
    let path = root().join(BASELINE);
    if update {
        put(&path, &now.text())?;
        println!("instructions: {BASELINE} is written");
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(failed(BASELINE))?;
    let before: Baseline = toml::from_str(&text).map_err(failed(BASELINE))?;
    if before.target != now.target {
        println!("SKIPPED instructions: counted on {}, and this is {}", before.target, now.target);
        return Ok(());
    }
    let compared = compare(&before, &now);
    println!("{}", compared.lines.join("\n"));
    if compared.is_worse {
        return Err(Failed::new(
            "more instructions than before: mend it, or accept it by `cargo xtask instructions --update`",
        ));
    }
    Ok(())
}

/// Instructions of one operation, the middle one of a few processes.
fn median(release: &Path, name: &str, count: u32) -> Result<f64, Failed> {
    let mut counts = (0..RUNS)
        .map(|_| {
            // So that the first times, which make room in tables and files, are in neither.
            let few = count / 10;
            let (less, more) = (counted(release, name, few)?, counted(release, name, few + count)?);
            Ok((more - less) / f64::from(count))
        })
        .collect::<Result<Vec<f64>, Failed>>()?;
    counts.sort_by(f64::total_cmp);
    let spread = counts.last().zip(counts.first()).map_or(0.0, |(most, least)| most - least);
    let median = counts.get(RUNS / 2).copied().unwrap_or_default();
    let percent = spread / median * 100.0;
    println!("  {name}: {median:.1} instructions; {RUNS} runs within {percent:.2} %");
    Ok(median)
}

/// Instructions of a process's first thread. Another one frees old documents, and how often it is woken for that is chance.
fn counted(release: &Path, name: &str, count: u32) -> Result<f64, Failed> {
    let out = release.join("callgrind.out");
    let mut callgrind = command("valgrind");
    // Nothing of the caller's environment: its size moves the stack, and its settings change what libc does.
    callgrind
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GLIBC_TUNABLES", PLAIN)
        .args(["--quiet", "--tool=callgrind", "--separate-threads=yes"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(release.join("instructions"))
        .args([name, &count.to_string()])
        .stdout(Stdio::null());
    let status = callgrind.status().map_err(failed("valgrind"))?;
    if !status.success() {
        return Err(Failed(format!("valgrind with `instructions {name} {count}` ended with {status}")));
    }
    let profile =
        fs::read_to_string(release.join("callgrind.out-01")).map_err(failed("valgrind's profile"))?;
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| Failed::new("valgrind's profile has no totals"))
}

fn version(program: &str, argument: &str) -> Result<String, Failed> {
    let output = command(program).arg(argument).output().map_err(failed(program))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[expect(clippy::disallowed_methods, reason = "a file of the repository, which git keeps")]
fn put(path: &Path, text: &str) -> Done {
    fs::write(path, text).map_err(failed(BASELINE))
}
