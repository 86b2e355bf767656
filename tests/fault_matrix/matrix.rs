//! All cases at once, each with providers of its own.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;
use tower_genai::sim::Dialect;

use crate::{
    caller::Got,
    cell::{Cell, DIALECTS, When},
    faults::FAULTS,
    rig::Rig,
    stated::{Cost, Stated},
    table::Table,
};

/// How many cases run at a time.
const AT_ONCE: usize = 24;
/// What no case takes.
const LONGEST: Duration = Duration::from_secs(60);

/// Every caller over its own dialect and over one that is translated; who is well speaks yet another.
fn cells() -> Vec<Cell> {
    let next = |dialect: Dialect, by: usize| {
        let at = DIALECTS.iter().position(|one| *one == dialect).unwrap();
        DIALECTS[(at + by) % DIALECTS.len()]
    };
    let mut cells = Vec::new();
    for fault in FAULTS {
        for caller in DIALECTS {
            for first in [caller, next(caller, 1)] {
                for (streamed, when) in [
                    (false, When::Before),
                    (false, When::After),
                    (true, When::Before),
                    (true, When::After),
                ] {
                    let cell = Cell {
                        fault,
                        caller,
                        first,
                        second: next(first, 1),
                        streamed,
                        when,
                        grpc: false,
                    };
                    cells.push(cell);
                    if fault.grpc && first == Dialect::Gemini {
                        cells.push(Cell { grpc: true, ..cell });
                    }
                }
            }
        }
    }
    cells
}

/// What is wrong with a case, if anything.
async fn run(cell: Cell) -> Result<(), String> {
    let stated = (cell.fault.stated)(&cell);
    let rig = Rig::new(&cell).await;
    let asked = async { (rig.ask(&cell).await, rig.spent().await) };
    let Ok((got, spent)) = tokio::time::timeout(LONGEST, asked).await else {
        return Err("it never ends".to_owned());
    };
    told(&cell, stated, &got)?;
    let (first, second) = (
        rig.ill.bill().total_nano_usd(),
        rig.well.bill().total_nano_usd(),
    );
    let asked_second = rig.well.calls().len();
    if asked_second != usize::from(matches!(stated, Stated::Unseen | Stated::Hedged)) {
        return Err(format!("the second was asked {asked_second} times"));
    }
    let ended = rig.ended.lock().unwrap();
    let settled: u64 = ended.iter().map(|one| one.nanos).sum();
    if settled != spent {
        return Err(format!("spent {spent}, and settled {ended:?}"));
    }
    for one in &*ended {
        let bill = if one.model == "m0" { first } else { second };
        // Of a failure that has said what was used that counts, and a sim says it and does not charge for it.
        let exact = one.exact && one.sent.is_none();
        if one.nanos < bill || exact && one.nanos != bill {
            return Err(format!("billed {bill}, settled {one:?}"));
        }
    }
    let known = stated != Stated::Broken && cell.fault.cost == Cost::Known;
    if known && spent != first + second {
        return Err(format!("billed {first} and {second}, spent {spent}"));
    }
    let sent = ended.first().map(|one| one.sent);
    if stated == Stated::Unseen && sent != Some(Some(!cell.fault.never_seen)) {
        return Err(format!("whether it was sent: {ended:?}"));
    }
    Ok(())
}

/// Whether the caller is told what is stated.
fn told(cell: &Cell, stated: Stated, got: &Got) -> Result<(), String> {
    let whole = || got.is_whole(cell.caller, cell.streamed, !cell.fault.unmarked);
    let well = match stated {
        Stated::Unseen | Stated::Hedged => whole() && got.is_from("m1") && !got.is_from("m0"),
        Stated::Passes => whole() && got.is_from("m0") && !got.is_from("m1"),
        Stated::Broken => {
            got.status == 200
                && got.broken
                && got.is_from("m0")
                && !got.is_from("m1")
                && got.is_error(cell.caller)
                && (cell.fault.unmarked || !got.claims_an_end(cell.caller))
        }
        // A prompt that was blocked is an answer in itself.
        Stated::Told(200) => got.status == 200 && !got.broken && !got.is_from("m1"),
        Stated::Told(status) => got.status == status && got.is_error(cell.caller),
        Stated::Not(_) => true,
    };
    match well {
        true => Ok(()),
        false => Err(format!("the caller got {got:?}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_stated_of_every_fault_comes_true() {
    let begun = Instant::now();
    let mut table = Table::default();
    let mut runs = Vec::new();
    for cell in cells() {
        let stated = (cell.fault.stated)(&cell);
        table.state(&cell, stated);
        if !matches!(stated, Stated::Not(_)) {
            runs.push(cell);
        }
    }
    let count = runs.len();
    let runs = futures::stream::iter(runs);
    let runs = runs.map(|cell| async move { (cell, tokio::spawn(run(cell)).await.unwrap()) });
    let results: Vec<_> = runs.buffer_unordered(AT_ONCE).collect().await;
    let wrong = results.iter().filter_map(|(cell, result)| {
        let why = result.as_ref().err()?;
        let why: String = why.chars().take(1_500).collect();
        Some(format!("{cell}: {why}"))
    });
    let wrong: Vec<String> = wrong.collect();
    println!(
        "{table}\n{count} cases in {:.1} s",
        begun.elapsed().as_secs_f32()
    );
    assert!(
        wrong.is_empty(),
        "{} of {count} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// No caller sees a failure before its answer has begun while somebody is well, but one that is its own to mend or that
/// policy keeps.
#[test]
fn nothing_that_another_can_mend_is_told() {
    for cell in cells().iter().filter(|cell| cell.when == When::Before) {
        match (cell.fault.stated)(cell) {
            Stated::Unseen | Stated::Hedged | Stated::Passes | Stated::Not(_) => {}
            Stated::Told(_) => {
                let theirs = ["400", "413", "422", "prompt blocked"];
                assert!(theirs.contains(&cell.fault.name), "{cell}");
            }
            Stated::Broken => panic!("{cell}"),
        }
    }
}
