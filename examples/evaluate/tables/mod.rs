//! The tables of all settings on open data: order and prior are drawn anew for each seed.

mod data;
mod pair;
mod prior;
mod run;
mod score;
mod shift;
mod stationary;
mod stats;

use tokio::time::Instant;

use self::data::{Data, NINE};
use crate::args::TableArgs;

/// Prints one.
type Table<'a> = dyn Fn() -> Result<(), String> + 'a;

pub(crate) fn print(args: &TableArgs) -> Result<(), String> {
    let begun = Instant::now();
    let data = Data::load(&args.dir, "ulab.jsonl", NINE)?;
    println!(
        "{} calls, nine models; {} seeds, each another order and another draw of the prior. Of each number the mean, \
         a 95 % interval over the seeds (which share the calls: others like them add about 2 points of quality, on a \
         half 3.5), and the least and the most.\n\
         Priors are the file's own means, off by chance: flat by .05, per task by .10.\n",
        data.told.calls.len(),
        args.seeds
    );
    let tables: [(&str, &Table<'_>); 4] = [
        ("stationary", &|| stationary::print(&data, args)),
        ("relative", &|| stationary::relative(&data, args)),
        ("shift", &|| shift::print(&data, args)),
        ("pair", &|| pair::print(args)),
    ];
    for (name, table) in tables {
        if args.only.as_ref().is_none_or(|only| only == name) {
            table()?;
            eprintln!(
                "evaluate: {name} after {:.0} s",
                begun.elapsed().as_secs_f64()
            );
        }
    }
    Ok(())
}
