//! LiteLLM's list: one object, a key for each model, prices in dollars per unit.

mod key;
mod member;
mod name;
mod reader;

pub use self::reader::LiteLlm;
