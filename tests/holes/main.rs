//! Holes that were found once and are closed: each test makes sure of one promise that a call was able to break. Those that
//! are ignored are open still, and fail.

mod access;
mod accounts;
mod again;
mod astray;
mod context;
mod cut;
mod doubted;
#[allow(dead_code)]
#[path = "../way/fake.rs"]
mod fake;
mod forged;
mod imported;
mod keys;
mod line;
mod models;
mod money;
mod passing;
mod rates;
mod ready;
mod refusals;
mod retries;
mod settings;
mod shape;
mod sharing;
mod support;
mod telling;
mod unread;
mod unsaid;
