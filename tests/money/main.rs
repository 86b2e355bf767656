//! Money.

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
