//! x
pub mod budget;
pub mod context;
pub mod money;
pub mod query;
