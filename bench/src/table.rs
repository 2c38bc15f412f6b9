//! What came of it: medians, ratios, and whether they are what is to be reached.

use serde_json::{Value, json};

use crate::rounds::Sample;

/// All that was measured.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    ratios: Vec<Ratio>,
}

struct Figure {
    group: String,
    name: &'static str,
    nanoseconds: f64,
}

struct Ratio {
    what: String,
    is: f64,
    reach: Reach,
}

/// What a ratio has to be.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    AtMost(f64),
    AtLeast(f64),
    /// It is only shown.
    Shown,
}

impl Reach {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::Shown => true,
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("<= {most}"),
            Self::AtLeast(least) => format!(">= {least}"),
            Self::Shown => String::new(),
        }
    }
}

impl Report {
    pub(crate) fn figure(&mut self, group: impl Into<String>, name: &'static str, samples: &[Sample]) {
        let nanoseconds = median(samples.iter().map(|sample| sample.cpu).collect());
        self.figures.push(Figure { group: group.into(), name, nanoseconds });
    }

    /// Wall time, of which the median counts.
    pub(crate) fn wall(&mut self, group: impl Into<String>, name: &'static str, nanoseconds: Vec<f64>) {
        self.figures.push(Figure { group: group.into(), name, nanoseconds: median(nanoseconds) });
    }

    /// The median of the ratios of the rounds.
    pub(crate) fn ratio(&mut self, what: impl Into<String>, ratios: Vec<f64>, reach: Reach) {
        self.ratios.push(Ratio { what: what.into(), is: median(ratios), reach });
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{:<28} {:<34} {:>12}\n", "figure", "", "ns of CPU");
        for Figure { group, name, nanoseconds } in &self.figures {
            text += &format!("{group:<28} {name:<34} {nanoseconds:>12.2}\n");
        }
        text += &format!("\n{:<76} {:>8} {:>8}  met\n", "ratio", "is", "reach");
        for Ratio { what, is, reach } in &self.ratios {
            let met = if reach.is_met(*is) { "yes" } else { "NO" };
            text += &format!("{what:<76} {is:>8.2} {:>8}  {met}\n", reach.text());
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let figures = self.figures.iter().map(
            |figure| json!({"group": figure.group, "name": figure.name, "nanoseconds": figure.nanoseconds}),
        );
        let ratios = self.ratios.iter().map(|Ratio { what, is, reach }| {
            json!({"what": what, "ratio": is, "reach": reach.text(), "met": reach.is_met(*is)})
        });
        json!({"figures": figures.collect::<Vec<Value>>(), "ratios": ratios.collect::<Vec<Value>>()})
            .to_string()
    }
}

/// The middle one; of an even number, the greater of the two.
fn median(mut values: Vec<f64>) -> f64 {
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
}
