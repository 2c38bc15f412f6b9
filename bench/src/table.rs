//! What came of it: medians, ratios, and whether they are what is to be reached.

use serde_json::{Value, json};

/// All that was measured.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) groups: Vec<Group>,
    pub(crate) rows: Vec<Row>,
    pub(crate) charts: Vec<Chart>,
}

/// How figures of one unit grow.
pub(crate) struct Chart {
    pub(crate) what: &'static str,
    /// With what.
    pub(crate) axis: &'static str,
    pub(crate) unit: Unit,
    pub(crate) lines: Vec<Line>,
}

/// One of them. All lines of a chart have the same places.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(u32, f64)>,
}

impl Chart {
    pub(crate) fn new(what: &'static str, axis: &'static str, unit: Unit) -> Self {
        Self { what, axis, unit, lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: &str, at: u32, value: f64) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.name == name) {
            line.points.push((at, value));
        } else {
            self.lines.push(Line { name: name.to_owned(), points: vec![(at, value)] });
        }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let names = self.lines.iter().map(|line| line.name.clone());
        let head = std::iter::once(format!("{}, by {}", self.what, self.axis)).chain(names).collect();
        let places = self.lines.first().map(|line| line.points.as_slice()).unwrap_or_default();
        let row = |(index, (at, _)): (usize, &(u32, f64))| {
            let values = self.lines.iter().map(|line| line.points.get(index).map(|(_, value)| *value));
            let shown = values.map(|value| value.map_or_else(String::new, |value| self.unit.show(value)));
            std::iter::once(at.to_string()).chain(shown).collect()
        };
        std::iter::once(head).chain(places.iter().enumerate().map(row)).collect()
    }
}

/// Ways of doing the same work, in one unit.
pub(crate) struct Group {
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) entries: Vec<Entry>,
}

/// One way, and what it took in each round.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) side: Side,
    pub(crate) rounds: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Nothing that does the work can be faster.
    Limit,
    Ours,
    Peer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    /// Of memory, for each byte of JSON.
    Bytes,
    /// In a second: more is better.
    Rate,
    Count,
}

/// A figure that has something to reach.
pub(crate) struct Row {
    pub(crate) what: String,
    /// Ours, the limit, and the best of the others with its name.
    pub(crate) values: [String; 3],
    pub(crate) ratio: f64,
    pub(crate) reach: Reach,
}

/// What a ratio has to be.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    AtMost(f64),
    AtLeast(f64),
    /// It is only shown.
    Shown,
}

impl Unit {
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Nanoseconds if value >= 1e9 => format!("{:.2} s", value / 1e9),
            Self::Nanoseconds if value >= 1e6 => format!("{:.2} ms", value / 1e6),
            Self::Nanoseconds if value >= 1e3 => format!("{:.2} µs", value / 1e3),
            Self::Nanoseconds => format!("{value:.2} ns"),
            Self::Bytes => format!("{value:.2} B/B"),
            Self::Rate => format!("{value:.0} /s"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Reach {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
            Self::Shown => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::Shown => String::new(),
        }
    }
}

