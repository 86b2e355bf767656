//! The ledger against the providers' bills.

use std::collections::HashMap;

use tower_genai::{
    observe::Ending,
    sim::{BillLine, Server},
};

use super::{answer::Answers, caller::Caller, house::House, question, watch::Noted};

/// Holds attempt by attempt what was settled against what was billed: exactly for answers that ended, never less for
/// others and at most their bound. Then tenant by tenant, and in all.
pub(crate) async fn reckon(
    callers: &[Caller],
    answers: &Answers,
    house: &House,
    wrong: &mut Vec<String>,
) {
    let bills: Vec<_> = house.sims.iter().map(by_call).collect();
    for caller in callers {
        let tenant = caller.tenant();
        let noted = house.watch.of(&tenant);
        // A package that tries again by itself has seen a failure.
        if noted.len() != caller.numbers.len() {
            let calls = caller.numbers.len();
            wrong.push(format!("{tenant}: {} decided, {calls} asked", noted.len()));
            continue;
        }
        let mut charged = (0, 0);
        for (noted, number) in noted.iter().zip(caller.numbers.clone()) {
            for (sim, bill) in house.sims.iter().zip(&bills) {
                let lines = bill.get(&number).map_or(&[][..], Vec::as_slice);
                match attempts(noted, sim, lines) {
                    Ok((least, most)) => charged = (charged.0 + least, charged.1 + most),
                    Err(why) => {
                        let story = noted.story(&house.watch);
                        wrong.push(format!("call {number} at {}: {why}; {story}", sim.name()));
                    }
                }
            }
            if let Err(why) = usage(answers, noted, &bills, number) {
                wrong.push(format!("call {number}: {why}"));
            }
        }
        let spent = house.spent(&tenant);
        if spent < charged.0 || spent > charged.1 {
            wrong.push(format!(
                "{tenant} has spent {spent}, its attempts cost {charged:?}"
            ));
        }
    }
    let seen = house.snapshot().await;
    let (billed, spent) = (house.billed(), house.spent_by_all());
    if spent < billed {
        wrong.push(format!("{spent} are spent, {billed} are billed"));
    }
    let tenants: u64 = callers.iter().map(|one| house.spent(&one.tenant())).sum();
    if tenants != spent {
        wrong.push(format!("tenants have spent {tenants} of {spent}"));
    }
    if (seen.holds.len(), seen.bound_exceeded) != (0, 0) {
        let (holds, exceeded) = (seen.holds.len(), seen.bound_exceeded);
        wrong.push(format!("{holds} holds are open, {exceeded} were exceeded"));
    }
    let (decided, astray) = house.watch.decided();
    let asked: usize = callers.iter().map(|caller| caller.numbers.len()).sum();
    if (decided, astray) != (asked, 0) {
        wrong.push(format!(
            "{decided} of {asked} were decided, {astray} are astray"
        ));
    }
}

/// A provider's lines, by the numbers of the questions.
fn by_call(sim: &Server) -> HashMap<usize, Vec<BillLine>> {
    let calls = sim.calls();
    let numbers = calls
        .iter()
        .filter_map(|call| Some((call.call, question::asked(&call.body)?)));
    let numbers: HashMap<u64, usize> = numbers.collect();
    let mut lines: HashMap<usize, Vec<BillLine>> = HashMap::new();
    for line in sim.bill().lines() {
        let number = numbers.get(&line.call).copied().unwrap_or(usize::MAX);
        lines.entry(number).or_default().push(line.clone());
    }
    lines
}

/// What a call's attempts at one provider were charged at least and at most, in billionths of a USD.
fn attempts(noted: &Noted, sim: &Server, lines: &[BillLine]) -> Result<(u64, u64), String> {
    let candidates = noted.decision.candidates.iter();
    let mut own = candidates.filter(|one| one.candidate.model().name() == sim.name());
    let bound = own.next().and_then(|one| one.bound.bound());
    let bound = bound.ok_or("no bound is known")?.nanos();
    let outcomes = noted.outcomes.iter();
    let outcomes: Vec<_> = outcomes
        .filter(|outcome| outcome.provider().name() == sim.name())
        .collect();
    // A provider has a line for each attempt that it has seen. One without any answer has no outcome: it is charged its
    // bound, if it was not merely slower than another one of the call.
    let unanswered = lines.len().saturating_sub(outcomes.len());
    let falls = noted.falls.iter();
    let fallen = falls.filter(|fall| fall.sent && fall.provider == sim.name());
    let fallen = fallen.count().min(unanswered);
    let mut lines: Vec<_> = lines.iter().collect();
    let mut charges = vec![bound; unanswered];
    let mut exact = 0;
    for outcome in outcomes {
        let finished = outcome.get().ok_or("an attempt has no end")?;
        let cost = finished.cost.ok_or("an attempt has no cost")?.nanos();
        // Who goes on with an answer gets that as well, so its bound is higher; the ledger knows it.
        if cost > bound && !noted.broke_amid() {
            return Err(format!("{cost} are above the bound of {bound}"));
        }
        if finished.ending != Ending::Complete {
            charges.push(cost);
            continue;
        }
        let same = |line: &&BillLine| !line.cut && line.nano_usd == cost;
        let Some(at) = lines.iter().position(same) else {
            return Err(format!("{cost} are on no bill: {lines:?}"));
        };
        lines.swap_remove(at);
        exact += cost;
    }
    charges.sort_unstable_by(|a, b| b.cmp(a));
    let mut owed: Vec<_> = lines.iter().map(|line| line.nano_usd).collect();
    owed.sort_unstable_by(|a, b| b.cmp(a));
    let mut pairs = owed.iter().zip(&charges);
    if owed.len() > charges.len() || pairs.any(|(owed, charge)| owed > charge) {
        return Err(format!(
            "{charges:?} are charged for attempts that failed, {owed:?} are billed"
        ));
    }
    let most = exact + charges.iter().sum::<u64>();
    let slower = u64::try_from(unanswered - fallen).unwrap_or(u64::MAX);
    Ok((most - slower * bound, most))
}

/// What the caller was told to have used stands on the bill: of an answer that was gone on with, that of the attempt that
/// ended it at least, and of all at most.
fn usage(
    answers: &Answers,
    noted: &Noted,
    bills: &[HashMap<usize, Vec<BillLine>>],
    number: usize,
) -> Result<(), String> {
    // What is wrong with an answer that is none was told before.
    let Some(answer) = answers.of(number).and_then(|told| told.answer.as_ref()) else {
        return Ok(());
    };
    let lines = bills.iter().filter_map(|bill| bill.get(&number)).flatten();
    let lines: Vec<_> = lines.collect();
    let of = |line: &BillLine| (line.prompt_tokens, line.completion_tokens);
    let sum = |all: (u64, u64), one: &&BillLine| (all.0 + of(one).0, all.1 + of(one).1);
    let most = lines.iter().fold((0, 0), sum);
    let told = answer.usage;
    let stands = |line: &&&BillLine| {
        let (prompt, completion) = of(line);
        let within = told.0 >= prompt && told.1 >= completion && told.0 <= most.0;
        // What of a cut answer was on its way may stand on no bill.
        let fits = noted.was_resumed() && within;
        !line.cut && (fits || told == (prompt, completion))
    };
    if lines.iter().any(|line| stands(&line)) {
        return Ok(());
    }
    Err(format!("{told:?} tokens stand on no bill: {lines:?}"))
}
