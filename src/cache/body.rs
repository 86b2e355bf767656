use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{
    flight::{Next, Reader},
    served::Served,
};
use crate::{
    BodyError,
    observe::{Ending, FinishReasons},
    query::Api,
};

pin_project! {
    /// The body of an answer: the inner service's, one that was kept, or one that several callers share.
    ///
    /// Dropping it leaves the answer to those who share it; when nobody is left, the inner service's body is dropped.
    pub struct ResponseBody<R> {
        #[pin]
        kind: Kind<R>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<R> {
        Inner { #[pin] body: R },
        Kept { bytes: Option<Bytes> },
        Shared { reader: Reader, served: Option<Served>, api: Api },
    }
}

impl<R> ResponseBody<R> {
    pub(super) const fn inner(body: R) -> Self {
        Self {
            kind: Kind::Inner { body },
        }
    }

    pub(super) fn kept(bytes: Bytes) -> Self {
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        Self {
            kind: Kind::Kept { bytes },
        }
    }

    /// `served` for one that follows.
    pub(super) const fn shared(reader: Reader, served: Option<Served>, api: Api) -> Self {
        Self {
            kind: Kind::Shared {
                reader,
                served,
                api,
            },
        }
    }
}

impl<R> HttpBody for ResponseBody<R>
where
    R: HttpBody<Data = Bytes>,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.project().kind.project() {
            KindProj::Inner { body } => body.poll_frame(cx).map_err(BodyError::new),
            KindProj::Kept { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
            KindProj::Shared {
                reader,
                served,
                api,
            } => Poll::Ready(match ready!(reader.poll_next(cx, *api)) {
                Next::Frame(bytes) => Some(Ok(Frame::data(bytes))),
                Next::End => {
                    finish(reader, served, Ending::Complete);
                    None
                }
                Next::Broken(error) => {
                    finish(reader, served, Ending::Cut);
                    Some(Err(error))
                }
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Kept { bytes } => bytes.is_none(),
            Kind::Shared { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Kept { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Shared { reader, .. } => reader
                .left()
                .map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

/// One that follows has had its answer, or what there was of it.
fn finish(reader: &Reader, served: &mut Option<Served>, ending: Ending) {
    if let Some(mut served) = served.take() {
        let reasons = reader
            .entry()
            .map_or(FinishReasons::NONE, |entry| entry.finish_reasons);
        served.end(ending, reasons);
    }
}

impl<R> fmt::Debug for ResponseBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Inner { .. } => "inner",
            Kind::Kept { .. } => "kept",
            Kind::Shared { .. } => "shared",
        };
        f.debug_tuple("ResponseBody").field(&kind).finish()
    }
}
