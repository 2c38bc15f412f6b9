//! `cargo xtask fuzz`: libFuzzer on each target of `fuzz/`. It needs the nightly toolchain.

use std::fs;

use crate::run::{Done, Failed, command, failed, root, sh, succeeds};
use crate::tools;

/// Runs every target for so many seconds. Where it cannot run, it says what is missing: no failure of the code's.
pub(crate) fn run(seconds: u32) -> Done {
    if !succeeds(command("cargo").args(["+nightly", "--version"])) {
        println!("SKIPPED fuzz: no nightly toolchain; `rustup toolchain install nightly`");
        return Ok(());
    }
    if !tools::has("c++") && !tools::has("g++") && !tools::has("clang++") {
        println!("SKIPPED fuzz: no C++ compiler, which libFuzzer is built with");
        return Ok(());
    }
    if !tools::from_crates("cargo-fuzz", "0.13.2") {
        println!("SKIPPED fuzz: cargo-fuzz could not be had; `cargo install cargo-fuzz`");
        return Ok(());
    }
    let targets = targets()?;
    for target in &targets {
        // What is found new goes to a directory of its own: the corpus in the repository stays small.
        let found = root().join("fuzz/target/corpus").join(target);
        fs::create_dir_all(&found).map_err(failed("the fuzzer's own corpus"))?;
        let mut fuzz = command("cargo");
        fuzz.args(["+nightly", "fuzz", "run", target]).arg(found).arg(format!("fuzz/corpus/{target}"));
        fuzz.args([
            "--",
            &format!("-max_total_time={seconds}"),
            "-rss_limit_mb=4096",
            "-timeout=20",
            "-verbosity=0",
        ]);
        // Set by the toolchain that runs this, and stronger than `+nightly`.
        sh(fuzz.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("CARGO"))?;
    }
    println!("fuzz: {} targets, {seconds} s each, nothing found", targets.len());
    Ok(())
}

fn targets() -> Result<Vec<String>, Failed> {
    let directory = root().join("fuzz/fuzz_targets");
    let files = fs::read_dir(&directory).map_err(failed("fuzz/fuzz_targets"))?;
    let names = files.filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}
