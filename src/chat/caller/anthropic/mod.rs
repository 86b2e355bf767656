//! Anthropic's Messages, as its callers know them.

mod arguments;
mod head;
mod read;
mod stream;
mod waiting;
mod whole;
mod write;

pub(super) use self::{read::read, write::writer};
