//! What is learned outlasts the process, and is shared between processes: a file under kills and damage, and a real Redis.
//!
//! The part on Redis needs `redis-server` (apt-get install redis-server). Without it those tests say so and are left out,
//! except where `CI` is set.

mod file;
mod kills;
#[path = "../redis_ledger/proxy.rs"]
#[allow(dead_code, reason = "the ledger's tests need more of it")]
mod proxy;
mod redis;
#[path = "../redis_ledger/server.rs"]
#[allow(dead_code, reason = "the ledger's tests need more of it")]
mod server;
mod support;
