use std::collections::BTreeMap;

use serde::Serialize;
use tower_genai::money::Usd;

use crate::figures::{Between, Figure, Figures};

/// The figures as one JSON object.
#[derive(Serialize)]
pub(crate) struct Json<'a> {
    calls: usize,
    /// What answers of the router are compared with.
    best_constant: Option<&'a str>,
    router: FigureJson,
    /// The same by the catalog alone, and by a profile that is told no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#static: Option<FigureJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_feedback: Option<FigureJson>,
    length: Option<FigureJson>,
    constants: BTreeMap<&'a str, FigureJson>,
    random: FigureJson,
    mixed: FigureJson,
    oracle: FigureJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<BTreeMap<&'static str, Self>>,
}

/// `low` and `high` are the bounds of the quality.
#[derive(Serialize)]
struct FigureJson {
    calls: usize,
    quality: f64,
    low: f64,
    high: f64,
    cost_usd: Usd,
    cost_low_usd: Usd,
    cost_high_usd: Usd,
    against_best: AgainstJson,
}

#[derive(Serialize)]
struct AgainstJson {
    quality: f64,
    quality_low: f64,
    quality_high: f64,
    saved: f64,
    saved_low: f64,
    saved_high: f64,
}

impl<'a> Json<'a> {
    pub(crate) fn new(all: &'a Figures, after: Option<&'a Figures>) -> Self {
        let mut json = Self::of(all);
        let after = after.map(|figures| ("1000", Self::of(figures)));
        json.after = Some(after.into_iter().collect());
        json
    }

    fn of(figures: &'a Figures) -> Self {
        let named = |name: &str| {
            let found = figures.routers.iter().skip(1).find(|one| one.name == name);
            found.map(FigureJson::new)
        };
        let constants = figures.constants.iter();
        Self {
            calls: figures.calls,
            best_constant: figures.best().map(|best| &*best.name),
            router: FigureJson::new(&figures.routers[0]),
            r#static: named("static"),
            no_feedback: named("no feedback"),
            length: named("length"),
            constants: constants
                .map(|one| (&*one.name, FigureJson::new(one)))
                .collect(),
            random: FigureJson::new(&figures.random),
            mixed: FigureJson::new(&figures.mixed),
            oracle: FigureJson::new(&figures.oracle),
            after: None,
        }
    }
}

impl FigureJson {
    fn new(figure: &Figure) -> Self {
        let Figure {
            quality,
            cost,
            gained,
            saved,
            ..
        } = figure;
        Self {
            calls: figure.calls,
            quality: rounded(quality.is),
            low: rounded(quality.low),
            high: rounded(quality.high),
            cost_usd: usd(cost.is),
            cost_low_usd: usd(cost.low),
            cost_high_usd: usd(cost.high),
            against_best: AgainstJson {
                quality: rounded(gained.is),
                quality_low: rounded(gained.low),
                quality_high: rounded(gained.high),
                saved: rounded(saved.is),
                saved_low: rounded(saved.low),
                saved_high: rounded(saved.high),
            },
        }
    }
}

/// To six decimals: there is no more in it.
fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

fn usd(dollars: f64) -> Usd {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let nanos = (dollars * 1e9).round() as u64;
    Usd::from_nanos(nanos).unwrap_or(Usd::MAX)
}

/// The figures as a table.
pub(crate) fn table(figures: &Figures) -> String {
    let Figures {
        routers,
        constants,
        random,
        mixed,
        oracle,
        ..
    } = figures;
    let best = figures.best().map_or("", |best| &best.name);
    let all = routers
        .iter()
        .chain(constants)
        .chain([random, mixed, oracle]);
    let width = all.clone().map(|one| one.name.chars().count()).max();
    let width = width.unwrap_or_default().max(12);
    let mut text = format!(
        "{:width$}   quality [95 %]           USD [95 %]                        than the best constant, `{best}`\n",
        ""
    );
    for one in all {
        let Figure { quality, cost, .. } = one;
        text.push_str(&format!(
            "{:width$}   {:.4} [{:.4}, {:.4}]  {:>9.6} [{:.6}, {:.6}]  ",
            one.name, quality.is, quality.low, quality.high, cost.is, cost.low, cost.high
        ));
        if one.name == best {
            text.push_str("the best constant");
        } else {
            text.push_str(&against(one));
        }
        if one.calls < figures.calls {
            text.push_str(&format!(" ({} calls only)", one.calls));
        }
        text.push('\n');
    }
    text
}

fn against(one: &Figure) -> String {
    let points = |x: &Between| {
        let (is, low, high) = (100.0 * x.is, 100.0 * x.low, 100.0 * x.high);
        format!("{is:+.1} points [{low:+.1}, {high:+.1}]")
    };
    let share = |x: &Between| {
        let (is, low, high) = (100.0 * x.is, 100.0 * x.low, 100.0 * x.high);
        format!("{is:.1} % less cost [{low:.1}, {high:.1}]")
    };
    format!("{}, {}", points(&one.gained), share(&one.saved))
}
