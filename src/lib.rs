//! x
pub mod query;
