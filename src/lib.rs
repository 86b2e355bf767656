//! x
pub mod classify;
pub mod query;
