//! Processes that are killed in the middle of calls: nothing that a provider billed is forgotten.

use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tower_genai::{
    budget::{Budget, CutRule, FileLedger, Hold, Scope, Window},
    money::Usd,
};

use super::support::{Place, label, nanos};

const CHILD: &str = "FILE_LEDGER_CHILD";
/// Of the organisation, in nano-dollars: enough that most rounds spend, little enough that it is reached.
const LIMIT: u64 = 30_000;
const WORKERS: u64 = 16;

fn scopes(ledger: &std::sync::Arc<FileLedger>) -> [Scope; 2] {
    let org = Budget::new("org")
        .limit(nanos(LIMIT), Window::Total)
        .ledger(ledger.clone());
    let team = Budget::new("team")
        .limit(nanos(LIMIT), Window::Month)
        .within(&org);
    [org.scope(), team.scope()]
}

/// Writes a line that a kill does not take back: one write, and the kernel has it.
fn note(path: &Path, line: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// What the killed process does: calls of a provider that keeps its own bill, each under a hold.
async fn calls(path: PathBuf, seed: u64) {
    let ledger = std::sync::Arc::new(FileLedger::open(&path).unwrap());
    let bill = path.with_extension("bill");
    println!("open");
    std::io::stdout().flush().unwrap();
    let workers = (0..WORKERS).map(|worker| {
        let (scopes, bill) = (scopes(&ledger), bill.clone());
        tokio::spawn(async move {
            let mut chance = fastrand::Rng::with_seed(seed ^ worker);
            loop {
                let bound = chance.u64(1..60);
                std::io::stdout().write_all(b".").unwrap();
                std::io::stdout().flush().unwrap();
                let Ok(mut hold) = Hold::open(&scopes, nanos(bound), label(), CutRule::Bound).await
                else {
                    tokio::task::yield_now().await;
                    continue;
                };
                if chance.u8(..10) == 0 {
                    hold.release();
                    continue;
                }
                hold.sent();
                let cost = chance.u64(0..=bound);
                note(&bill, &format!("{} {bound} {cost}\n", hold.id()));
                tokio::task::yield_now().await;
                match chance.u8(..4) {
                    0 => drop(hold),
                    _ => hold.settle(nanos(cost)),
                }
            }
        })
    });
    futures::future::join_all(workers).await;
}

/// Not a test by itself: what the killed process runs.
#[test]
fn child() {
    let Ok(line) = std::env::var(CHILD) else {
        return;
    };
    let (seed, path) = line.split_once(' ').unwrap();
    let (seed, path) = (seed.parse().unwrap(), PathBuf::from(path));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(calls(path, seed));
}

fn spawn(path: &Path, seed: u64) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(CHILD, format!("{seed} {}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Until it has opened the ledger, or has failed to.
    let mut said = Vec::new();
    let stdout = child.stdout.as_mut().unwrap();
    while !said.ends_with(b"open\n") {
        let mut byte = [0];
        match stdout.read(&mut byte) {
            Ok(1) => said.push(byte[0]),
            _ => panic!(
                "the child did not open the ledger: {}",
                String::from_utf8_lossy(&said)
            ),
        }
    }
    child
}

/// Holds that were sent: their bounds and costs, by the provider's own bill.
fn bill(path: &Path) -> HashMap<String, (u64, u64)> {
    let lines = fs::read_to_string(path.with_extension("bill")).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let id = words.next()?.to_owned();
        Some((
            id,
            (words.next()?.parse().ok()?, words.next()?.parse().ok()?),
        ))
    };
    let rows: Vec<_> = lines
        .lines()
        .map(|text| line(text).expect("a whole line"))
        .collect();
    let count = rows.len();
    let bill: HashMap<_, _> = rows.into_iter().collect();
    assert_eq!(bill.len(), count, "a hold was billed twice");
    bill
}

#[test]
fn what_is_billed_is_in_the_ledger_after_every_kill() {
    let kills = if std::env::var_os("CI_LONG").is_some() {
        100
    } else {
        10
    };
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut place = Place::new();
    let (mut calls, mut expired_in_all, mut full) = (0, 0, 0);
    for kill in 0..kills {
        let mut child = spawn(&place.0, chance.u64(..));
        // After so many calls have begun, wherever the others are by then.
        let mut begun = vec![0; chance.usize(..1_500)];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut begun)
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let options = FileLedger::options().doubtful_kept(100_000);
        let ledger = options.open(&place.0).unwrap();
        let snapshot = ledger.snapshot();
        let bill = bill(&place.0);
        let billed: u64 = bill.values().map(|(_, cost)| cost).sum();
        let what = format!("SEED={seed}, kill {kill}");
        assert!(snapshot.holds.is_empty(), "{what}");
        let Some(account) = snapshot.account("org") else {
            assert!(bill.is_empty(), "{what}");
            continue;
        };
        let spent = account.windows[0].spent;
        assert!(
            spent >= nanos(billed),
            "{what}: {spent} in the ledger, {billed} nano-dollars billed"
        );
        assert!(spent <= nanos(LIMIT), "{what}: {spent}");
        // Every hold once: what is more than billed stands in the list of doubts, hold by hold.
        let mut doubts = HashMap::new();
        let mut more = Usd::ZERO;
        for doubt in &snapshot.doubtful {
            let id = doubt.id.to_string();
            let cost = bill.get(&id).map_or(0, |(bound, cost)| {
                assert_eq!(doubt.bound, nanos(*bound), "{what}");
                *cost
            });
            assert!(doubts.insert(id, doubt).is_none(), "{what}: listed twice");
            more = more
                .checked_add(doubt.charged.checked_sub(nanos(cost)).unwrap())
                .unwrap();
        }
        assert_eq!(spent.checked_sub(nanos(billed)), Some(more), "{what}");
        let expired = snapshot
            .doubtful
            .iter()
            .filter(|doubt| doubt.expired)
            .count();
        expired_in_all += expired;
        calls += bill.len();
        // Enough was spent: on with a new ledger.
        if spent.nanos() > LIMIT * 9 / 10 {
            full += 1;
            drop(ledger);
            let _ = fs::remove_file(place.0.with_extension("bill"));
            place = Place::new();
        }
    }
    let _ = fs::remove_file(place.0.with_extension("bill"));
    println!(
        "{kills} kills, {calls} bills read, {expired_in_all} holds of the dead, {full} full ledgers"
    );
    assert!(calls > 0 && expired_in_all > 0);
}
