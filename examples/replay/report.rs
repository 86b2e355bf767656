use std::collections::BTreeMap;

use serde::Serialize;
use tower_genai::money::Usd;

use crate::estimate::{Between, Estimate};

/// A policy and what it would have scored and cost.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) told: Told,
    pub(crate) estimate: Estimate,
    /// In how many decisions the policy had nobody, and what was chosen stands for it.
    pub(crate) without: usize,
}

/// Whose figures these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// What was decided.
    Logged,
    /// What is asked for.
    Replayed,
    Constant,
}

#[derive(Serialize)]
pub(crate) struct Json<'a> {
    decisions: usize,
    scored: usize,
    unanswered: usize,
    logged: RowJson<'a>,
    replayed: RowJson<'a>,
    constants: BTreeMap<&'a str, RowJson<'a>>,
}

/// `low` and `high` are the bounds of the quality.
#[derive(Serialize)]
struct RowJson<'a> {
    policy: &'a str,
    /// Whether the log can tell.
    tells: bool,
    why_not: Option<String>,
    quality: f64,
    low: f64,
    high: f64,
    cost_usd: Usd,
    cost_low_usd: Usd,
    cost_high_usd: Usd,
    costs: CostsJson,
    unsupported: f64,
    effective: f64,
    without: usize,
}

/// How many costs are known how.
#[derive(Serialize)]
struct CostsJson {
    exact: usize,
    by_usage: usize,
    by_guess: usize,
    unknown: usize,
}

impl<'a> Json<'a> {
    /// The row of what was decided comes first, and that of the replayed policy second.
    pub(crate) fn new(rows: &'a [Row], unanswered: usize) -> Option<Self> {
        let (logged, replayed) = (rows.first()?, rows.get(1)?);
        Some(Self {
            decisions: logged.estimate.decisions,
            scored: logged.estimate.scored,
            unanswered,
            logged: RowJson::new(logged),
            replayed: RowJson::new(replayed),
            constants: rows[2..]
                .iter()
                .map(|row| (&*row.name, RowJson::new(row)))
                .collect(),
        })
    }
}

impl<'a> RowJson<'a> {
    fn new(row: &'a Row) -> Self {
        let estimate = &row.estimate;
        let count = estimate.decisions as f64;
        let [exact, by_usage, by_guess] = estimate.costs;
        let why_not = estimate.untold();
        Self {
            policy: &row.name,
            tells: why_not.is_none(),
            why_not,
            quality: rounded(estimate.quality.is),
            low: rounded(estimate.quality.low),
            high: rounded(estimate.quality.high),
            cost_usd: usd(estimate.cost.is * count),
            cost_low_usd: usd(estimate.cost.low * count),
            cost_high_usd: usd(estimate.cost.high * count),
            costs: CostsJson {
                exact,
                by_usage,
                by_guess,
                unknown: estimate.decisions - exact - by_usage - by_guess,
            },
            unsupported: rounded(estimate.unsupported),
            effective: rounded(estimate.effective),
            without: row.without,
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

/// As text.
pub(crate) fn table(rows: &[Row], unanswered: usize) -> String {
    let Some(logged) = rows.first() else {
        return String::new();
    };
    let decisions = logged.estimate.decisions;
    let mut text = format!(
        "{decisions} decisions, {} with a score; {unanswered} more were refused, or not answered in whole\n\n",
        logged.estimate.scored
    );
    let width = rows.iter().map(|row| row.name.chars().count()).max();
    let width = width.unwrap_or_default();
    text.push_str(&format!(
        "{:width$}   quality [95 %]           USD [95 %]                        against the log\n",
        ""
    ));
    let count = decisions as f64;
    for row in rows {
        let Between { is, low, high } = row.estimate.cost;
        let (cost, low, high) = (is * count, low * count, high * count);
        let quality = row.estimate.quality;
        text.push_str(&format!(
            "{:width$}   {:.4} [{:.4}, {:.4}]  {cost:>9.6} [{low:.6}, {high:.6}]",
            row.name, quality.is, quality.low, quality.high
        ));
        let paid = logged.estimate.cost.is;
        if row.told != Told::Logged && paid > 0.0 {
            let (points, saved) = (quality.is - logged.estimate.quality.is, 1.0 - is / paid);
            let (points, saved) = (100.0 * points, 100.0 * saved);
            text.push_str(&format!("  {points:+.1} points, {saved:.1} % less cost"));
        }
        if row.estimate.untold().is_some() {
            text.push_str("  (cannot tell)");
        }
        text.push('\n');
    }
    if let Some(replayed) = rows.get(1) {
        text.push_str(&words(replayed));
    }
    text
}

fn words(row: &Row) -> String {
    let estimate = &row.estimate;
    let name = &row.name;
    let mut text = match estimate.untold() {
        Some(why) => format!(
            "\nThe log cannot tell how good the answers of `{name}` would have been: {why}.\n"
        ),
        None => format!(
            "\nThe evidence on `{name}` is worth {:.0} decisions of its own; in {:.1} % it chose what had no chance.\n",
            estimate.effective,
            100.0 * estimate.unsupported
        ),
    };
    let [exact, by_usage, by_guess] = estimate.costs;
    text.push_str(&format!(
        "Costs: {exact} as paid or used, {by_usage} as if the answer were as long as the one given, {by_guess} in \
         proportion to the guesses, {} unknown.\n",
        estimate.decisions - exact - by_usage - by_guess
    ));
    if row.without > 0 {
        text.push_str(&format!(
            "In {} decisions nobody that it may choose could answer: there it counts as what was chosen.\n",
            row.without
        ));
    }
    text
}
