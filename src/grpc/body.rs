use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Code, Status, frames::framed, rpc::Served};
use crate::dispatch::sse::Reader;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// Response body of [`Grpc`](super::Grpc).
    pub struct GrpcBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B> {
        /// Of no gRPC call.
        Passing { #[pin] body: B },
        /// A message that is all there, then how it went.
        Whole { message: Option<Bytes>, trailers: Option<HeaderMap> },
        /// Messages out of a stream of events.
        Stream {
            #[pin] body: B,
            events: Events,
            late: Option<Pin<Box<Sleep>>>,
        },
    }
}

/// What is read of a stream of events.
struct Events {
    reader: Reader,
    method: Served,
    ended: bool,
}

impl<B> GrpcBody<B> {
    pub(super) const fn passing(body: B) -> Self {
        Self {
            kind: Kind::Passing { body },
        }
    }

    /// Where the head says it all.
    pub(super) const fn empty() -> Self {
        Self {
            kind: Kind::Whole {
                message: None,
                trailers: None,
            },
        }
    }

    pub(super) fn whole(message: Bytes) -> Self {
        Self {
            kind: Kind::Whole {
                message: Some(message),
                trailers: Some(trailers(&Status::new(Code::Ok, ""))),
            },
        }
    }

    pub(super) fn stream(body: B, method: Served, most: usize, until: Option<Instant>) -> Self {
        let events = Events {
            reader: Reader::new().limit(most),
            method,
            ended: false,
        };
        Self {
            kind: Kind::Stream {
                body,
                events,
                late: until.map(|until| Box::pin(sleep_until(until))),
            },
        }
    }
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    status.put(&mut trailers);
    trailers
}

impl Events {
    /// The next message; an error where the stream tells of one, or cannot be read.
    fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            let event = self.reader.next().map_err(|_| {
                Status::new(
                    Code::ResourceExhausted,
                    "an event of the answer is too large",
                )
            })?;
            let Some(event) = event else {
                return Ok(None);
            };
            let Some(data) = event.data() else {
                continue;
            };
            if let Some(status) = Status::of_json(data) {
                return Err(status);
            }
            return self
                .method
                .answer_to_message(data)
                .map(|message| Some(framed(&message)));
        }
    }
}

impl<B> HttpBody for GrpcBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let (mut body, events, late) = match this.kind.as_mut().project() {
            KindProj::Passing { body } => return body.poll_frame(cx),
            KindProj::Whole { message, trailers } => {
                let message = message.take().map(Frame::data);
                let frame = message.or_else(|| trailers.take().map(Frame::trailers));
                return Poll::Ready(frame.map(Ok));
            }
            KindProj::Stream { body, events, late } => (body, events, late),
        };
        let status = loop {
            match events.next() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Ok(None) if events.ended => break Status::new(Code::Ok, ""),
                Ok(None) => {}
                Err(status) => break status,
            }
            if let Some(late) = late
                && late.as_mut().poll(cx).is_ready()
            {
                let why = "not in the time that the caller gives";
                break Status::new(Code::DeadlineExceeded, why);
            }
            match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        events.reader.push(bytes);
                    }
                }
                Some(Err(_)) => break Status::new(Code::Unavailable, "the answer broke off"),
                None => events.ended = true,
            }
        };
        // Whatever is left of the answer is dropped with its body.
        this.kind.set(Kind::Whole {
            message: None,
            trailers: None,
        });
        Poll::Ready(Some(Ok(Frame::trailers(trailers(&status)))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Passing { body } => body.is_end_stream(),
            Kind::Whole { message, trailers } => message.is_none() && trailers.is_none(),
            Kind::Stream { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Passing { body } => body.size_hint(),
            Kind::Whole { message, .. } => {
                SizeHint::with_exact(message.as_ref().map_or(0, Bytes::len) as u64)
            }
            Kind::Stream { .. } => SizeHint::default(),
        }
    }
}

impl<B> fmt::Debug for GrpcBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcBody").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{BodyExt, StreamBody};

    use super::*;
    use crate::grpc::Method;

    #[tokio::test]
    async fn a_body_that_fails_ends_in_a_status() {
        let path = "/google.ai.generativelanguage.v1beta.GenerativeService/StreamGenerateContent";
        let method = Method::of_path(path).unwrap().unwrap();
        let event = Bytes::from("data: {\"modelVersion\":\"m\"}\n\n");
        for (end, code) in [(Some("gone"), "14"), (None, "0")] {
            let frames = [Ok(Frame::data(event.clone()))];
            let frames = frames.into_iter().chain(end.map(Err::<Frame<Bytes>, _>));
            let body = StreamBody::new(stream::iter(frames.collect::<Vec<_>>()));
            let body = GrpcBody::stream(body, Served::Google(method), 1_000, None);
            let whole = body.collect().await.unwrap();
            assert_eq!(whole.trailers().unwrap()["grpc-status"], code);
            assert_eq!(
                whole.to_bytes(),
                [&[0, 0, 0, 0, 3, 34, 1][..], b"m"].concat()
            );
        }
    }
}
