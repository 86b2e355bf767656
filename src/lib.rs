//! x
pub mod query;
#[cfg(feature = "sim")]
pub mod sim;
