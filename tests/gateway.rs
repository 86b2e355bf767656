//! The gateway from outside: its configuration, and the example's server over real sockets with hostile callers and
//! providers.

#[path = "gateway/answers.rs"]
mod answers;
#[path = "../examples/gateway/args.rs"]
mod args;
#[path = "gateway/args.rs"]
mod args_read;
#[path = "gateway/cached.rs"]
mod cached;
#[path = "../examples/gateway/client.rs"]
mod client;
#[path = "gateway/config.rs"]
mod config;
#[path = "gateway/decisions.rs"]
mod decisions;
#[path = "gateway/heads.rs"]
mod heads;
#[path = "gateway/keys.rs"]
mod keys;
#[path = "gateway/ledgers.rs"]
mod ledgers;
#[path = "redis_ledger/server.rs"]
#[allow(dead_code)]
mod redis_server;
#[path = "gateway/refusals.rs"]
mod refusals;
#[path = "../examples/gateway/server.rs"]
mod server;
#[path = "gateway/support.rs"]
mod support;
#[path = "gateway/tenants.rs"]
mod tenants;
