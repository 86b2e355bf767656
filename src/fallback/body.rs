use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{Body, body::RefusedOr};

pin_project! {
    /// The body of an answer: what was held back of it, and then the rest as it comes.
    pub struct ResponseBody<B> {
        prelude: VecDeque<Frame<Bytes>>,
        ended: bool,
        #[pin]
        rest: RefusedOr<B>,
    }
}

impl<B> ResponseBody<B> {
    pub(super) const fn whole(body: B) -> Self {
        Self {
            prelude: VecDeque::new(),
            ended: false,
            rest: RefusedOr::inner(body),
        }
    }

    pub(super) const fn begun(prelude: VecDeque<Frame<Bytes>>, rest: B, ended: bool) -> Self {
        Self {
            prelude,
            ended,
            rest: RefusedOr::inner(rest),
        }
    }

    pub(super) fn refused(response: Response<Body>) -> Response<Self> {
        RefusedOr::refused(response).map(|rest| Self {
            prelude: VecDeque::new(),
            ended: false,
            rest,
        })
    }
}

impl<B: fmt::Debug> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("held_back", &self.prelude.len())
            .field("ended", &self.ended)
            .field("rest", &self.rest)
            .finish()
    }
}

impl<B: HttpBody<Data = Bytes>> HttpBody for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        match this.prelude.pop_front() {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None if *this.ended => Poll::Ready(None),
            None => this.rest.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.prelude.is_empty() && (self.ended || self.rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.prelude.iter().filter_map(Frame::data_ref);
        let held: u64 = held.map(|data| data.len() as u64).sum();
        if self.ended {
            return SizeHint::with_exact(held);
        }
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(held));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}
