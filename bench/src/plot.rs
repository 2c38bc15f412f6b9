//! The same as pictures.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::table::{Chart, Entry, Group, Report, Side, Unit};

const OURS: RGBColor = RGBColor(0, 120, 80);
const PEER: RGBColor = RGBColor(150, 150, 150);
const LIMIT: RGBColor = RGBColor(40, 40, 40);
const LINES: [RGBColor; 7] = [
    RGBColor(40, 40, 40),
    OURS,
    RGBColor(30, 100, 200),
    RGBColor(210, 110, 0),
    RGBColor(160, 60, 160),
    RGBColor(190, 40, 40),
    PEER,
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Each kind of work as a line of dots: how many times as long as the fastest that there is.
pub(crate) fn overview(report: &Report, path: &Path) -> Result<()> {
    let groups: Vec<&Group> =
        report.groups.iter().filter(|group| group.entries.iter().any(is_peer)).collect();
    let height = 90 + 26 * u32::try_from(groups.len())?;
    let root = SVGBackend::new(path, (960, height)).into_drawing_area();
    draw_overview(&root, &groups).and_then(|()| root.present().map_err(failed))
}

fn is_peer(entry: &Entry) -> bool {
    entry.side == Side::Peer
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("drawing: {error}")
}

/// How many times as long, or as seldom, as the best.
fn multiples(group: &Group) -> Vec<(Side, f64)> {
    let cost = |entry: &Entry| if group.unit == Unit::Rate { 1.0 / entry.median() } else { entry.median() };
    let best = group.entries.iter().map(cost).fold(f64::INFINITY, f64::min);
    group.entries.iter().map(|entry| (entry.side, cost(entry) / best)).collect()
}

fn draw_overview(root: &Area<'_>, groups: &[&Group]) -> Result<()> {
    root.fill(&WHITE).map_err(failed)?;
    let dots: Vec<Vec<(Side, f64)>> = groups.iter().map(|group| multiples(group)).collect();
    let most = dots.iter().flatten().map(|(_, multiple)| *multiple).fold(10.0, f64::max);
    let count = f64::from(u32::try_from(groups.len())?);
    let mut chart = ChartBuilder::on(root)
        .caption(
            "times the fastest of each line: ours green, the limit black, others grey",
            ("sans-serif", 15),
        )
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(300)
        .build_cartesian_2d((0.9..most * 1.3).log_scale(), -0.5..count - 0.5)
        .map_err(failed)?;
    let name = |place: &f64| {
        let at = groups.iter().enumerate().rev();
        let near = at.zip((0_u32..).map(f64::from)).find(|(_, row)| (row - place).abs() < 0.25);
        near.map_or_else(String::new, |((_, group), _)| group.what.clone())
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(WHITE)
        .x_labels(6)
        .y_labels(groups.len() * 2)
        .y_label_formatter(&name)
        .x_label_formatter(&|multiple| format!("{multiple} x"))
        .label_style(("sans-serif", 13))
        .draw()
        .map_err(failed)?;
    for (dots, row) in dots.iter().rev().zip((0_u32..).map(f64::from)) {
        let of = |side: Side| dots.iter().filter(move |(of, _)| *of == side).map(|(_, multiple)| *multiple);
        let circle = |color: RGBColor| move |multiple| Circle::new((multiple, row), 5, color.filled());
        chart.draw_series(of(Side::Peer).map(circle(PEER))).map_err(failed)?;
        chart.draw_series(of(Side::Limit).map(circle(LIMIT))).map_err(failed)?;
        chart.draw_series(of(Side::Ours).map(circle(OURS))).map_err(failed)?;
    }
    Ok(())
}

/// Each chart, one below the other.
pub(crate) fn growth(report: &Report, path: &Path) -> Result<()> {
    let rows = report.charts.len().div_ceil(2);
    let root = SVGBackend::new(path, (1100, 330 * u32::try_from(rows)?)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    for (chart, area) in report.charts.iter().zip(root.split_evenly((rows, 2))) {
        draw_growth(&area, chart)?;
    }
    root.present().map_err(failed)
}

fn draw_growth(area: &Area<'_>, chart: &Chart) -> Result<()> {
    let points = || chart.lines.iter().flat_map(|line| line.points.iter().copied());
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), value| {
            (least.min(value), most.max(value))
        })
    };
    let (from, to) = ends(&mut points().map(|(at, _)| f64::from(at)));
    let (least, most) = ends(&mut points().map(|(_, value)| value.max(0.1)));
    let mut drawn = ChartBuilder::on(area)
        .caption(format!("{}, by {}", chart.what, chart.axis), ("sans-serif", 15))
        .margin(10)
        .margin_right(30)
        .x_label_area_size(30)
        .y_label_area_size(80)
        .build_cartesian_2d((from..to * 1.01).log_scale(), (least / 1.5..most * 1.5).log_scale())
        .map_err(failed)?;
    drawn
        .configure_mesh()
        .light_line_style(WHITE)
        .y_label_formatter(&|value| chart.unit.show(*value))
        .x_label_formatter(&|at| format!("{at:.0}"))
        .draw()
        .map_err(failed)?;
    for (line, color) in chart.lines.iter().zip(LINES) {
        let points: Vec<(f64, f64)> =
            line.points.iter().map(|(at, value)| (f64::from(*at), value.max(0.1))).collect();
        let series = LineSeries::new(points, color.stroke_width(2)).point_size(3);
        let drawn = drawn.draw_series(series).map_err(failed)?;
        drawn
            .label(line.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], color.stroke_width(2)));
    }
    drawn
        .configure_series_labels()
        .position(SeriesLabelPosition::MiddleRight)
        .background_style(WHITE.mix(0.7))
        .draw()
        .map_err(failed)
}
