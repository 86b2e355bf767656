//! A caller that reads nothing, over real sockets, and a provider that would write without end: what lies between them is
//! bounded. Alone in its process, since the allocator counts for all of it.

use std::{
    alloc::System,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::service_fn;
use tower_genai::{Body, catalog::Catalog, fallback::FallbackLayer, stack::Stack};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The most that a stream in flight holds: what a server of hyper's gathers before it writes (some 400 KiB), and a
/// piece of what is being passed on.
const MOST: usize = 1024 * 1024;

/// Words of 16 KiB, as fast as they are asked for.
struct Endless {
    given: Arc<AtomicUsize>,
    word: Bytes,
    begun: bool,
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.given.fetch_add(self.word.len(), Ordering::SeqCst);
        let word = match std::mem::replace(&mut self.begun, true) {
            true => self.word.clone(),
            false => event(""),
        };
        // Each is a chunk of its own, as one from a socket is.
        let word = Bytes::copy_from_slice(&word);
        Poll::Ready(Some(Ok(Frame::data(word))))
    }
}

fn event(word: &str) -> Bytes {
    let event = format!(
        "data: {{\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":null}}]}}\n\n"
    );
    event.into()
}

const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "openai"
    base_url = "http://p.test/v1"
    on_disconnect = "stops"

    [[model]]
    name = "m"
    provider = "p"
    price = { input = "1", output = "2" }
    context = 200_000
    max_output = 16_384
    can = ["stream"]
    prefix = "prefix_flag"
"#;

/// What is held, in bytes, and what the provider has given, once nothing moves any more.
async fn stopped(path: &str, resume: bool) -> (usize, usize) {
    let given = Arc::<AtomicUsize>::default();
    let upstream = Arc::clone(&given);
    let client = service_fn(move |_: Request<Body>| {
        let body = Endless {
            given: Arc::clone(&upstream),
            word: event(&"x".repeat(16 * 1024)),
            begun: false,
        };
        let response = Response::builder().header("content-type", "text/event-stream");
        std::future::ready(Ok::<_, Infallible>(response.body(body).unwrap()))
    });
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let stack = Stack::client_with(client, catalog)
        .fallback(FallbackLayer::new().resume(resume))
        .idle_timeout(Duration::from_secs(60))
        .boxed();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let server = auto::Builder::new(TokioExecutor::new());
        let served = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(stack));
        let _ = Pin::from(Box::new(served)).await;
    });
    let region = Region::new(COUNTING);
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let body = r#"{"model":"m","stream":true,"max_tokens":16000,"messages":[{"role":"user","content":"x"}]}"#;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut begun = [0; 64];
    socket.read_exact(&mut begun).await.unwrap();
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = given.load(Ordering::SeqCst);
        if now == before {
            break;
        }
        before = now;
    }
    let change = region.change();
    server.abort();
    let _ = server.await;
    let held = change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated);
    (held, before)
}

#[tokio::test]
async fn a_stopped_reader_of_an_endless_stream_holds_little() {
    // What is made once, and stays.
    stopped("/v1/chat/completions", false).await;
    for (path, resume) in [
        ("/v1/chat/completions", false),
        ("/v1/messages", false),
        ("/v1/chat/completions", true),
    ] {
        let (held, given) = stopped(path, resume).await;
        println!("{path}, resume {resume}: {held} bytes held, {given} given");
        // With somebody who may have to go on the answer itself is kept, up to 1 MiB.
        let most = if resume { 3 * MOST } else { MOST };
        assert!(held < most, "{path}, resume {resume}: {held} bytes");
        // What lies in the system's sockets is not counted, and is bounded too.
        assert!(given < 64 * MOST, "{given} bytes were given");
    }
}
