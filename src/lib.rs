//! x
pub mod money;
pub mod query;
