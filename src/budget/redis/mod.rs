//! The ledger that several processes share, in Redis; see [`RedisLedger`].
//!
//! A script does each step, so that it is done whole or not at all, in one round trip: `lua/` has them. Everything that is
//! asked and ended goes through one thread of the ledger's own: `reserving` asks until there is an answer or the time is
//! over, `settling` tells ends until they are through. `state` is what this process knows.

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
