use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::resume::{Resume, Resumed};
use crate::{Body, body::RefusedOr};

pin_project! {
    /// The body of an answer: what was held back of it, and then the rest as it comes.
    pub struct ResponseBody<B> {
        prelude: VecDeque<Frame<Bytes>>,
        ended: bool,
        #[pin]
        rest: RefusedOr<B>,
        resume: Option<Box<Resuming<B>>>,
    }
}

impl<B> ResponseBody<B> {
    pub(super) const fn whole(body: B) -> Self {
        Self {
            prelude: VecDeque::new(),
            ended: false,
            rest: RefusedOr::inner(body),
            resume: None,
        }
    }

    pub(super) const fn begun(prelude: VecDeque<Frame<Bytes>>, rest: B, ended: bool) -> Self {
        Self {
            prelude,
            ended,
            rest: RefusedOr::inner(rest),
            resume: None,
        }
    }

    /// With somebody who stands by, should it break off.
    pub(super) fn resumable(mut self, resume: Resume<B>) -> Self {
        self.resume = Some(Box::new(Resuming::Standby(resume)));
        self
    }

    pub(super) fn refused(response: Response<Body>) -> Response<Self> {
        RefusedOr::refused(response).map(|rest| Self {
            prelude: VecDeque::new(),
            ended: false,
            rest,
            resume: None,
        })
    }
}

/// How far an answer is that can be gone on with.
enum Resuming<B> {
    /// It is passed on.
    Standby(Resume<B>),
    /// It has broken off; somebody is looked for who goes on.
    Looking(Resume<B>),
    /// Nobody does. The caller was told, and has time to see it.
    Told,
    Over,
}

impl<B> Resuming<B> {
    fn look(&mut self) {
        if let Self::Standby(resume) = std::mem::replace(self, Self::Over) {
            *self = Self::Looking(resume);
        }
    }

    fn stand_by(&mut self) {
        if let Self::Looking(resume) = std::mem::replace(self, Self::Over) {
            *self = Self::Standby(resume);
        }
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
        let mut this = self.project();
        match this.prelude.pop_front() {
            Some(frame) => return Poll::Ready(Some(Ok(frame))),
            None if *this.ended => return Poll::Ready(None),
            None => {}
        }
        let Some(resuming) = this.resume.as_deref_mut() else {
            return this.rest.poll_frame(cx);
        };
        loop {
            match resuming {
                Resuming::Standby(resume) => match ready!(this.rest.as_mut().poll_frame(cx)) {
                    Some(Err(_)) if resume.is_needed() => resuming.look(),
                    frame => return Poll::Ready(frame),
                },
                Resuming::Looking(resume) => match ready!(resume.poll(cx)) {
                    Resumed::By(body) => {
                        this.rest.set(RefusedOr::inner(body));
                        resuming.stand_by();
                    }
                    Resumed::Nobody(told) => {
                        *resuming = Resuming::Told;
                        if let Some(told) = told {
                            return Poll::Ready(Some(Ok(Frame::data(told))));
                        }
                    }
                },
                Resuming::Told => {
                    // A server that is given an error drops what it has not written yet.
                    *resuming = Resuming::Over;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                // The error of the one that broke off, again.
                Resuming::Over => return this.rest.poll_frame(cx),
            }
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
