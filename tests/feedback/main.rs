//! Scores of answers: over real sockets through the gateway, what calls show by themselves, and how much one tenant can
//! teach.

mod bounds;
#[path = "../../examples/gateway/client.rs"]
mod client;
mod config;
mod http;
#[path = "../profile_store/support.rs"]
#[allow(dead_code, reason = "the stores' tests need more of it")]
mod profiles;
#[path = "../redis_ledger/server.rs"]
#[allow(dead_code, reason = "the ledger's tests need more of it")]
mod redis_server;
#[path = "../../examples/gateway/server.rs"]
mod server;
mod signals;
mod stats;
#[path = "../gateway/support.rs"]
#[allow(dead_code, reason = "the gateway's tests need more of it")]
mod support;
