mod read;
mod write;

pub(super) use self::{read::read, write::writer};
