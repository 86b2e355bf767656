//! Readers of callers' requests: one pass over the bytes, a typed head, everything else kept where it lies.

mod fields;
mod messages;
mod openai_chat;
mod weigh;

pub(super) use self::openai_chat::read as openai_chat;
