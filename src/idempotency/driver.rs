use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Response, response::Parts};
use http_body::{Body as HttpBody, Frame};
use pin_project_lite::pin_project;
use tracing::Span;

use crate::{BodyError, context, dispatch::Sent};

/// A call of the inner service and then its answer, whatever their types are.
pub(super) trait Drive: Send {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step>;
}

/// What a driver comes to.
pub(super) enum Step {
    /// An answer begins; its body has so many bytes, where that is known. `end` is whether there is no body.
    Head {
        parts: Box<Parts>,
        size: Option<u64>,
        end: bool,
    },
    /// There is an error in place of one, left for who asked; whether the call was certainly not sent.
    Unanswered {
        unsent: bool,
    },
    /// A part of the body: the last of its bytes, and even the end of it all.
    Frame {
        frame: Frame<Bytes>,
        last: bool,
        end: bool,
    },
    End,
    Broken(BodyError),
}

/// Where who asked finds the error.
pub(super) struct Slot<E>(Mutex<Option<E>>);

impl<E> Slot<E> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn take(&self) -> Option<E> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, error: E) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

pin_project! {
    /// Runs in its caller's span and context, whoever polls it.
    pub(super) struct Driver<F, R, E> {
        #[pin]
        stage: Stage<F, R>,
        slot: Arc<Slot<E>>,
        span: Span,
        context: context::Context,
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<F, R> {
        Calling { #[pin] future: F },
        Reading { #[pin] body: R },
        Over,
    }
}

impl<F, R, E> Driver<F, R, E> {
    pub(super) fn new(future: F, slot: Arc<Slot<E>>, context: context::Context) -> Self {
        Self {
            stage: Stage::Calling { future },
            slot,
            span: Span::current(),
            context,
        }
    }
}

impl<F, R, E> Drive for Driver<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>> + Send,
    R: HttpBody<Data = Bytes> + Send,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: Send + 'static,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step> {
        let this = self.project();
        let mut stage = this.stage;
        let _entered = this.span.enter();
        this.context.sync_scope(|| {
            let step = match stage.as_mut().project() {
                StageProj::Calling { future } => match ready!(future.poll(cx)) {
                    Ok(response) => {
                        let (parts, body) = response.into_parts();
                        let (size, end) = (body.size_hint().exact(), body.is_end_stream());
                        stage.set(Stage::Reading { body });
                        let parts = Box::new(parts);
                        return Poll::Ready(Step::Head { parts, size, end });
                    }
                    Err(error) => {
                        let unsent = Sent::of(&error) == Sent::Never;
                        this.slot.put(error);
                        Step::Unanswered { unsent }
                    }
                },
                StageProj::Reading { mut body } => match ready!(body.as_mut().poll_frame(cx)) {
                    Some(Ok(frame)) => {
                        // Who knows the length does not ask for the end.
                        let end = body.is_end_stream();
                        let last = end || body.size_hint().exact() == Some(0);
                        return Poll::Ready(Step::Frame { frame, last, end });
                    }
                    Some(Err(error)) => Step::Broken(BodyError::new(error)),
                    None => Step::End,
                },
                StageProj::Over => Step::End,
            };
            stage.set(Stage::Over);
            Poll::Ready(step)
        })
    }
}
