//! The ledger in Redis, against a real server: money at any concurrency, faults of every kind, several processes.
//!
//! Needs `redis-server` (apt-get install redis-server). Without it the tests say so and are left out, except where `CI`
//! is set.

mod alerts;
mod amounts;
mod ends;
mod faults;
mod kills;
mod leases;
mod proxy;
mod rates;
mod server;
mod storm;
mod support;
mod windows;
