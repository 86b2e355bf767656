//! Providers in memory: each answers call after call by a script of its own, and keeps its own bill.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tokio::{
    sync::watch,
    time::{Instant, Sleep, sleep},
};
use tower::Service;
use tower_genai::{Body, dispatch::Attempt};

/// What one call comes to.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) head: Head,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How often the head, and then every frame, is pending before it comes.
    pub(crate) waits: usize,
    /// How long it takes until the head, and then every frame, comes.
    pub(crate) pauses: (Duration, Duration),
    /// The bytes of each frame, and the tokens that were made for it.
    pub(crate) frames: Vec<(Bytes, u64)>,
    pub(crate) end: End,
    pub(crate) prompt: u64,
    /// Nothing is billed, whatever was made.
    pub(crate) free: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Comes,
    /// The connection breaks instead.
    HangsUp,
    /// Nobody is there.
    Refused,
    /// The server goes away and has not looked at the request.
    TurnedAway,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Clean,
    Broken,
    Never,
}

pub(crate) fn event(json: &str) -> String {
    format!("data: {json}\n\n")
}

pub(crate) fn delta(delta: &str, finish: &str) -> String {
    event(&format!(
        r#"{{"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
    ))
}

pub(crate) fn role() -> String {
    delta(r#"{"role":"assistant","content":""}"#, "null")
}

pub(crate) fn content(text: &str) -> String {
    delta(&format!(r#"{{"content":"{text}"}}"#), "null")
}

pub(crate) fn stop() -> String {
    delta("{}", r#""stop""#)
}

pub(crate) fn usage(completion: usize) -> String {
    event(&format!(
        r#"{{"choices":[],"usage":{{"prompt_tokens":9,"completion_tokens":{completion}}}}}"#
    ))
}

pub(crate) fn done() -> String {
    event("[DONE]")
}

impl Script {
    fn empty() -> Self {
        Self {
            head: Head::Comes,
            status: 200,
            headers: Vec::new(),
            waits: 0,
            pauses: (Duration::ZERO, Duration::ZERO),
            frames: Vec::new(),
            end: End::Clean,
            prompt: 9,
            free: false,
        }
    }

    /// A stream of so many times this word, with its usage.
    pub(crate) fn stream(word: &str, times: usize) -> Self {
        let mut script = Self::events(&[&role()]);
        for _ in 0..times {
            script.frames.push((content(word).into(), 1));
        }
        for last in [stop(), usage(times), done()] {
            script.frames.push((last.into(), 0));
        }
        script
    }

    /// These chunks of a stream; nothing is made for any of them.
    pub(crate) fn events(chunks: &[&str]) -> Self {
        let frames = chunks.iter().map(|c| (Bytes::from((*c).to_owned()), 0));
        let mut script = Self::empty().header("content-type", "text/event-stream");
        script.frames = frames.collect();
        script
    }

    /// The same answer in one piece, sent as two.
    pub(crate) fn whole(word: &str, times: usize) -> Self {
        let text = format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":9,"completion_tokens":{times}}}}}"#,
            word.repeat(times)
        );
        let (head, tail) = text.split_at(text.len() / 2);
        let mut script = Self::raw(200, "application/json", head);
        script.frames = vec![
            (head.to_owned().into(), times as u64),
            (tail.to_owned().into(), 0),
        ];
        script.free = false;
        script
    }

    /// The answer of `word`s, streamed or not.
    pub(crate) fn answer(word: &str, stream: bool) -> Self {
        if stream {
            Self::stream(word, 3)
        } else {
            Self::whole(word, 3)
        }
    }

    /// Anything else, free of charge.
    pub(crate) fn raw(status: u16, content_type: &str, body: &str) -> Self {
        let mut script = Self::empty().header("content-type", content_type);
        script.status = status;
        script.frames.push((Bytes::from(body.to_owned()), 0));
        script.free = true;
        script
    }

    /// An error as OpenAI writes it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::raw(
            status,
            "application/json",
            &format!(
                r#"{{"error":{{"message":"its own words {status}","type":"some_error","param":null,"code":{code:?}}}}}"#
            ),
        )
    }

    pub(crate) fn hangs_up() -> Self {
        Self {
            head: Head::HangsUp,
            free: true,
            ..Self::empty()
        }
    }

    pub(crate) fn refused() -> Self {
        Self {
            head: Head::Refused,
            free: true,
            ..Self::empty()
        }
    }

    pub(crate) fn turned_away() -> Self {
        Self {
            head: Head::TurnedAway,
            ..Self::refused()
        }
    }

    pub(crate) fn silent() -> Self {
        Self {
            head: Head::Never,
            free: true,
            ..Self::empty()
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    pub(crate) fn waits(mut self, waits: usize) -> Self {
        self.waits = waits;
        self
    }

    /// Only so many bytes of it, in frames of at most `size`, which end in this way.
    pub(crate) fn cut(&self, bytes: usize, size: usize, end: End) -> Self {
        let mut script = self.clone().end(end);
        let all: Vec<u8> = self.frames.iter().flat_map(|(b, _)| b.to_vec()).collect();
        let pieces = all[..bytes.min(all.len())].chunks(size.max(1));
        script.frames = pieces.map(|p| (Bytes::copy_from_slice(p), 0)).collect();
        script
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.frames.iter().map(|(bytes, _)| bytes.len()).sum()
    }
}

/// A request as a provider saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) provider: usize,
    pub(crate) at: Instant,
    pub(crate) number: Option<u32>,
    pub(crate) body: Bytes,
}

/// The client of all providers, `p0.test`, `p1.test` and so on. Provider `i` takes `1 000 * (i + 1)` nano-dollars for a
/// token of input and twice that for one of output.
#[derive(Clone)]
pub(crate) struct Fleet(Arc<State>);

struct State {
    scripts: Mutex<BTreeMap<usize, VecDeque<Script>>>,
    asked: Mutex<Vec<Asked>>,
    billed: Mutex<BTreeMap<usize, u64>>,
    open: watch::Sender<usize>,
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fleet")
    }
}

impl Fleet {
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            scripts: Mutex::default(),
            asked: Mutex::default(),
            billed: Mutex::default(),
            open: watch::Sender::new(0),
        }))
    }

    /// What a provider does, call after call; the last script is for all other calls.
    pub(crate) fn plays<const N: usize>(&self, provider: usize, scripts: [Script; N]) -> &Self {
        self.plays_all(provider, scripts.into())
    }

    pub(crate) fn plays_all(&self, provider: usize, scripts: Vec<Script>) -> &Self {
        let mut all = self.0.scripts.lock().unwrap();
        all.insert(provider, scripts.into());
        self
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().unwrap().clone()
    }

    /// Who was asked, in order.
    pub(crate) fn order(&self) -> Vec<usize> {
        self.asked().iter().map(|asked| asked.provider).collect()
    }

    pub(crate) fn forget(&self) {
        self.0.asked.lock().unwrap().clear();
    }

    /// How many calls have not ended.
    pub(crate) fn open(&self) -> usize {
        *self.0.open.borrow()
    }

    /// Waits until all calls have ended.
    pub(crate) async fn ended(&self) {
        let mut open = self.0.open.subscribe();
        let ended = open.wait_for(|open| *open == 0);
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        ended.expect("calls that nobody waits for").unwrap();
    }

    /// What the calls that have ended cost, in nano-dollars.
    pub(crate) fn billed(&self) -> u64 {
        self.0.billed.lock().unwrap().values().sum()
    }
}

