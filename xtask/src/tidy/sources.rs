//! What no source file holds, and what each must.

use std::path::Path;

use super::{Slips, Source};

/// Left-overs of unfinished work. In pieces, so that this file does not hold them.
const UNFINISHED: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ign", "ore"), concat!("unimple", "mented!(")];

/// A test that is the inside of another one, which starts it in a process of its own.
const HAS_RUNNER: &str = "= \"run by its parent";

/// What the pure crate does not touch.
const IMPURE: &[&str] = &["std::fs", "std::net", "std::thread", "std::time", "std::process", "std::env"];

/// What no library crate does: write through anything but the durable replace.
const UNDURABLE: &[&str] = &["fs::write(", "fs::rename(", "File::create("];

/// Where the store and the watch say something, under a name that is listed: nowhere else in these crates.
const LOGS: &[&str] = &["crates/config-store/src", "crates/config-watch/src"];

/// Longest ARCHITECTURE.md, in lines: a map that is read to its end.
const ARCHITECTURE: usize = 150;

pub(crate) fn check(root: &Path, files: &[Source], slips: &mut Slips) {
    for file in files {
        let is_source = file.path.components().any(|part| part.as_os_str() == "src");
        let tests_start = file.text.lines().position(|line| line == "#[cfg(test)]").unwrap_or(usize::MAX);
        for (number, line) in file.text.lines().enumerate() {
            let mut slip = |what: &str| slips.push(format!("{}:{}: {what}", file.path.display(), number + 1));
            if let Some(found) = UNFINISHED.iter().find(|word| line.contains(**word))
                && !line.contains(HAS_RUNNER)
            {
                slip(&format!("unfinished: {found}"));
            }
            let is_code = number < tests_start && !line.trim_start().starts_with("//");
            let found =
                |words: &[&'static str]| words.iter().find(|word| is_code && line.contains(**word)).copied();
            if file.is_in("crates/config-model/src")
                && let Some(found) = found(IMPURE)
            {
                slip(&format!("config-model is pure: {found}"));
            }
            if LOGS.iter().any(|directory| file.is_in(directory))
                && !file.path.ends_with("log.rs")
                && found(&["tracing::"]).is_some()
            {
                slip(
                    "an event of the log is made in log.rs, and listed in config-store/src/observability.md",
                );
            }
            if file.is_in("crates")
                && is_source
                && let Some(found) = found(UNDURABLE)
            {
                slip(&format!("not durable: {found}"));
            }
        }
        let parent = file.path.parent().and_then(Path::file_name).unwrap_or_default();
        let is_root = parent == "bin"
            || (parent == "src" && ["lib.rs", "main.rs"].iter().any(|name| file.path.ends_with(name)));
        if is_root && !file.text.contains("#![forbid(unsafe_code)]") {
            slips.push(format!("{}: no #![forbid(unsafe_code)]", file.path.display()));
        }
    }
    let lines =
        std::fs::read_to_string(root.join("ARCHITECTURE.md")).map_or(usize::MAX, |text| text.lines().count());
    if lines > ARCHITECTURE {
        slips.push(format!("ARCHITECTURE.md: missing, or longer than {ARCHITECTURE} lines"));
    }
}
