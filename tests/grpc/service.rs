//! A provider that speaks gRPC, by tonic: what another than this crate would answer.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use prost_reflect::prost::Message;
use tonic::{Code, Response, Status, body::Body, server};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::google::{
    Candidate, Content, GenerateContentRequest, GenerateContentResponse, Part,
    candidate::FinishReason, generate_content_response::UsageMetadata, part::Data,
};

/// What it does with the next calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    Answer,
    Refuse(Code),
    /// So many messages, and then this.
    BreakAfter(usize, Code),
    /// So many messages, and then the end without a word on how it went.
    EndAfter(usize),
    /// So many messages, and then nothing.
    StallAfter(usize),
}

#[derive(Clone)]
pub(crate) struct Google {
    pub(crate) does: Does,
    /// Requests that came, by their texts.
    pub(crate) calls: Arc<std::sync::Mutex<Vec<GenerateContentRequest>>>,
    /// Streams that were left before their end.
    pub(crate) left: Arc<AtomicUsize>,
}

pub(crate) const WORDS: [&str; 5] = ["One ", "two ", "three ", "four ", "five."];

fn message(words: &str, last: bool) -> GenerateContentResponse {
    let part = Part {
        data: Some(Data::Text(words.into())),
        ..Part::default()
    };
    let content = Content {
        parts: vec![part],
        role: "model".into(),
    };
    let reason = if last {
        FinishReason::Stop
    } else {
        FinishReason::Unspecified
    };
    GenerateContentResponse {
        candidates: vec![Candidate {
            content: Some(content),
            finish_reason: reason.into(),
            index: Some(0),
            ..Candidate::default()
        }],
        usage_metadata: last.then(|| UsageMetadata {
            prompt_token_count: 7,
            candidates_token_count: 5,
            total_token_count: 12,
            ..UsageMetadata::default()
        }),
        model_version: "m-001".into(),
        response_id: "r1".into(),
        ..GenerateContentResponse::default()
    }
}

/// Counts where it is dropped before its end.
struct Watched<S>(S, Arc<AtomicUsize>, bool);

impl<S: Stream + Unpin> Stream for Watched<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let next = self.0.poll_next_unpin(cx);
        self.2 |= matches!(next, Poll::Ready(None));
        next
    }
}

impl<S> Drop for Watched<S> {
    fn drop(&mut self) {
        if !self.2 {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<GenerateContentResponse, Status>> + Send>>;

impl Google {
    pub(crate) fn new(does: Does) -> Self {
        Self {
            does,
            calls: Arc::default(),
            left: Arc::default(),
        }
    }

    pub(crate) async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        let app = axum::Router::new().fallback_service(tower::service_fn(
            move |request: Request<axum::body::Body>| {
                let mut service = service.clone();
                async move { service.call(request.map(Body::new)).await }
            },
        ));
        tokio::spawn(axum::serve(listener, app).into_future());
        url
    }

    fn unary(&self) -> Result<Response<GenerateContentResponse>, Status> {
        match self.does {
            Does::Answer => Ok(Response::new(message(&WORDS.concat(), true))),
            Does::Refuse(code) | Does::BreakAfter(_, code) => Err(Status::new(code, "no: 100 % ü")),
            Does::StallAfter(_) | Does::EndAfter(_) => Err(Status::internal("not of this one")),
        }
    }

    fn messages(&self) -> Result<Response<Messages>, Status> {
        let (most, end) = match self.does {
            Does::Answer => (WORDS.len(), None),
            Does::Refuse(code) => return Err(Status::new(code, "no: 100 % ü")),
            Does::BreakAfter(most, code) => (most, Some(code)),
            Does::StallAfter(most) | Does::EndAfter(most) => (most, None),
        };
        let last = WORDS.len() - 1;
        let words = WORDS.into_iter().enumerate().take(most);
        let words = words.map(move |(at, word)| Ok(message(word, at == last)));
        let words = stream::iter(words.collect::<Vec<_>>());
        let end = stream::iter(end.map(|code| Err(Status::new(code, "broken"))));
        let stall = matches!(self.does, Does::StallAfter(_));
        let stall = stream::once(async move {
            if stall {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
            }
            None
        });
        let all = words.chain(end).chain(stall.filter_map(std::future::ready));
        let watched = Watched(Box::pin(all), Arc::clone(&self.left), false);
        Ok(Response::new(Box::pin(watched)))
    }
}

impl Service<Request<Body>> for Google {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        if let Does::EndAfter(most) = self.does {
            let messages = (0..most).map(|_| {
                let bytes = message("word", false).encode_to_vec();
                let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
                Ok::<_, Infallible>(Frame::data([&[0], &length[..], &bytes].concat().into()))
            });
            let body = StreamBody::new(stream::iter(messages.collect::<Vec<_>>()));
            let mut response = http::Response::new(Body::new(body));
            let grpc = http::HeaderValue::from_static("application/grpc");
            response.headers_mut().insert("content-type", grpc);
            return Box::pin(std::future::ready(Ok(response)));
        }
        Box::pin(async move {
            let codec = ProstCodec::<GenerateContentResponse, GenerateContentRequest>::default();
            let mut grpc = server::Grpc::new(codec);
            let note = {
                let this = this.clone();
                move |request: &tonic::Request<GenerateContentRequest>| {
                    this.calls.lock().unwrap().push(request.get_ref().clone());
                }
            };
            Ok(match request.uri().path() {
                "/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent" => {
                    let unary = tower::service_fn(move |request| {
                        note(&request);
                        std::future::ready(this.unary())
                    });
                    grpc.unary(unary, request).await
                }
                "/google.ai.generativelanguage.v1beta.GenerativeService/StreamGenerateContent" => {
                    let streaming = tower::service_fn(move |request| {
                        note(&request);
                        std::future::ready(this.messages())
                    });
                    grpc.server_streaming(streaming, request).await
                }
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}
