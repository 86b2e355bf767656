use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Response, response::Parts};
use http_body::{Body as HttpBody, Frame};

use super::ResponseBody;
use crate::observe::Outcome;

/// The most bytes that are held back of an answer that has not begun. Dispatch counts them by events, and says before
/// that the answer counts as begun: this is for bodies that somebody else has put in between.
const MOST: usize = 64 * 1024;

/// The front of a stream, held back until the answer itself begins.
pub(super) struct Peek<B> {
    parts: Parts,
    body: B,
    outcome: Outcome,
    prelude: VecDeque<Frame<Bytes>>,
    bytes: usize,
    ended: bool,
}

/// What the front of a stream has shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Peeked {
    /// The answer has begun, or is empty and complete.
    Begun,
    /// It failed before it began.
    Failed,
}

impl<B> Peek<B> {
    pub(super) const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Whether something of the answer has come, be it not for the caller's eyes.
    pub(super) fn lives(&self) -> bool {
        self.outcome.is_alive()
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> Peek<B> {
    pub(super) fn new(response: Response<B>, outcome: Outcome) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            parts,
            body,
            outcome,
            prelude: VecDeque::new(),
            bytes: 0,
            ended: false,
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Peeked> {
        loop {
            // Content comes first where both came at once: how bytes fall into chunks must not matter.
            if self.outcome.has_begun() {
                return Poll::Ready(Peeked::Begun);
            }
            if self.outcome.failure().is_some() {
                return Poll::Ready(Peeked::Failed);
            }
            let full = self.bytes > MOST;
            if self.ended || full || self.outcome.get().is_some() {
                return Poll::Ready(Peeked::Begun);
            }
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    self.bytes += frame.data_ref().map_or(0, Bytes::len);
                    self.prelude.push_back(frame);
                }
                Some(Err(_)) => return Poll::Ready(Peeked::Failed),
                None => self.ended = true,
            }
        }
    }

    /// The answer from its front on.
    pub(super) fn into_response(self) -> Response<ResponseBody<B>> {
        let body = ResponseBody::begun(self.prelude, self.body, self.ended);
        Response::from_parts(self.parts, body)
    }
}