impl Group {
    pub(crate) fn new(what: impl Into<String>, unit: Unit) -> Self {
        Self { what: what.into(), unit, entries: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, side: Side, rounds: Vec<f64>) {
        self.entries.push(Entry { name: name.into(), side, rounds });
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The best of one side.
    fn best(&self, side: Side) -> Option<&Entry> {
        let of_side = self.entries.iter().filter(|entry| entry.side == side);
        of_side.min_by(|one, other| {
            let order = one.median().total_cmp(&other.median());
            if self.unit == Unit::Rate { order.reverse() } else { order }
        })
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let first = self.entries.first().map_or(f64::NAN, Entry::median);
        let rows = self.entries.iter().map(|entry| {
            let median = entry.median();
            vec![entry.name.clone(), self.unit.show(median), format!("{:.2}", median / first)]
        });
        let head = vec![self.what.clone(), String::new(), "x the first".to_owned()];
        std::iter::once(head).chain(rows).collect()
    }

    /// `ours` beside `other`, round by round. Both are names in this group.
    pub(crate) fn row(&self, what: impl Into<String>, ours: &str, other: &str, reach: Reach) -> Row {
        let (ours, other) = (self.entry(ours), self.entry(other));
        let ratios = ours.zip(other).map(|(ours, other)| {
            ours.rounds.iter().zip(&other.rounds).map(|(ours, other)| ours / other).collect::<Vec<_>>()
        });
        let shown =
            |entry: Option<&Entry>| entry.map_or_else(String::new, |entry| self.unit.show(entry.median()));
        let peer = self.best(Side::Peer).map(|peer| format!("{} ({})", shown(Some(peer)), peer.name));
        let values = [shown(ours), shown(self.best(Side::Limit)), peer.unwrap_or_default()];
        Row { what: what.into(), values, ratio: median(ratios.unwrap_or_default()), reach }
    }
}

impl Entry {
    pub(crate) fn median(&self) -> f64 {
        median(self.rounds.clone())
    }
}

impl Report {
    /// A ratio of other things than the times of one group.
    pub(crate) fn ratio(&mut self, what: impl Into<String>, ratios: Vec<f64>, reach: Reach) {
        let values = [String::new(), String::new(), String::new()];
        self.rows.push(Row { what: what.into(), values, ratio: median(ratios), reach });
    }

    /// For a terminal, and for a page.
    pub(crate) fn markdown(&self) -> String {
        let rows = table(&self.reached());
        let groups = self.groups.iter().map(|group| table(&group.rows()));
        let charts = self.charts.iter().map(|chart| table(&chart.rows()));
        std::iter::once(rows).chain(groups).chain(charts).collect::<Vec<_>>().join("\n")
    }

    fn reached(&self) -> Vec<Vec<String>> {
        let head =
            ["figure", "ours", "limit", "best peer", "ratio", "reach", "met"].map(str::to_owned).to_vec();
        let rows = self.rows.iter().map(|row| {
            let [ours, limit, peer] = row.values.clone();
            let met = match row.reach {
                Reach::Shown => "",
                reach if reach.is_met(row.ratio) => "yes",
                _ => "**no**",
            };
            let ratio = format!("{:.2}", row.ratio);
            vec![row.what.clone(), ours, limit, peer, ratio, row.reach.text(), met.to_owned()]
        });
        std::iter::once(head).chain(rows).collect()
    }

    pub(crate) fn json(&self) -> String {
        let groups = self.groups.iter().map(|group| {
            let entries = group.entries.iter().map(|entry| {
                json!({"name": entry.name, "median": entry.median(), "rounds": entry.rounds,
                    "side": format!("{:?}", entry.side).to_lowercase()})
            });
            json!({"what": group.what, "unit": format!("{:?}", group.unit).to_lowercase(),
                "entries": entries.collect::<Vec<Value>>()})
        });
        let rows = self.rows.iter().map(|row| {
            json!({"figure": row.what, "ratio": row.ratio, "reach": row.reach.text(),
                "met": row.reach.is_met(row.ratio)})
        });
        let charts = self.charts.iter().map(|chart| {
            let lines = chart.lines.iter().map(|line| json!({"name": line.name, "points": line.points}));
            json!({"what": chart.what, "axis": chart.axis, "lines": lines.collect::<Vec<Value>>()})
        });
        json!({"rows": rows.collect::<Vec<Value>>(), "groups": groups.collect::<Vec<Value>>(),
            "charts": charts.collect::<Vec<Value>>()})
        .to_string()
    }
}

/// Markdown that also reads well as it stands.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text += &if column == 0 { format!("| {cell:<width$} |") } else { format!(" {cell:>width$} |") };
        }
        text += "\n";
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let line = "-".repeat(width + 1);
                text += &if column == 0 { format!("|{line}-|") } else { format!("{line}:|") };
            }
            text += "\n";
        }
    }
    text
}

/// The middle one; of an even number, the greater of the two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_and_what_is_reached() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).total_cmp(&2.0), std::cmp::Ordering::Equal);
        assert!(median(Vec::new()).is_nan());
        assert!(Reach::AtMost(0.5).is_met(0.5) && !Reach::AtMost(0.5).is_met(0.51));
        assert!(Reach::AtLeast(1.9).is_met(2.0) && !Reach::AtLeast(1.9).is_met(f64::NAN));
    }

    #[test]
    fn a_row_is_the_median_of_the_ratios_of_the_rounds() {
        let mut group = Group::new("a read", Unit::Nanoseconds);
        group.add("nothing", Side::Limit, vec![1.0, 10.0, 1.0]);
        group.add("ours", Side::Ours, vec![2.0, 20.0, 4.0]);
        group.add("slow", Side::Peer, vec![2000.0; 3]);
        group.add("slower", Side::Peer, vec![3e6; 3]);
        let mut report = Report::default();
        report.rows.push(group.row("ours, x nothing", "ours", "nothing", Reach::AtMost(1.5)));
        report.groups.push(group);
        let text = report.markdown();
        let row = "| ours, x nothing | 4.00 ns | 1.00 ns | 2.00 µs (slow) |  2.00 | ≤ 1.5 | **no** |\n";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("| slower  | 3.00 ms |  3000000.00 |\n"), "{text}");
    }
}
