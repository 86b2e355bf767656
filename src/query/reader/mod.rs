//! Readers of callers' requests: one pass over the bytes, a typed head, everything else kept where it lies.

mod dimensions;
mod draft;
mod fields;
mod image_url;
mod messages;
mod modalities;
mod openai_chat;
mod tools;
mod weigh;

pub(super) use self::openai_chat::{read as openai_chat, texts as openai_chat_texts};
