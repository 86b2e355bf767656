mod array;
mod choice;
mod media;
mod number;
mod part;
mod read;
mod response;
mod schema;
mod sources;
mod turns;
mod usage;
mod wire;
mod write;

pub(crate) use self::array::ArrayFraming;
pub(super) use self::{read::read, write::writer};

#[cfg(test)]
mod tests;
