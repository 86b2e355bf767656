use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, Response, response::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::{
    BodyError,
    cache::answer::{is_plain, kept, streams},
    context,
    observe::Outcome,
};

/// A call of the inner service and then its answer, whatever their types are.
pub(in crate::cache) trait Drive: Send {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step>;
}

/// What a driver comes to.
pub(in crate::cache) enum Step {
    /// An answer begins that others may share.
    Head(Head),
    /// There is none that others may share; what there is is the leader's.
    Failed,
    /// Bytes, and whether they are certainly the last.
    Frame(Bytes, bool),
    End,
    Broken(BodyError),
}

/// What of an answer's head is for all.
#[derive(Debug)]
pub(in crate::cache) struct Head {
    pub(in crate::cache) streams: bool,
    pub(in crate::cache) headers: HeaderMap,
    pub(in crate::cache) outcome: Option<Outcome>,
    /// How many bytes come, where that is known.
    pub(in crate::cache) size: Option<u64>,
}

/// What is the leader's alone: its head, or what there is in place of an answer to share.
pub(in crate::cache) enum Answered<R, E> {
    Head(Box<Parts>),
    Whole(Response<R>),
    Failed(E),
}

/// Where the leader finds it.
pub(in crate::cache) struct Slot<R, E>(Mutex<Option<Answered<R, E>>>);

impl<R, E> Slot<R, E> {
    pub(in crate::cache) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(in crate::cache) fn take(&self) -> Option<Answered<R, E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, answered: Answered<R, E>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answered);
    }
}

pin_project! {
    /// Runs as the leader's, whoever polls it: in its span, and in its context.
    pub(in crate::cache) struct Driver<F, R, E> {
        #[pin]
        stage: Stage<F, R>,
        slot: Arc<Slot<R, E>>,
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
    pub(in crate::cache) fn new(
        future: F,
        slot: Arc<Slot<R, E>>,
        context: context::Context,
    ) -> Self {
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
    E: Send,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step> {
        let this = self.project();
        let (mut stage, slot) = (this.stage, this.slot);
        let _entered = this.span.enter();
        this.context.sync_scope(|| {
            loop {
                match stage.as_mut().project() {
                    StageProj::Calling { future } => {
                        let answered = ready!(future.poll(cx));
                        stage.set(Stage::Over);
                        let response = match answered {
                            Ok(response) => response,
                            Err(error) => {
                                slot.put(Answered::Failed(error));
                                return Poll::Ready(Step::Failed);
                            }
                        };
                        let (parts, body) = response.into_parts();
                        let Some(streams) = streams(&parts.headers).filter(|_| is_plain(&parts))
                        else {
                            slot.put(Answered::Whole(Response::from_parts(parts, body)));
                            return Poll::Ready(Step::Failed);
                        };
                        let head = Head {
                            streams,
                            headers: kept(&parts.headers),
                            outcome: parts.extensions.get::<Outcome>().cloned(),
                            size: body.size_hint().exact(),
                        };
                        slot.put(Answered::Head(Box::new(parts)));
                        stage.set(Stage::Reading { body });
                        return Poll::Ready(Step::Head(head));
                    }
                    StageProj::Reading { mut body } => {
                        let frame = match ready!(body.as_mut().poll_frame(cx)) {
                            Some(Ok(frame)) => frame,
                            Some(Err(error)) => {
                                return Poll::Ready(Step::Broken(BodyError::new(error)));
                            }
                            None => return Poll::Ready(Step::End),
                        };
                        // Trailers are not shared.
                        if let Ok(bytes) = frame.into_data()
                            && !bytes.is_empty()
                        {
                            return Poll::Ready(Step::Frame(bytes, body.is_end_stream()));
                        }
                    }
                    StageProj::Over => return Poll::Ready(Step::End),
                }
            }
        })
    }
}
