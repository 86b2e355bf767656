//! x
mod body;
pub mod budget;
pub mod catalog;
pub mod classify;
pub mod context;
pub mod dispatch;
pub mod money;
pub mod observe;
pub mod query;
pub mod select;
#[cfg(feature = "sim")]
pub mod sim;
pub mod stack;

pub use self::body::{Body, BodyError};
