use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::Uri;
use prost::Message;
use serde::Serialize;
use serde_json::Value;

use super::{Code, Method, Status, method};
use crate::query::{Refusal, RefusalKind};

/// A method of a gRPC service of one's own, whose calls a stack answers: [`GrpcLayer::method`](super::GrpcLayer::method).
///
/// Its messages are told as what `generateContent` has, and every layer, dialect and budget of the stack does the rest.
pub trait Rpc: Send + Sync + 'static {
    /// The message of a call.
    type Request: Message + Default;
    /// The message of an answer, or of each piece of a stream.
    type Answer: Message;

    /// `/package.Service/Method`.
    fn path(&self) -> &str;

    /// Whether an answer is a stream of messages. Default: it is one.
    fn streams(&self) -> bool {
        false
    }

    /// What a call asks.
    ///
    /// # Errors
    /// When it asks nothing that can be asked here. Its caller gets the refusal as a status.
    fn ask(&self, request: Self::Request) -> Result<Asked, Refusal>;

    /// The message for an answer: the JSON of a `GenerateContentResponse`, be it the whole one or a piece of a stream.
    ///
    /// # Errors
    /// When it is none that the message can say. Its caller gets the refusal as a status, and the answer ends there.
    fn answer(&self, answer: Value) -> Result<Self::Answer, Refusal>;
}

/// What a call asks, of whom: the JSON of a `GenerateContentRequest`.
#[derive(Clone)]
pub struct Asked {
    model: String,
    request: Vec<u8>,
}

impl Asked {
    /// `request` of `model`: a name of the catalog, an alias, `auto`.
    ///
    /// # Errors
    /// When `request` cannot be written as JSON.
    pub fn new(model: impl Into<String>, request: &impl Serialize) -> Result<Self, Refusal> {
        let request = serde_json::to_vec(request).map_err(|error| {
            let why = format!("what is asked cannot be written: {error}");
            Refusal::new(RefusalKind::Malformed, why)
        })?;
        let model = model.into();
        Ok(Self { model, request })
    }

    /// One question in words.
    pub fn text(model: impl Into<String>, text: &str) -> Self {
        let request = serde_json::json!({
            "contents": [{ "role": "user", "parts": [{ "text": text }] }],
        });
        Self {
            model: model.into(),
            request: request.to_string().into_bytes(),
        }
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("model", &self.model)
            .field("request", &self.request.len())
            .finish()
    }
}

/// A method that is served: one of Google's, or one of the app's own.
#[derive(Clone)]
pub(super) enum Served {
    Google(&'static Method),
    Own(Arc<dyn Own>),
}

impl Served {
    pub(super) fn streams(&self) -> bool {
        match self {
            Self::Google(method) => method.streams,
            Self::Own(own) => own.streams(),
        }
    }

    /// A request's message as JSON, and where it goes over HTTP.
    pub(super) fn request_to_json(&self, message: Bytes) -> Result<(Uri, Vec<u8>), Status> {
        match self {
            Self::Google(method) => method.request_to_json(message),
            Self::Own(own) => own.ask(message),
        }
    }

    /// An answer's JSON as its message.
    pub(super) fn answer_to_message(&self, json: &[u8]) -> Result<Vec<u8>, Status> {
        match self {
            Self::Google(method) => method.answer_to_message(json),
            Self::Own(own) => own.answer(json),
        }
    }
}

/// An [`Rpc`] without its messages' types.
pub(super) trait Own: Send + Sync {
    fn path(&self) -> &str;
    fn streams(&self) -> bool;
    fn ask(&self, message: Bytes) -> Result<(Uri, Vec<u8>), Status>;
    fn answer(&self, json: &[u8]) -> Result<Vec<u8>, Status>;
}

impl<R: Rpc> Own for R {
    fn path(&self) -> &str {
        Rpc::path(self)
    }

    fn streams(&self) -> bool {
        Rpc::streams(self)
    }

    fn ask(&self, message: Bytes) -> Result<(Uri, Vec<u8>), Status> {
        let request = R::Request::decode(message).map_err(|error| {
            let why = format!("the message cannot be read: {error}");
            Status::new(Code::InvalidArgument, why)
        })?;
        let asked = Rpc::ask(self, request).map_err(Status::from)?;
        let verb = match Rpc::streams(self) {
            true => method::STREAM,
            false => method::GENERATE,
        };
        Ok((method::uri(&asked.model, verb)?, asked.request))
    }

    fn answer(&self, json: &[u8]) -> Result<Vec<u8>, Status> {
        let answer = serde_json::from_slice(json)
            .map_err(|_| Status::new(Code::Internal, "the answer cannot be read"))?;
        let message = Rpc::answer(self, answer).map_err(Status::from)?;
        Ok(message.encode_to_vec())
    }
}
