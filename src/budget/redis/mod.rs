//! The ledger in Redis.

mod answer;
mod facts;
mod fault;
mod keys;
mod ledger;
mod link;
mod operating;
mod reserving;
mod rules;
mod script;
mod seen;
mod settling;
mod shared;
mod state;
mod status;
mod worker;
mod zones;

use self::{
    answer::Answer, fault::Fault, keys::Keys, link::Link, rules::Rules, script::Programs,
    seen::Seen, shared::Shared, state::State, zones::Zones,
};
pub use self::{ledger::RedisLedger, status::RedisStatus};
