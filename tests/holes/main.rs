//! Holes that were found once and are closed: each test makes sure of one promise that a call was able to break.

mod access;
mod cut;
#[allow(dead_code)]
#[path = "../way/fake.rs"]
mod fake;
mod keys;
mod money;
mod ready;
mod refusals;
mod shape;
mod support;