/// Bills when it is dropped, by how much was made till then.
struct Job {
    state: Arc<State>,
    provider: usize,
    script: Script,
    made: u64,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.bill();
        // Only then: who waits for the end reads the bill.
        self.state.open.send_modify(|open| *open -= 1);
    }
}

impl Job {
    fn bill(&self) {
        if self.script.free || self.script.status >= 300 {
            return;
        }
        let rate = 1_000 * (self.provider as u64 + 1);
        let nanos = self.script.prompt * rate + self.made * 2 * rate;
        let mut billed = self.state.billed.lock().unwrap();
        *billed.entry(self.provider).or_default() += nanos;
    }
}

impl Service<Request<Body>> for Fleet {
    type Response = Response<FleetBody>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<FleetBody>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let state = Arc::clone(&self.0);
        let host = request.uri().host().unwrap_or("p0.test").to_owned();
        let provider: usize = host[1..].trim_end_matches(".test").parse().unwrap_or(0);
        let script = {
            let mut scripts = state.scripts.lock().unwrap();
            let queue = scripts.get_mut(&provider).expect("a provider that plays");
            match queue.len() {
                1 => queue[0].clone(),
                _ => queue.pop_front().unwrap(),
            }
        };
        state.open.send_modify(|open| *open += 1);
        let attempt = request.extensions().get::<Attempt>();
        let number = attempt.map(Attempt::number);
        let job = Job {
            state,
            provider,
            script,
            made: 0,
        };
        Box::pin(async move {
            let at = Instant::now();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            job.state.asked.lock().unwrap().push(Asked {
                provider,
                at,
                number,
                body,
            });
            wait(job.script.waits).await;
            if !job.script.pauses.0.is_zero() {
                sleep(job.script.pauses.0).await;
            }
            match job.script.head {
                Head::Comes => {}
                Head::HangsUp => return Err(io::ErrorKind::ConnectionReset.into()),
                Head::Refused => return Err(io::ErrorKind::ConnectionRefused.into()),
                Head::TurnedAway => return Err(io::ErrorKind::ConnectionAborted.into()),
                Head::Never => std::future::pending().await,
            }
            let mut response = Response::builder().status(job.script.status);
            for (name, value) in &job.script.headers {
                response = response.header(*name, value);
            }
            let body = FleetBody {
                job: Some(job),
                next: 0,
                waited: 0,
                pause: None,
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

pub(crate) struct FleetBody {
    job: Option<Job>,
    next: usize,
    waited: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for FleetBody {
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
        if this.waited < job.script.waits {
            this.waited += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let between = job.script.pauses.1;
        if !between.is_zero() {
            let pause = this.pause.get_or_insert_with(|| Box::pin(sleep(between)));
            std::task::ready!(pause.as_mut().poll(cx));
        }
        if let Some((bytes, tokens)) = job.script.frames.get(this.next) {
            this.next += 1;
            job.made += tokens;
            this.waited = 0;
            this.pause = None;
            return Poll::Ready(Some(Ok(Frame::data(bytes.clone()))));
        }
        match job.script.end {
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
