//! An answer in the form of Chat Completions: chunks of a stream, or one object.

mod choice;
mod finish;
mod frame;
mod stream;
#[cfg(test)]
mod tests;
mod usage;
mod whole;

use self::{stream::Stream, whole::Whole};
use crate::chat::{Opening, Writer};

/// What writes an answer.
pub(in crate::chat) fn writer(opening: Opening) -> Box<dyn Writer> {
    if opening.stream {
        Box::new(Stream::new(opening))
    } else {
        Box::new(Whole::new(opening))
    }
}
