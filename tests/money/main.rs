//! Money.

mod found;
mod ledgers;
mod machine;
mod model;
mod rig;
#[allow(dead_code)]
#[path = "../redis_ledger/server.rs"]
mod server;
mod times;
