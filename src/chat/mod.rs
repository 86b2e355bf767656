//! What is said in a chat call, apart from any wire format: the one representation that every translation goes through.
//!
//! A caller's request is read into a [`Request`] by its API and written by a provider's
//! [`Dialect`](crate::dispatch::Dialect); the provider's answer is read into [`Delta`]s by that dialect and written in
//! the caller's API again. Whoever adds a format deals with these types alone, and works with all the others.
//!
//! Everything borrows from the bytes it was read from. JSON whose meaning is nobody's business here (schemas, a tool
//! call's arguments) stays the text it was, so that neither the order of keys nor the form of numbers changes.
//!
//! # Example
//!
//! ```
//! use tower_genai::{
//!     chat::{Content, Request, Role},
//!     query::Api,
//! };
//!
//! # fn main() -> Result<(), tower_genai::query::Refusal> {
//! let body = br#"{"model": "auto", "messages": [{"role": "user", "content": "Hello?"}]}"#;
//! let request = Request::read(Api::OpenAiChat, body)?;
//! assert_eq!(request.messages[0].role, Role::User);
//! assert!(matches!(&request.messages[0].parts[0].content, Content::Text(text) if text == "Hello?"));
//! # Ok(())
//! # }
//! ```
//!
//! # Caveats
//!
//! A [`Query`](crate::query::Query) is what routing and money need to know of a request, and is made of every one. A
//! [`Request`] is read only where a call is translated.

mod caller;
mod debug;
mod delta;
mod finish;
mod format;
pub(crate) mod ids;
pub(crate) mod json;
mod media;
mod message;
mod problem;
mod reasoning;
mod request;
mod sampling;
mod sink;
mod tool;
mod waiting;

pub(crate) use self::{
    caller::{ArrayFraming, Opening, Writer, writer},
    waiting::Waiting,
};
pub use self::{
    delta::{Citation, Delta, Signed},
    finish::{Ended, Finish},
    format::Format,
    media::{Media, Source},
    message::{CacheMark, Content, Message, Part, Role},
    problem::Problem,
    reasoning::{Effort, Reasoning, Thinking},
    request::Request,
    sampling::Sampling,
    sink::Sink,
    tool::{Tool, ToolCall, ToolChoice, ToolResult},
};
