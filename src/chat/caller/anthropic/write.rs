use super::{stream::Events, whole::Message};
use crate::chat::{Opening, Writer};

/// What writes an answer as Anthropic's Messages: its events, or the message in one piece.
///
/// A message has one choice: what is said of another is nobody's here. Arguments of a call that are no JSON object
/// cannot stand where the form has one; they are given as the object `{"_raw": "…"}`, as their text.
pub(in crate::chat) fn writer(opening: Opening) -> Box<dyn Writer> {
    match opening.stream {
        true => Box::new(Events::new(opening)),
        false => Box::new(Message::new(opening)),
    }
}
