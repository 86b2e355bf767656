//! x
pub mod dispatch;
pub mod query;
