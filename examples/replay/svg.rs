use std::fmt::Write;

use crate::{
    estimate::Between,
    report::{Row, Told},
};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 480.0;
/// Left, right, above and below the plot.
const MARGIN: (f64, f64, f64, f64) = (64.0, 24.0, 48.0, 56.0);
/// Lines of labels are at least so far apart.
const LINE: f64 = 15.0;

/// Colours that can be read on light and on dark ground, by the reader's own setting.
const STYLE: &str = "
    svg { background: #ffffff; font: 13px system-ui, sans-serif; }
    text { fill: #1f2328; }
    .faint { fill: #59636e; }
    .axis { stroke: #59636e; stroke-width: 1; fill: none; }
    .grid { stroke: #d1d9e0; stroke-width: 1; fill: none; }
    .constant { stroke: #59636e; fill: #59636e; }
    .logged { stroke: #0969da; fill: #0969da; }
    .replayed { stroke: #bc4c00; fill: #bc4c00; }
    .untold { fill: none; stroke-dasharray: 3 3; }
    @media (prefers-color-scheme: dark) {
      svg { background: #0d1117; }
      text { fill: #f0f6fc; }
      .faint { fill: #9198a1; }
      .axis { stroke: #9198a1; }
      .grid { stroke: #3d444d; }
      .constant { stroke: #9198a1; fill: #9198a1; }
      .logged { stroke: #4493f8; fill: #4493f8; }
      .replayed { stroke: #f0883e; fill: #f0883e; }
      .untold { fill: none; }
    }
  ";

/// Cost against quality, each with its interval. What the log cannot tell is drawn hollow.
pub(crate) fn draw(rows: &[Row]) -> String {
    let costs = rows.iter().map(|row| row.estimate.cost);
    let qualities = rows.iter().map(|row| row.estimate.quality);
    let x = Axis::new(costs, MARGIN.0, WIDTH - MARGIN.1, true);
    let y = Axis::new(qualities, HEIGHT - MARGIN.3, MARGIN.2, false);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\">\n  <title>Cost against quality</title>\n  <style>{STYLE}</style>\n"
    );
    axes(&mut svg, &x, &y);
    // Labels from the top down, each below the one before it where they would meet.
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by(|a, b| b.estimate.quality.is.total_cmp(&a.estimate.quality.is));
    let mut labels: Vec<(f64, f64)> = Vec::new();
    for row in order {
        let (at_x, at_y) = (
            x.place(row.estimate.cost.is),
            y.place(row.estimate.quality.is),
        );
        let mut label = at_y - 6.0;
        while let Some((_, taken)) = labels
            .iter()
            .find(|(left, taken)| (left - at_x).abs() < 200.0 && (taken - label).abs() < LINE)
        {
            label = taken + LINE;
        }
        labels.push((at_x, label));
        point(&mut svg, row, &x, &y, label);
    }
    svg.push_str("</svg>\n");
    svg
}

fn point(svg: &mut String, row: &Row, x: &Axis, y: &Axis, label: f64) {
    let (cost, quality) = (row.estimate.cost, row.estimate.quality);
    let (at_x, at_y) = (x.place(cost.is), y.place(quality.is));
    let class = match row.told {
        Told::Logged => "logged",
        Told::Replayed => "replayed",
        Told::Constant => "constant",
    };
    let untold = if row.estimate.untold().is_some() {
        " untold"
    } else {
        ""
    };
    let (left, right) = (x.place(cost.low), x.place(cost.high));
    let (below, above) = (y.place(quality.low), y.place(quality.high));
    let _ = writeln!(
        svg,
        "  <g class=\"{class}{untold}\">\n    <path d=\"M{left:.1} {at_y:.1}H{right:.1}M{at_x:.1} {below:.1}V{above:.1}\"/>\n    \
         <circle cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"5\"/>\n  </g>"
    );
    let name = escaped(&row.name);
    // On the side where there is room.
    let (anchor, text_x) = if at_x > WIDTH * 0.6 {
        ("end", at_x - 9.0)
    } else {
        ("start", at_x + 9.0)
    };
    let _ = writeln!(
        svg,
        "  <text x=\"{text_x:.1}\" y=\"{label:.1}\" text-anchor=\"{anchor}\">{name}</text>"
    );
}

fn axes(svg: &mut String, x: &Axis, y: &Axis) {
    let (left, right, top, bottom) = (x.from, x.to, y.to, y.from);
    for tick in y.ticks() {
        let at = y.place_of_tick(tick);
        let label = format!("{tick:.prec$}", prec = y.decimals);
        let _ = writeln!(
            svg,
            "  <path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/>\n  <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{label}</text>",
            left - 8.0,
            at + 4.0
        );
    }
    for tick in x.ticks() {
        let at = x.place_of_tick(tick);
        let label = format!("{tick:.prec$}", prec = x.decimals);
        let _ = writeln!(
            svg,
            "  <path class=\"grid\" d=\"M{at:.1} {top}V{bottom}\"/>\n  <text class=\"faint\" x=\"{at:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
    let middle = (left + right) / 2.0;
    let _ = writeln!(
        svg,
        "  <path class=\"axis\" d=\"M{left} {top}V{bottom}H{right}\"/>\n  <text x=\"{middle}\" y=\"{}\" \
         text-anchor=\"middle\">USD for a thousand decisions</text>\n  <text x=\"{left}\" y=\"{}\">quality, with 95 % \
         intervals; hollow where the log cannot tell</text>",
        HEIGHT - 14.0,
        top - 18.0
    );
}

/// From numbers to places.
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
    scale: f64,
    step: f64,
    decimals: usize,
}

impl Axis {
    /// Costs are drawn for a thousand decisions.
    fn new(all: impl Iterator<Item = Between>, from: f64, to: f64, costs: bool) -> Self {
        let scale = if costs { 1_000.0 } else { 1.0 };
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for one in all {
            least = least.min(one.low * scale);
            most = most.max(one.high * scale);
        }
        if !(least.is_finite() && most.is_finite()) {
            (least, most) = (0.0, 1.0);
        }
        if costs {
            least = 0.0;
        }
        let span = (most - least).max(if costs { 1e-6 } else { 0.02 });
        let rough = span / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let nice = [1.0, 2.0, 5.0, 10.0];
        let step = nice.iter().find(|nice| **nice * power >= rough);
        let step = step.unwrap_or(&10.0) * power;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "few"
        )]
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        Self {
            least: (least / step).floor() * step,
            most: ((least + span) / step).ceil() * step,
            from,
            to,
            scale,
            step,
            decimals,
        }
    }

    /// Where a number is that is not scaled yet.
    fn place(&self, number: f64) -> f64 {
        let share = number.mul_add(self.scale, -self.least) / (self.most - self.least);
        share.mul_add(self.to - self.from, self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.most - self.least) / self.step).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "few"
        )]
        let count = count.clamp(0.0, 50.0) as u32;
        (0..=count).map(|tick| f64::from(tick).mul_add(self.step, self.least))
    }

    fn place_of_tick(&self, tick: f64) -> f64 {
        self.place(tick / self.scale)
    }
}

/// As text of XML, which knows no control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}')
            }
            char => escaped.push(char),
        }
    }
    escaped
}
