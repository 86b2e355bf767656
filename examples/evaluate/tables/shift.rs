use super::{
    data::Data,
    prior::Prior,
    run::{Order, Run, Spec, each},
    score::{Beside, Score},
    stationary::fed,
    stats::Seeds,
};
use crate::{BURN_IN, args::TableArgs};

const SHARES: [Option<f64>; 5] = [Some(1.0), Some(0.2), Some(0.05), Some(0.0), None];

/// Five data sets first, then the other four.
pub(crate) fn print(data: &Data, args: &TableArgs) -> Result<(), String> {
    println!(
        "\n## Other tasks from the middle on: against the best constant of each stretch, quality in points and USD saved %\n"
    );
    println!("| prior | score told of | before, from 1 001 | 0-200 after | 200-500 | 500-end |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for prior in [Prior::Flat, Prior::ByTask] {
        let spec = |feedback| Spec {
            data,
            prior,
            feedback,
            quality: 1.0,
            order: Order::Shifting,
        };
        let specs = SHARES.map(spec);
        let seen = each(&specs, args.seeds, args.threads, See::new)?;
        for (share, seen) in SHARES.iter().zip(&seen) {
            row(prior, &fed(*share), seen, |see| &see.router);
        }
        if let Some(seen) = seen.first() {
            row(prior, "its constant", seen, |see| &see.constant);
            row(prior, "the constant that was best before", seen, |see| {
                &see.before
            });
        }
    }
    Ok(())
}

/// Of each stretch.
struct See {
    router: [Score; 4],
    constant: [Score; 4],
    before: [Score; 4],
}

impl See {
    fn new(run: &Run<'_>) -> Self {
        let at = run.before;
        let stretches = [
            run.stretch(BURN_IN.min(at), at),
            run.stretch(at, at + 200),
            run.stretch(at + 200, at + 500),
            run.stretch(at + 500, usize::MAX),
        ];
        let of_prior = run.constant_of_prior();
        let before = Beside::new(run.stream, run.stretch(0, at)).best();
        Self {
            router: stretches.map(|stretch| run.score(stretch)),
            constant: stretches.map(|one| Beside::new(run.stream, one).constant(of_prior)),
            before: stretches.map(|one| Beside::new(run.stream, one).constant(before)),
        }
    }
}

fn row(prior: Prior, what: &str, seen: &[See], scores: impl Fn(&See) -> &[Score; 4]) {
    let cell = |at: usize| {
        let gained = Seeds::of(seen, |see| scores(see)[at].gained).points();
        let cut = Seeds::of(seen, |see| scores(see)[at].cut).mean();
        format!("{gained}, {:.0}", 100.0 * cut)
    };
    let cells: Vec<String> = (0..4).map(cell).collect();
    println!("| {} | {what} | {} |", prior.name(), cells.join(" | "));
}
