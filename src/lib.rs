//! x
pub mod catalog;
pub mod money;
pub mod query;
