use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Code, Manner, Status, frames::framed, rpc::Served};
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
        /// The head has said it all, or all is said.
        Over,
        /// One message out of JSON, or messages out of a stream of events; then how it went.
        Read {
            #[pin] body: B,
            reading: Reading,
            late: Option<Pin<Box<Sleep>>>,
        },
    }
}

/// What is read of an answer.
struct Reading {
    form: Form,
    method: Served,
    manner: Manner,
    ended: bool,
    /// How it ends, known before all of it is read.
    failed: Option<Status>,
}

enum Form {
    Events(Reader),
    Whole(BytesMut),
    /// Its message is out.
    Read,
}

impl<B> GrpcBody<B> {
    pub(super) const fn passing(body: B) -> Self {
        Self {
            kind: Kind::Passing { body },
        }
    }

    /// Where the head says it all.
    pub(super) const fn empty() -> Self {
        Self { kind: Kind::Over }
    }

    /// Of a good answer.
    pub(super) fn read(body: B, method: Served, manner: Manner, until: Option<Instant>) -> Self {
        let form = match method.streams() {
            true => Form::Events(Reader::new().limit(manner.most)),
            false => Form::Whole(BytesMut::new()),
        };
        let reading = Reading {
            form,
            method,
            manner,
            ended: false,
            failed: None,
        };
        Self {
            kind: Kind::Read {
                body,
                reading,
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

impl Reading {
    fn push(&mut self, bytes: Bytes) -> Result<(), Status> {
        match &mut self.form {
            Form::Events(reader) => reader.push(bytes),
            Form::Whole(whole) if bytes.len() > self.manner.most - whole.len() => {
                return Err(too_large());
            }
            Form::Whole(whole) => whole.extend_from_slice(&bytes),
            Form::Read => {}
        }
        Ok(())
    }

    /// The next message; an error where the answer tells of one, or cannot be read.
    fn next(&mut self) -> Result<Option<Bytes>, Status> {
        let message = match &mut self.form {
            Form::Events(reader) => loop {
                let Some(event) = reader.next().map_err(|_| too_large())? else {
                    return Ok(None);
                };
                let Some(data) = event.data() else {
                    continue;
                };
                if let Some(status) = Status::of_json(data) {
                    return Err(status);
                }
                break self.method.answer_to_message(data)?;
            },
            Form::Whole(whole) if self.ended => {
                let message = self.method.answer_to_message(whole)?;
                self.form = Form::Read;
                message
            }
            Form::Whole(_) | Form::Read => return Ok(None),
        };
        Ok(Some(framed(&message)))
    }
}

fn too_large() -> Status {
    Status::new(Code::ResourceExhausted, "the answer is too large")
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
        let (mut body, reading, late) = match this.kind.as_mut().project() {
            KindProj::Passing { body } => return body.poll_frame(cx),
            KindProj::Over => return Poll::Ready(None),
            KindProj::Read {
                body,
                reading,
                late,
            } => (body, reading, late),
        };
        let status = loop {
            match reading.next() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Ok(None) if reading.ended => {
                    let failed = reading.failed.take();
                    break failed.unwrap_or(Status::new(Code::Ok, ""));
                }
                Ok(None) => {}
                // Who stands for a provider is not left before the end that it makes itself.
                Err(status) if reading.manner.breaks && reading.failed.is_none() => {
                    reading.form = Form::Read;
                    reading.failed = Some(status);
                }
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
                    if let Ok(bytes) = frame.into_data()
                        && let Err(status) = reading.push(bytes)
                    {
                        break status;
                    }
                }
                Some(Err(error)) if reading.manner.breaks => {
                    this.kind.set(Kind::Over);
                    return Poll::Ready(Some(Err(error)));
                }
                Some(Err(_)) => break Status::new(Code::Unavailable, "the answer broke off"),
                None => reading.ended = true,
            }
        };
        // Whatever is left of the answer is dropped with its body.
        this.kind.set(Kind::Over);
        Poll::Ready(Some(Ok(Frame::trailers(trailers(&status)))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Passing { body } => body.is_end_stream(),
            Kind::Over => true,
            Kind::Read { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Passing { body } => body.size_hint(),
            Kind::Over => SizeHint::with_exact(0),
            Kind::Read { .. } => SizeHint::default(),
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

    const SERVICE: &str = "/google.ai.generativelanguage.v1beta.GenerativeService";

    /// An answer of these pieces, of which the last may be a failure.
    fn body(
        method: &str,
        pieces: &[Result<&'static str, &'static str>],
        manner: Manner,
    ) -> impl HttpBody<Data = Bytes, Error = &'static str> + use<> {
        let method = Method::of_path(&format!("{SERVICE}/{method}"));
        let frames = pieces
            .iter()
            .map(|piece| piece.map(Bytes::from).map(Frame::data));
        let frames = frames.collect::<Vec<_>>();
        let body = StreamBody::new(stream::iter(frames));
        GrpcBody::read(body, Served::Google(method.unwrap().unwrap()), manner, None)
    }

    const MANNER: Manner = Manner {
        most: 40,
        breaks: false,
    };

    #[tokio::test]
    async fn a_body_ends_in_a_status_however_it_ends() {
        let message = [&[0, 0, 0, 0, 3, 34, 1][..], b"m"].concat();
        let event = Ok("data: {\"modelVersion\":\"m\"}\n\n");
        let (stream, whole) = ("StreamGenerateContent", "GenerateContent");
        let large = Ok("{\"modelVersion\":\"mmmmmmmmmmmmmmmmmmmmmmmmm\"}");
        for (method, pieces, code, messages) in [
            (stream, &[event, event][..], "0", 2),
            (stream, &[event, Err("gone")], "14", 1),
            (stream, &[event, Ok("data: 7\n\n")], "13", 1),
            (whole, &[Ok("{\"modelVersion\""), Ok(":\"m\"}")], "0", 1),
            (whole, &[Ok("{\"modelVersion\""), Err("gone")], "14", 0),
            (whole, &[Ok("{\"modelVersion\"")], "13", 0),
            (whole, &[large], "8", 0),
        ] {
            let whole = body(method, pieces, MANNER).collect().await.unwrap();
            assert_eq!(whole.trailers().unwrap()["grpc-status"], code, "{pieces:?}");
            assert_eq!(whole.to_bytes(), message.repeat(messages), "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn it_breaks_off_as_the_answer_does_where_it_is_told_to() {
        let manner = Manner {
            breaks: true,
            ..MANNER
        };
        for method in ["StreamGenerateContent", "GenerateContent"] {
            let mut body = Box::pin(body(method, &[Ok(""), Err("gone")], manner));
            assert_eq!(body.frame().await.unwrap().unwrap_err(), "gone");
            assert!(body.frame().await.is_none());
        }
    }
}
