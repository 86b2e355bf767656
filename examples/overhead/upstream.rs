use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    thread,
};

use ::bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    runtime::Builder,
    sync::oneshot::{self, Receiver, Sender},
};

use super::bytes;

/// The first part of a path: how it is answered.
pub(crate) const PLAIN: &str = "plain";
pub(crate) const STREAM: &str = "stream";
pub(crate) const DOWN: &str = "down";

/// A provider on loopback that answers at once, on a thread and a runtime of its own.
pub(crate) struct Upstream {
    addr: SocketAddr,
    calls: Arc<AtomicU64>,
    /// It ends when this is dropped.
    _up: Sender<Infallible>,
}

impl Upstream {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let calls = Arc::new(AtomicU64::new(0));
        let answers = Arc::new(Answers::new(Arc::clone(&calls)));
        let (up, down) = oneshot::channel();
        thread::Builder::new()
            .name("upstream".into())
            .spawn(move || runtime.block_on(serve(listener, answers, down)))?;
        Ok(Self {
            addr,
            calls,
            _up: up,
        })
    }

    /// Where what is asked is answered so.
    pub(crate) fn base_url(&self, kind: &str) -> String {
        format!("http://{}/{kind}", self.addr)
    }

    /// How often it was asked.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn serve(
    listener: std::net::TcpListener,
    answers: Arc<Answers>,
    mut down: Receiver<Infallible>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            _ = &mut down => return Ok(()),
        };
        stream.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // One that breaks is seen by its client.
        tokio::spawn(connection);
    }
}

/// What it answers, made once.
struct Answers {
    calls: Arc<AtomicU64>,
    plain: (HeaderMap, Arc<[Bytes]>),
    stream: (HeaderMap, Arc<[Bytes]>),
    down: (HeaderMap, Arc<[Bytes]>),
}

impl Answers {
    fn new(calls: Arc<AtomicU64>) -> Self {
        const DOWN: &[u8] = br#"{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}"#;
        let json = || bytes::headers("application/json");
        let streamed = bytes::headers("text/event-stream; charset=utf-8");
        Self {
            calls,
            plain: (json(), [bytes::whole()].into()),
            stream: (streamed, bytes::events().into()),
            down: (json(), [Bytes::from_static(DOWN)].into()),
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Answers>,
) -> Result<Response<Replay>, hyper::Error> {
    answers.calls.fetch_add(1, Ordering::SeqCst);
    let (head, body) = request.into_parts();
    body.collect().await?;
    let (status, (headers, frames)) = match head.uri.path().split('/').nth(1) {
        Some(PLAIN) => (StatusCode::OK, &answers.plain),
        Some(STREAM) => (StatusCode::OK, &answers.stream),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, &answers.down),
    };
    let mut response = Response::new(Replay {
        frames: Arc::clone(frames),
        next: 0,
        rests: false,
    });
    *response.status_mut() = status;
    *response.headers_mut() = headers.clone();
    Ok(response)
}

/// The answer's frames, each written by itself: between two of them the server gets the chance to.
struct Replay {
    frames: Arc<[Bytes]>,
    next: usize,
    rests: bool,
}

impl HttpBody for Replay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::take(&mut self.rests) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = self.frames.get(self.next).cloned();
        self.next += 1;
        self.rests = self.next < self.frames.len();
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.frames.len()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        // A stream's length is not told.
        match &*self.frames {
            [whole] if self.next == 0 => http_body::SizeHint::with_exact(whole.len() as u64),
            _ => http_body::SizeHint::default(),
        }
    }
}
