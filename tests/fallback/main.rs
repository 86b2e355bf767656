//! Fallback over providers that fail in every way there is.

mod classes;
#[allow(dead_code)]
mod fleet;
mod sims;
mod support;
#[allow(dead_code)]
#[path = "../way/watched.rs"]
mod watched;
