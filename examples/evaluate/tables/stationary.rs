use super::{
    data::Data,
    prior::Prior,
    run::{Order, Run, Spec, each},
    score::{Beside, Score},
    stats::Seeds,
};
use crate::{BURN_IN, args::TableArgs};

/// Of how many calls the score is told; `None` where the catalog alone decides.
pub(crate) const SHARES: [Option<f64>; 5] = [Some(1.0), Some(0.2), Some(0.05), Some(0.0), None];
pub(crate) const PRIORS: [Prior; 4] =
    [Prior::Flat, Prior::Ranks, Prior::ByTask, Prior::ByKnownTask];
pub(crate) const STRETCHES: [&str; 3] = ["all", "A", "B"];

/// Calls in any order, and all of the best constant's quality asked for.
pub(crate) fn print(data: &Data, args: &TableArgs) -> Result<(), String> {
    println!(
        "## No quality given up: against the best constant in hindsight, from call 1 001 on\n"
    );
    println!("{}", head("calls"));
    let stretches = data.stretches();
    for prior in PRIORS {
        for (calls, name) in stretches.iter().zip(STRETCHES) {
            let spec = |feedback| Spec {
                data,
                prior,
                feedback,
                quality: 1.0,
                order: Order::Any(calls),
            };
            let specs = SHARES.map(spec);
            let seen = each(&specs, args.seeds, args.threads, See::new)?;
            for (share, seen) in SHARES.iter().zip(&seen) {
                row(prior, name, &fed(*share), seen, |see| see.router);
            }
            // The same in each row, since orders and draws are.
            if let Some(seen) = seen.first() {
                row(prior, name, "its constant", seen, |see| see.constant);
                if prior == Prior::Flat {
                    row(prior, name, "length only", seen, |see| see.length);
                    row(prior, name, "random", seen, |see| see.random);
                    row(prior, name, "oracle", seen, |see| see.oracle);
                }
            }
        }
    }
    Ok(())
}

/// The quality asked for is a share of the best constant's.
pub(crate) fn relative(data: &Data, args: &TableArgs) -> Result<(), String> {
    const SHARE: f64 = 0.95;
    println!("\n## 95 % of the quality asked for\n");
    println!(
        "| prior | score told of | relative quality % | USD saved % | than mixing at its cost, points |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let [all, ..] = data.stretches();
    for prior in [Prior::Flat, Prior::ByTask] {
        let spec = |feedback| Spec {
            data,
            prior,
            feedback,
            quality: SHARE,
            order: Order::Any(&all),
        };
        let specs = SHARES.map(spec);
        let seen = each(&specs, args.seeds, args.threads, |run| {
            run.score(run.stretch(BURN_IN, usize::MAX))
        })?;
        for (share, seen) in SHARES.iter().zip(&seen) {
            println!(
                "| {} | {} | {} | {} | {} |",
                prior.name(),
                fed(*share),
                Seeds::of(seen, |score| score.relative).percent(),
                Seeds::of(seen, |score| score.cut).percent(),
                Seeds::of(seen, |score| score.over_mixed).points()
            );
        }
    }
    Ok(())
}

struct See {
    router: Score,
    constant: Score,
    length: Score,
    random: Score,
    oracle: Score,
}

impl See {
    fn new(run: &Run<'_>) -> Self {
        let stretch = run.stretch(BURN_IN, usize::MAX);
        let beside = Beside::new(run.stream, stretch);
        Self {
            router: run.score(stretch),
            constant: beside.constant(run.constant_of_prior()),
            length: run.by_length(BURN_IN),
            random: run.random(stretch),
            oracle: run.oracle(stretch),
        }
    }
}

pub(crate) fn fed(share: Option<f64>) -> String {
    match share {
        Some(share) => format!("{} %", 100.0 * share),
        None => "static".to_owned(),
    }
}

fn head(first: &str) -> String {
    format!(
        "| prior | {first} | score told of | quality, points | USD saved % | than mixing at its cost, points |\n\
         | --- | --- | --- | --- | --- | --- |"
    )
}

fn row<T>(prior: Prior, stretch: &str, what: &str, seen: &[T], score: impl Fn(&T) -> Score) {
    println!(
        "| {} | {stretch} | {what} | {} | {} | {} |",
        prior.name(),
        Seeds::of(seen, |one| score(one).gained).points(),
        Seeds::of(seen, |one| score(one).cut).percent(),
        Seeds::of(seen, |one| score(one).over_mixed).points()
    );
}
