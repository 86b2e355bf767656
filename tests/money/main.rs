//! Money: each scenario and each promise by its name, on all three ledgers where it is about a ledger.
//!
//! `b01_memory`, `b01_file`, `b01_redis` and so on are one scenario on three ledgers; those of Redis need `redis-server`
//! (apt-get install redis-server), and are left out without it except where `CI` is set.
//!
//! # Scenarios
//!
//! | | what | where |
//! |---|---|---|
//! | B1 | ten thousand at once, of which 137 fit | `ledgers::b01`; through a stack `money_at_scale.rs` |
//! | B2 | random costs and ends in nested scopes | `ledgers::b02`; through a stack `money_at_scale.rs` |
//! | B3 | dropped at any poll, at providers of all kinds | `stacks::b03`; `way/cancel.rs`, `fallback/drops.rs` |
//! | B4 | one of several processes is killed | `redis_ledger/storm.rs`: `two_processes_are_one_ledger`, `redis_ledger/windows.rs`: `expired_holds_are_spent_and_late_ends_correct_them` |
//! | B5 | the only process is killed, at any write | `src/budget/file/tests/crash.rs`, `file_ledger/kill.rs` |
//! | B6 | faults of Redis | `redis_ledger/faults.rs`, all of it; R14 below |
//! | B7 | ends that come twice | `ledgers::b07`, [`machine`] |
//! | B8 | retries, candidates, two plans at once | `stacks::b08`; `fallback/money.rs`. There is no hedging |
//! | B9 | streams across the end of a window | `times::b09` |
//! | B10 | clocks that jump, processes that differ | `times::b10`; `redis_ledger/windows.rs`, `file_ledger/restart.rs` |
//! | B11 | whatever providers report | `stacks::b11`; `metering/promises.rs`: `b11_…` |
//! | B12 | rounding | `metering/promises.rs`: `b12_…` |
//! | B13 | the ends of the scale, and of doubles | `ledgers::b13`; `metering/promises.rs`: `b13_…`, `redis_ledger/amounts.rs` |
//! | B14 | limits that change under open holds | `ledgers::b14`, [`machine`] |
//! | B15 | first calls of an unknown key | `ledgers::b15` |
//! | B16 | hits, followers, leaders that leave | `stacks::b16`; `cache/flights.rs`, `cache/leaving.rs` |
//! | B17 | golden invoices | `metering/golden.rs`, `metering/images.rs`, `metering/dialects.rs` |
//! | B18 | evading the meter | `stacks::b18`; `hostile.rs` |
//! | B19 | denial by reservation | `ledgers::b19`, without a share of the parent: a budget has none |
//! | B20 | a soak | `ledgers::b20`: 100 000 calls in memory, 10 000 else |
//! | B21 | refunds | `ledgers::b21`, [`machine`] |
//!
//! # Promises, and the tests that fail without them
//!
//! | | promise | tests |
//! |---|---|---|
//! | R1 | no sum above a limit, at any concurrency | `b01`, `b02`, `two_hundred_on_a_limit_of_five`; loom: `tests/loom` |
//! | R2 | nor by retries and drops | `b03`, `b08` |
//! | R3 | nor by a process that is killed | `file_ledger/kill.rs`, `src/budget/file/tests/crash.rs`, `redis_ledger/storm.rs`, `redis_ledger/faults.rs` |
//! | R4 | at rest nothing is held, and the ledger is the bill | the end of every scenario here; `b01`, `b02`, `b03`, `b20` |
//! | R5 | a hold ends once | `b07`, [`machine`], [`watch`] in all stacks |
//! | R6 | a bound is one, or the price is quarantined | `b11`; `metering/quarantine.rs`, `metering/bounds.rs` |
//! | R7 | all scopes or none | `b02`, `b19`; `budget/concurrency.rs`: `a_refusal_is_never_seen_by_a_neighbour` |
//! | R8 | what was sent is not free | `b03`, `two_hundred_on_a_limit_of_five`, `a_stream_without_usage` |
//! | R9 | a stream settles in the window that it began in | `b09`, [`machine`] |
//! | R10 | whole numbers, rounded up once, never wrapped | `b13`; `metering/promises.rs`: `b12_…`, `b13_…` |
//! | R11 | what has no price or bound is not sent under a hard budget | `b18`, `an_unlisted_model`; `metering/images.rs` |
//! | R12 | what is priced is what is sent | `r12_what_is_priced_is_what_is_sent`, `b18`; `hostile.rs` |
//! | R13 | a caller's own limit of output is not lowered | `r13_an_explicit_limit_is_never_lowered` |
//! | R14 | a ledger that is away: by policy, seen, in time | `r14_…`; of a disk `src/budget/file/tests/fault.rs`, of Redis `redis_ledger/faults.rs` |

#[allow(dead_code)]
#[path = "../way/fake.rs"]
mod fake;
mod faults;
#[allow(dead_code)]
#[path = "../fallback/fleet.rs"]
mod fleet;
mod found;
mod greedy;
mod ledgers;
mod machine;
mod model;
mod promises;
#[allow(dead_code)]
#[path = "../redis_ledger/proxy.rs"]
mod proxy;
mod rig;
#[allow(dead_code)]
#[path = "../redis_ledger/server.rs"]
mod server;
mod stacks;
#[allow(dead_code)]
#[path = "../fallback/support.rs"]
mod support;
mod times;
mod watch;
#[allow(dead_code)]
#[path = "../way/watched.rs"]
mod watched;
