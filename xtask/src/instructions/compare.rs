//! Counts beside those of before: more is a failure, less a reason to write them down.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Percent that a count may differ by: seeds of hash tables and the allocator's state are worth less.
const TOLERANCE: f64 = 5.0;

/// Instructions of one operation, by its name.
pub(crate) type Counts = BTreeMap<String, f64>;

/// What was counted, and with what.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Baseline {
    pub(crate) compiler: String,
    pub(crate) valgrind: String,
    pub(crate) target: String,
    pub(crate) instructions: Counts,
}

impl Baseline {
    /// As the repository keeps it.
    pub(crate) fn text(&self) -> String {
        let Self { compiler, valgrind, target, instructions } = self;
        let counts: Vec<_> =
            instructions.iter().map(|(name, count)| format!("{name} = {count:.1}\n")).collect();
        let counts = counts.concat();
        format!(
            "# Instructions for one operation of bench/instructions. Written by `cargo xtask instructions --update`.\n\
             compiler = {compiler:?}\nvalgrind = {valgrind:?}\ntarget = {target:?}\n\n[instructions]\n{counts}"
        )
    }
}

/// What is to be said, and whether it is a failure.
#[derive(Debug, PartialEq)]
pub(crate) struct Compared {
    pub(crate) lines: Vec<String>,
    pub(crate) is_worse: bool,
}

/// Another compiler is no reason not to compare: it is named where counts differ.
pub(crate) fn compare(before: &Baseline, now: &Baseline) -> Compared {
    let mut compared = Compared { lines: Vec::new(), is_worse: false };
    for (what, before, now) in
        [("compiler", &before.compiler, &now.compiler), ("valgrind", &before.valgrind, &now.valgrind)]
    {
        if before != now {
            compared.lines.push(format!("another {what}: {now}, before {before}"));
        }
    }
    for (name, count) in &now.instructions {
        let (line, is_worse) = match before.instructions.get(name) {
            Some(before) => judged(*before, *count),
            None => (format!("{count:.1}, NOT COUNTED BEFORE"), true),
        };
        compared.lines.push(format!("{name}: {line}"));
        compared.is_worse |= is_worse;
    }
    for name in before.instructions.keys().filter(|name| !now.instructions.contains_key(*name)) {
        compared.lines.push(format!("{name}: NOT COUNTED ANY MORE"));
        compared.is_worse = true;
    }
    compared
}

fn judged(before: f64, now: f64) -> (String, bool) {
    let percent = (now / before - 1.0) * 100.0;
    let line = format!("{now:.1}, before {before:.1} ({percent:+.1} %)");
    if percent > TOLERANCE || percent.is_nan() {
        return (format!("{line} WORSE"), true);
    }
    if percent < -TOLERANCE {
        return (format!("{line} better: update the baseline"), false);
    }
    (line, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(counts: &[(&str, f64)]) -> Baseline {
        Baseline {
            compiler: "rustc 1".to_owned(),
            valgrind: "valgrind-3".to_owned(),
            target: "x86_64".to_owned(),
            instructions: counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        }
    }

    fn compared(before: f64, now: f64) -> (String, bool) {
        let compared = compare(&baseline(&[("route", before)]), &baseline(&[("route", now)]));
        (compared.lines.join("\n"), compared.is_worse)
    }

    #[test]
    fn five_percent_more_are_let_pass_and_no_more() {
        assert_eq!(compared(1000.0, 1049.9), ("route: 1049.9, before 1000.0 (+5.0 %)".to_owned(), false));
        assert_eq!(
            compared(1000.0, 1051.0),
            ("route: 1051.0, before 1000.0 (+5.1 %) WORSE".to_owned(), true)
        );
        assert!(compared(0.0, 1.0).1 && compared(0.0, 0.0).1, "a baseline of nothing measures nothing");
    }

    #[test]
    fn fewer_are_told_and_no_failure() {
        assert_eq!(compared(1000.0, 950.1), ("route: 950.1, before 1000.0 (-5.0 %)".to_owned(), false));
        let (line, is_worse) = compared(1000.0, 949.0);
        assert!(line.ends_with("(-5.1 %) better: update the baseline") && !is_worse, "{line}");
    }

    #[test]
    fn what_was_counted_once_only_is_a_failure() {
        let (one, other) = (baseline(&[("route", 10.0)]), baseline(&[("decode", 10.0), ("route", 10.0)]));
        assert_eq!(compare(&one, &other).lines.first().unwrap(), "decode: 10.0, NOT COUNTED BEFORE");
        assert_eq!(compare(&other, &one).lines.last().unwrap(), "decode: NOT COUNTED ANY MORE");
        assert!(compare(&one, &other).is_worse && compare(&other, &one).is_worse);
    }

    #[test]
    fn another_compiler_is_named_and_compared() {
        let (before, mut now) = (baseline(&[("route", 10.0)]), baseline(&[("route", 20.0)]));
        now.compiler = "rustc 2".to_owned();
        let compared = compare(&before, &now);
        assert_eq!(compared.lines.first().unwrap(), "another compiler: rustc 2, before rustc 1");
        assert!(compared.is_worse);
    }

    #[test]
    fn the_file_is_read_as_it_was_written() {
        let written = baseline(&[("decode-1kb", 12.0), ("route", 3.5)]);
        let read: Baseline = toml::from_str(&written.text()).unwrap();
        assert_eq!(read.text(), written.text());
        assert_eq!(read.instructions, written.instructions);
    }
}
