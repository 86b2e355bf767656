use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::Query;
use crate::Body;

/// A request's body once it has been read: the caller's bytes and the [`Query`] that they ask.
///
/// Only [`ClassifyLayer`](crate::classify::ClassifyLayer) makes one, so an inner layer that has it knows that the
/// query was read, once.
#[derive(Debug)]
pub struct QueryBody {
    query: Arc<Query>,
    content: Content,
    /// When all of it was here.
    here: Instant,
}

#[derive(Debug)]
enum Content {
    /// What was read: bytes that every attempt can send again.
    Read(Bytes),
    /// What no reader understands: it passes once, untouched.
    Untouched(Body),
}

impl QueryBody {
    pub(crate) fn read(query: Query, bytes: Bytes, here: Instant) -> Self {
        Self {
            query: Arc::new(query),
            content: Content::Read(bytes),
            here,
        }
    }

    pub(crate) fn untouched(query: Query, body: Body) -> Self {
        Self {
            query: Arc::new(query),
            content: Content::Untouched(body),
            here: Instant::now(),
        }
    }
}

mod sealed {
    use bytes::Bytes;

    use super::{Instant, Query, QueryBody};

    pub trait Sealed: Sized {
        /// A body of this crate's own making.
        fn made(query: Query, bytes: Bytes) -> Self;

        /// When all of it was here.
        fn here(&self) -> Instant;
    }

    impl Sealed for QueryBody {
        fn made(query: Query, bytes: Bytes) -> Self {
            Self::read(query, bytes, Instant::now())
        }

        fn here(&self) -> Instant {
            self.here
        }
    }
}

/// A request body that carries a read query. Sealed: made by [`ClassifyLayer`](crate::classify::ClassifyLayer) alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` carries no query: this layer needs a request that has been read",
    label = "put `ClassifyLayer` outside this layer, in the same `ServiceBuilder`",
    note = "layers that change the request's body belong outside `ClassifyLayer`"
)]
pub trait Classified: sealed::Sealed {
    /// What is asked.
    fn query(&self) -> &Arc<Query>;

    /// The bytes that were read; `None` for a body that passes untouched.
    fn bytes(&self) -> Option<&Bytes>;

    /// The body to send on, as it came.
    fn into_body(self) -> Body;

    /// The same body once more, for another attempt; `None` for one that passes untouched.
    fn again(&self) -> Option<Self>
    where
        Self: Sized;
}

impl Classified for QueryBody {
    fn query(&self) -> &Arc<Query> {
        &self.query
    }

    fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Read(bytes) => Some(bytes),
            Content::Untouched(_) => None,
        }
    }

    fn into_body(self) -> Body {
        match self.content {
            Content::Read(bytes) => Body::from(bytes),
            Content::Untouched(body) => body,
        }
    }

    fn again(&self) -> Option<Self> {
        let bytes = self.bytes()?.clone();
        Some(Self {
            query: Arc::clone(&self.query),
            content: Content::Read(bytes),
            here: self.here,
        })
    }
}
