use std::{
    collections::HashMap,
    env, fs,
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;
use tower_genai::budget::{Budget, CutRule, End, HoldId, Ledger, RedisLedger, Scope, Window};

use super::{
    server::Server,
    support::{assert_at_rest, nanos, open, snapshot},
};

const CHILD: &str = "TOWER_GENAI_REDIS_CHILD";
const LEASE: Duration = Duration::from_secs(1);
/// What is left for each kill, of each of the scopes.
const LIMITS: [u64; 2] = [14_000, 8_000];

fn scopes(ledger: &Arc<RedisLedger>, kills: u64) -> [Scope; 2] {
    let [org, team] = LIMITS.map(|limit| nanos(limit * kills));
    let org = Budget::new("org")
        .limit(org, Window::Total)
        .ledger(ledger.clone());
    let team = Budget::new("team").limit(team, Window::Total).within(&org);
    [org.scope(), team.scope()]
}

fn ledger(url: &str) -> Arc<RedisLedger> {
    let ledger = RedisLedger::new(url)
        .unwrap()
        .lease(LEASE)
        .doubtful_kept(100_000);
    Arc::new(ledger.deadline(Duration::from_secs(2)))
}

/// One of the processes that are killed; nothing where no parent has started it.
#[tokio::test]
async fn child() {
    let Ok(orders) = env::var(CHILD) else {
        return;
    };
    let mut orders = orders.split('\n');
    let mut next = || orders.next().unwrap();
    let (url, file, seed, kills) = (next(), next(), next(), next());
    let scopes = scopes(&ledger(url), kills.parse().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let (scopes, file) = (scopes.clone(), file.to_owned());
        let mut random = fastrand::Rng::with_seed(seed.parse::<u64>().unwrap() ^ task);
        tasks.spawn(async move {
            loop {
                let way = if random.bool() {
                    &scopes[..]
                } else {
                    &scopes[..1]
                };
                let bound = random.u64(1..400);
                let Ok(mut hold) = open(way, nanos(bound), CutRule::Bound).await else {
                    sleep(Duration::from_millis(2)).await;
                    continue;
                };
                if random.u32(..10) == 0 {
                    continue;
                }
                hold.sent();
                sleep(Duration::from_micros(random.u64(..3_000))).await;
                // The provider, which bills whatever becomes of its caller.
                let cost = random.u64(..=bound);
                let line = format!("{} {cost} {}\n", hold.id(), way.len());
                let mut bill = fs::OpenOptions::new().append(true).open(&file).unwrap();
                bill.write_all(line.as_bytes()).unwrap();
                sleep(Duration::from_micros(random.u64(..3_000))).await;
                hold.settle(nanos(cost));
            }
        });
    }
    tasks.join_all().await;
}

fn start(server: &Server, file: &Path, seed: u64, kills: u64) -> Child {
    let orders = format!("{}\n{}\n{seed}\n{kills}", server.url(), file.display());
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "kills::child", "--nocapture"])
        .env(CHILD, orders)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the provider has billed: by hold, the cost and how many scopes it was of.
fn bills(file: &Path) -> HashMap<HoldId, (u64, usize)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| {
        let mut words = line.split(' ');
        let id = u128::from_str_radix(words.next().unwrap(), 16).unwrap();
        let cost = words.next().unwrap().parse().unwrap();
        let scopes = words.next().unwrap().parse().unwrap();
        (HoldId::from_u128(id), (cost, scopes))
    });
    let count = text.lines().count();
    let bills: HashMap<_, _> = lines.collect();
    assert_eq!(bills.len(), count, "billed once");
    bills
}

/// Four processes, killed at any point: what is billed is never more than what the ledger says, nor that more than the
/// limit; every hold is resolved, once.
#[tokio::test]
async fn killed_processes_leave_nothing_open_and_nothing_unpaid() {
    let Some(server) = Server::start().await else {
        return;
    };
    let kills = if env::var_os("CI_LONG").is_some() {
        100
    } else {
        10
    };
    let seed = env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let file = env::temp_dir().join(format!("tower-genai-bill-{}-{seed}", std::process::id()));
    fs::write(&file, "").unwrap();
    let mut children: Vec<_> = (0..4)
        .map(|_| start(&server, &file, random.u64(..), kills))
        .collect();
    for _ in 0..kills {
        sleep(Duration::from_millis(random.u64(30..200))).await;
        let victim = random.usize(..children.len());
        children[victim].kill().unwrap();
        children[victim].wait().unwrap();
        children[victim] = start(&server, &file, random.u64(..), kills);
    }
    sleep(Duration::from_millis(100)).await;
    for mut child in children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ledger = ledger(&server.url());
    let at_the_end = ledger.snapshot().await.unwrap();
    sleep(LEASE + Duration::from_millis(50)).await;
    let seen = snapshot(&*ledger).await;
    assert_at_rest(&seen);
    let bills = bills(&file);
    let expired: HashMap<_, _> = seen
        .doubtful
        .iter()
        .map(|charge| (charge.id, charge))
        .collect();
    assert_eq!(
        expired.len(),
        seen.doubtful.len(),
        "each one is listed once"
    );
    assert!(seen.doubtful.iter().all(|charge| charge.expired));
    for (scope, (name, limit)) in [("org", LIMITS[0] * kills), ("team", LIMITS[1] * kills)]
        .into_iter()
        .enumerate()
    {
        let spent = seen.account(name).unwrap().windows[0].spent;
        let of = |scopes: usize| scopes > scope;
        let billed: u64 = bills.values().filter(|b| of(b.1)).map(|b| b.0).sum();
        let settled: u64 = bills
            .iter()
            .filter(|(id, bill)| of(bill.1) && !expired.contains_key(id))
            .map(|(_, bill)| bill.0)
            .sum();
        let left: u64 = expired
            .values()
            .filter(|charge| of(charge.accounts.len()))
            .map(|charge| charge.charged.nanos())
            .sum();
        println!(
            "{name}: billed {billed}, ledger {spent:?}, {left} of it by expired holds, limit {limit}"
        );
        assert!(
            nanos(billed) <= spent && spent <= nanos(limit),
            "{billed} {spent:?}"
        );
        assert_eq!(spent, nanos(settled + left), "each hold is resolved once");
    }
    println!(
        "{} bills, {} holds open at the end, {} expired",
        bills.len(),
        at_the_end.holds.len(),
        expired.len()
    );
    assert!(bills.len() > 100 && !expired.is_empty());
    // Ends that come late after all correct it, once.
    for _ in 0..2 {
        for id in expired.keys() {
            let cost = bills.get(id).map_or(0, |bill| bill.0);
            ledger.settle(*id, End::Metered(nanos(cost)).into());
        }
    }
    let seen = snapshot(&*ledger).await;
    let billed: u64 = bills.values().map(|bill| bill.0).sum();
    assert_eq!(seen.account("org").unwrap().windows[0].spent, nanos(billed));
    assert!(seen.doubtful.is_empty());
    assert_eq!(seen.bound_exceeded, 0);
    let _ = fs::remove_file(&file);
}
