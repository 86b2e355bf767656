//! Callers of three vendors' APIs over providers of three dialects: what is sent says what was asked, what is answered
//! says what was told.
//!
//! Everything here goes through the public API, and reads both sides with readers of its own (`asked`, `told`), which
//! know nothing of the crate's. Vendors' schemas and recorded answers are used where they are: see [`reference`].

mod asked;
mod chunks;
mod corpus;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../way/fake.rs"]
mod fake;
mod faults;
mod golden;
mod hostile;
mod recorded;
mod reference;
mod resume;
mod schema;
mod secrets;
mod told;
mod way;
