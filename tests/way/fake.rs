//! A provider in memory that answers by a script, makes its caller wait as often as it is told to, and keeps its own
//! bill: for tests that have to know every poll.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tower::Service;
use tower_genai::{
    Body,
    catalog::{Catalog, Source},
};

/// Nano-dollars a token: 1 USD and 3.20 USD a million.
pub(crate) const RATES: (u64, u64) = (1_000, 3_200);

/// What the provider sends, and how slowly.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    /// How often readiness, then the head, and then every frame, is pending before it comes.
    pub(crate) waits: usize,
    /// The bytes of each frame, and the tokens that were made for it.
    pub(crate) frames: Vec<(Bytes, u64)>,
    pub(crate) end: End,
    pub(crate) prompt: u64,
    /// A client that leaves is charged the whole answer.
    pub(crate) runs_on: bool,
    /// Calls that get this far are refused without cost.
    pub(crate) free: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Clean,
    Broken,
    Never,
}

impl Script {
    /// A stream of `words` with usage at its end.
    pub(crate) fn stream(words: usize) -> Self {
        let event = |json: String| Bytes::from(format!("data: {json}\n\n"));
        let choice = |delta: &str, finish: &str| {
            event(format!(
                r#"{{"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
            ))
        };
        let mut frames = vec![(choice(r#"{"role":"assistant","content":""}"#, "null"), 0)];
        for _ in 0..words {
            frames.push((choice(r#"{"content":"word "}"#, "null"), 1));
        }
        frames.push((choice("{}", r#""stop""#), 0));
        let usage = format!(
            r#"{{"choices":[],"usage":{{"prompt_tokens":9,"completion_tokens":{words}}}}}"#
        );
        frames.push((event(usage), 0));
        frames.push((event("[DONE]".into()), 0));
        Self {
            status: StatusCode::OK,
            content_type: "text/event-stream",
            waits: 0,
            frames,
            end: End::Clean,
            prompt: 9,
            runs_on: false,
            free: false,
        }
    }

    /// The same answer in one piece, sent as two.
    pub(crate) fn whole(words: usize) -> Self {
        let text = format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":9,"completion_tokens":{words}}}}}"#,
            "word ".repeat(words)
        );
        let (head, tail) = text.split_at(text.len() / 2);
        let frames = [(head, words as u64), (tail, 0)];
        Self {
            content_type: "application/json",
            frames: frames.map(|(t, n)| (Bytes::from(t.to_owned()), n)).into(),
            ..Self::stream(0)
        }
    }

    /// Anything at all.
    pub(crate) fn raw(content_type: &'static str, chunks: &[&str]) -> Self {
        let frames = chunks
            .iter()
            .map(|chunk| (Bytes::from((*chunk).to_owned()), 1));
        Self {
            content_type,
            frames: frames.collect(),
            ..Self::stream(0)
        }
    }

    fn tokens(&self) -> u64 {
        self.frames.iter().map(|(_, tokens)| tokens).sum()
    }
}

/// A clone is not ready before it was asked as often as the script makes its caller wait.
pub(crate) struct Fake {
    state: Arc<State>,
    asked: usize,
}

impl Clone for Fake {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            asked: 0,
        }
    }
}

struct State {
    script: Script,
    called: AtomicUsize,
    billed: AtomicU64,
    open: AtomicUsize,
    given: AtomicUsize,
    requests: Mutex<Vec<(Parts, Bytes)>>,
}

impl Fake {
    pub(crate) fn new(script: Script) -> Self {
        let state = Arc::new(State {
            script,
            called: AtomicUsize::new(0),
            billed: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            given: AtomicUsize::new(0),
            requests: Mutex::default(),
        });
        Self { state, asked: 0 }
    }

    /// How many requests were handed over.
    pub(crate) fn called(&self) -> usize {
        self.state.called.load(Ordering::SeqCst)
    }

    /// How many calls have not ended.
    pub(crate) fn open(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }

    /// How many frames were asked for and given.
    pub(crate) fn frames_given(&self) -> usize {
        self.state.given.load(Ordering::SeqCst)
    }

    /// What all calls that have ended cost, in nano-dollars.
    pub(crate) fn billed(&self) -> u64 {
        self.state.billed.load(Ordering::SeqCst)
    }

    /// The requests that were read.
    pub(crate) fn requests(&self) -> Vec<(Parts, Bytes)> {
        self.state.requests.lock().unwrap().clone()
    }
}

/// Bills when it is dropped, by how much was made till then.
struct Job {
    state: Arc<State>,
    made: u64,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.state.open.fetch_sub(1, Ordering::SeqCst);
        let script = &self.state.script;
        if script.free || !script.status.is_success() {
            return;
        }
        let made = if script.runs_on {
            script.tokens()
        } else {
            self.made
        };
        let nanos = script.prompt * RATES.0 + made * RATES.1;
        self.state.billed.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Service<Request<Body>> for Fake {
    type Response = Response<FakeBody>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<FakeBody>>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.asked < self.state.script.waits {
            self.asked += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(self.asked >= self.state.script.waits, "called unready");
        self.asked = 0;
        let state = Arc::clone(&self.state);
        state.called.fetch_add(1, Ordering::SeqCst);
        state.open.fetch_add(1, Ordering::SeqCst);
        let job = Job {
            state: Arc::clone(&state),
            made: 0,
        };
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            state.requests.lock().unwrap().push((parts, bytes));
            let script = &state.script;
            wait(script.waits).await;
            let response = Response::builder()
                .status(script.status)
                .header("content-type", script.content_type);
            let body = FakeBody {
                job: Some(job),
                next: 0,
                waited: 0,
            };
            Ok(response.body(body).unwrap())
        })
    }
}

async fn wait(mut times: usize) {
    std::future::poll_fn(move |cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) struct FakeBody {
    job: Option<Job>,
    next: usize,
    waited: usize,
}

impl HttpBody for FakeBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let Some(job) = &mut this.job else {
            return Poll::Ready(None);
        };
        let state = Arc::clone(&job.state);
        if this.waited < state.script.waits {
            this.waited += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.waited = 0;
        if let Some((bytes, tokens)) = state.script.frames.get(this.next) {
            this.next += 1;
            job.made += tokens;
            state.given.fetch_add(1, Ordering::SeqCst);
            return Poll::Ready(Some(Ok(Frame::data(bytes.clone()))));
        }
        match state.script.end {
            End::Never => Poll::Pending,
            End::Clean => {
                this.job = None;
                Poll::Ready(None)
            }
            End::Broken => {
                this.job = None;
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
            }
        }
    }
}

/// One provider, one model `m`, priced as above.
pub(crate) fn catalog(on_disconnect: &str) -> Catalog {
    catalog_with(on_disconnect, r#"can = ["stream", "n"]"#)
}

pub(crate) fn catalog_with(on_disconnect: &str, more: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        on_disconnect = "{on_disconnect}"

        [[model]]
        name = "m"
        provider = "acme"
        price = {{ input = "1", output = "3.20" }}
        context = 200_000
        max_output = 32_000
        {more}
        "#
    );
    Catalog::parse(&[Source::text("fake.toml", text)]).unwrap()
}
