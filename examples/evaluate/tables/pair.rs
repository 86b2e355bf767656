use super::{
    data::{Data, PAIR},
    prior::Prior,
    run::{Order, Run, Spec, each},
    score::Score,
    stationary::fed,
    stats::Seeds,
};
use crate::{BURN_IN, args::TableArgs};

/// A weak and a strong model on one kind of task: what text alone gives where tasks do not differ.
pub(crate) fn print(args: &TableArgs) -> Result<(), String> {
    let data = &Data::load(&args.dir, "routellm.jsonl", PAIR)?;
    println!("\n## Two models on one set of questions, from call 1 001 on\n");
    println!(
        "| prior | quality asked for | score told of | quality, points | USD saved % | share to the strong % | gap recovered % |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let [.., half] = data.stretches();
    for prior in [Prior::Flat, Prior::ByTask] {
        for quality in [1.0, 0.95] {
            let shares = [Some(1.0), Some(0.2), Some(0.0), None];
            let spec = |feedback| Spec {
                data,
                prior,
                feedback,
                quality,
                order: Order::Any(&half),
            };
            let specs = shares.map(spec);
            let seen = each(&specs, args.seeds, args.threads, See::new)?;
            for (share, seen) in shares.iter().zip(&seen) {
                println!(
                    "| {} | {quality} | {} | {} | {} | {} | {} |",
                    prior.name(),
                    fed(*share),
                    Seeds::of(seen, |see| see.score.gained).points(),
                    Seeds::of(seen, |see| see.score.cut).percent(),
                    Seeds::of(seen, |see| see.strong).percent(),
                    Seeds::of(seen, |see| see.recovered).percent()
                );
            }
        }
    }
    Ok(())
}

struct See {
    score: Score,
    /// The share of calls that went to the dear model; by chance it would recover as much of the gap.
    strong: f64,
    recovered: f64,
}

impl See {
    fn new(run: &Run<'_>) -> Self {
        let stretch = run.stretch(BURN_IN, usize::MAX);
        let weak = |one: &&crate::play::Played| one.chosen == 0;
        let strong = stretch.len() - stretch.iter().filter(weak).count();
        let beside = super::score::Beside::new(run.stream, stretch);
        let gap = beside.constant(0).gained;
        let score = run.score(stretch);
        Self {
            score,
            strong: strong as f64 / stretch.len().max(1) as f64,
            recovered: 1.0 - score.gained / gap,
        }
    }
}
