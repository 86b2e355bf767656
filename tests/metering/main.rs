//! What calls cost: what providers report is read, priced and compared, and no bill is above the bound.

mod bounds;
mod dialects;
#[allow(dead_code)]
#[path = "../way/fake.rs"]
mod fake;
mod golden;
mod images;
mod meter;
mod promises;
mod quarantine;
mod readers;
mod reported;
mod samples;
#[allow(dead_code)]
#[path = "../holes/support.rs"]
mod support;
#[cfg(feature = "tokens")]
mod tokens;
