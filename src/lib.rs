//! x
mod body;
pub mod budget;
pub mod context;
pub mod dispatch;
pub mod money;
pub mod query;

pub use self::body::{Body, BodyError};
