//! The tables of the card.

use anyhow::Result;

use crate::{crossed::Crossed, data::Asked};

mod calibration;
mod hard;
mod held_out;
mod trained_on;

/// Prints everything.
pub(crate) fn all(
    asked: &[Asked],
    crossed: &Crossed,
    temperature: f32,
    bytes: Vec<u8>,
) -> Result<()> {
    println!("temperature {temperature}");
    trained_on::print(asked, crossed, temperature);
    held_out::print(bytes.clone())?;
    hard::print(asked);
    crate::suffix::print(bytes)?;
    Ok(())
}
