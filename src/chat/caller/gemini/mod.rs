mod media;
mod read;
mod response;
mod schema;
mod turns;
mod wire;
mod write;

pub(super) use self::{read::read, write::writer};
