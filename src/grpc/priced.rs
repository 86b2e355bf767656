use std::{borrow::Cow, fmt, marker::PhantomData};

use http::request::Parts;
use prost::Message;

use super::Frames;
use crate::{
    charge::{PerCall, Tariff, Toll},
    query::{Refusal, RefusalKind, api},
};

/// A message of a gRPC method that says what its call costs. The message may have no more than the fields that are read
/// here: prost skips the others.
pub trait Priced: Message + Default {
    /// The model that is asked, by the id that its provider knows it by.
    fn model(&self) -> &str;

    /// How many calls it counts as: the size of a batch, say. Default: one.
    fn calls(&self) -> u64 {
        1
    }
}

/// A [`Tariff`] for one gRPC method, whose calls have one message each: this says what they cost. Calls of other methods
/// cost nothing; one of this method that does not say that it is gRPC, by one `content-type`, is refused.
pub struct PerMessage<M> {
    path: Cow<'static, str>,
    prices: PerCall,
    most: usize,
    message: PhantomData<fn() -> M>,
}

impl<M> PerMessage<M> {
    /// For the method `/package.Service/Method`.
    pub fn new(path: impl Into<Cow<'static, str>>, prices: PerCall) -> Self {
        Self {
            path: path.into(),
            prices,
            most: 64 << 20,
            message: PhantomData,
        }
    }

    /// Sets how many bytes a message may have. Default: 64 MiB.
    #[must_use]
    pub const fn most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    pub(super) const fn prices(&self) -> &PerCall {
        &self.prices
    }

    /// By its path alone: servers of gRPC do not all look at the type.
    fn is_called(&self, head: &Parts) -> bool {
        head.uri.path() == self.path
    }
}

impl<M: Priced> Tariff for PerMessage<M> {
    fn toll(&self, head: &Parts, body: &[u8]) -> Result<Option<Toll>, Refusal> {
        if !self.is_called(head) {
            return Ok(None);
        }
        if !api::is_grpc(&head.headers) {
            let why = "a call of this method has one `content-type`, `application/grpc`";
            return Err(Refusal::new(RefusalKind::Malformed, why));
        }
        let mut frames = Frames::new(self.most);
        frames.push(body);
        let message = match (frames.next().map_err(Refusal::from)?, frames.is_cut()) {
            (Some(message), false) => message,
            _ => {
                let why = "there must be one message";
                return Err(Refusal::new(RefusalKind::Malformed, why));
            }
        };
        let message = M::decode(message).map_err(|error| {
            let why = format!("the message cannot be read: {error}");
            Refusal::new(RefusalKind::Malformed, why)
        })?;
        self.prices.toll(message.model(), message.calls()).map(Some)
    }

    fn reads(&self, head: &Parts) -> usize {
        match self.is_called(head) && api::is_grpc(&head.headers) {
            true => self.most.saturating_add(super::frames::HEAD),
            false => 0,
        }
    }
}

impl<M> Clone for PerMessage<M> {
    fn clone(&self) -> Self {
        Self {
            path: self.path.clone(),
            prices: self.prices.clone(),
            most: self.most,
            message: PhantomData,
        }
    }
}

impl<M> fmt::Debug for PerMessage<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerMessage")
            .field("path", &self.path)
            .field("prices", &self.prices)
            .field("most", &self.most)
            .finish()
    }
}
