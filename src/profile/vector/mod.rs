//! Queries as numbers, to be compared.

mod hashed;
mod shape;
#[expect(clippy::module_inception)]
mod vector;
mod words;

pub use self::vector::Vector;
