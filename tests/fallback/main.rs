//! Fallback over providers that fail in every way there is.

mod classes;
mod cuts;
mod drops;
#[allow(dead_code)]
mod fleet;
mod free;
mod hedges;
mod money;
mod order;
mod ready;
mod secrets;
mod sims;
mod storms;
mod support;
mod time;
mod told;
#[allow(dead_code)]
#[path = "../way/watched.rs"]
mod watched;
