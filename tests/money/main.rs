//! Money.

#[allow(dead_code)]
#[path = "../way/fake.rs"]
mod fake;
#[allow(dead_code)]
#[path = "../fallback/fleet.rs"]
mod fleet;
mod found;
mod greedy;
mod ledgers;
mod machine;
mod model;
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
