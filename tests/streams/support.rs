//! A provider in memory that says its pieces at their time, callers that read fast or slowly, and what comes of both.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{Instant, sleep},
};
use tower::{Service, ServiceExt, service_fn};
use tower_genai::{Body, catalog::Catalog, fallback::FallbackLayer, stack::Stack};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// How long a stream may say nothing in these tests.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// How a provider's body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    #[default]
    Clean,
    Broken,
    /// It goes on without a word.
    Never,
}

/// What is said, each after so long, and whether the stream ends then or goes on without a word.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pieces: Vec<(Duration, Bytes)>,
    ending: Ending,
    content_type: Option<&'static str>,
}

impl Script {
    pub(crate) fn say(mut self, after: Duration, what: impl Into<Bytes>) -> Self {
        self.pieces.push((after, what.into()));
        self
    }

    pub(crate) fn then_nothing(self) -> Self {
        self.ending(Ending::Never)
    }

    pub(crate) const fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// The same in chunks of this size.
    pub(crate) fn in_chunks(mut self, size: usize) -> Self {
        let all = self.pieces.iter().map(|(_, piece)| &piece[..]);
        let all: Vec<u8> = all.collect::<Vec<_>>().concat();
        let chunks = all.chunks(size.min(all.len()).max(1));
        self.pieces = chunks
            .map(|chunk| (Duration::ZERO, Bytes::copy_from_slice(chunk)))
            .collect();
        self
    }

    pub(crate) fn whole(mut self) -> Self {
        self.content_type = Some("application/json");
        self
    }
}

struct Pieces(UnboundedReceiver<io::Result<Bytes>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = self.0.poll_recv(cx);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

fn play(script: Script) -> Response<Pieces> {
    let (to, pieces) = unbounded_channel();
    let content_type = script.content_type.unwrap_or("text/event-stream");
    tokio::spawn(async move {
        for (after, piece) in script.pieces {
            sleep(after).await;
            if to.send(Ok(piece)).is_err() {
                return;
            }
        }
        match script.ending {
            Ending::Clean => {}
            Ending::Broken => drop(to.send(Err(io::ErrorKind::ConnectionReset.into()))),
            Ending::Never => to.closed().await,
        }
    });
    let response = Response::builder().header("content-type", content_type);
    response.body(Pieces(pieces)).unwrap()
}

/// A dialect of providers, and the same as the form of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    OpenAi,
    Anthropic,
    Gemini,
}

pub(crate) const FORMS: [Form; 3] = [Form::OpenAi, Form::Anthropic, Form::Gemini];

/// Every caller at every provider.
pub(crate) fn pairs() -> impl Iterator<Item = (Form, Form)> {
    FORMS
        .into_iter()
        .flat_map(|caller| FORMS.map(|provider| (caller, provider)))
}

impl Form {
    const fn dialect(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    fn event(self, json: &str) -> String {
        match self {
            Self::Anthropic => {
                let kind = json.split('"').nth(3).unwrap();
                format!("event: {kind}\ndata: {json}\n\n")
            }
            Self::OpenAi | Self::Gemini => format!("data: {json}\n\n"),
        }
    }

    /// Who answers; nothing of the answer yet.
    pub(crate) fn begin(self) -> String {
        self.event(match self {
            Self::OpenAi => r#"{"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            Self::Anthropic => r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}"#,
            Self::Gemini => r#"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}],"modelVersion":"m","responseId":"r1"}"#,
        })
    }

    /// What stands before the first words, or thoughts.
    fn open(self, kind: &str, index: u32) -> String {
        match (self, kind) {
            (Self::Anthropic, "thinking") => self.event(&format!(r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"thinking","thinking":"","signature":""}}}}"#)),
            (Self::Anthropic, _) => self.event(&format!(r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"text","text":""}}}}"#)),
            _ => String::new(),
        }
    }

    /// `begin`, and what stands before words.
    pub(crate) fn begin_text(self) -> String {
        self.begin() + &self.open("text", 0)
    }

    /// `begin`, and what stands before thoughts.
    pub(crate) fn begin_thought(self) -> String {
        self.begin() + &self.open("thinking", 0)
    }

    pub(crate) fn word(self) -> String {
        self.event(match self {
            Self::OpenAi => r#"{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}"#,
            Self::Anthropic => r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}"#,
            Self::Gemini => r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"word "}]},"index":0}],"modelVersion":"m","responseId":"r1"}"#,
        })
    }

    pub(crate) fn thought(self) -> String {
        self.event(match self {
            Self::OpenAi => r#"{"id":"c1","model":"m","choices":[{"index":0,"delta":{"reasoning_content":"hm "},"finish_reason":null}]}"#,
            Self::Anthropic => r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm "}}"#,
            Self::Gemini => r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hm ","thought":true}]},"index":0}],"modelVersion":"m","responseId":"r1"}"#,
        })
    }

    /// Words after thoughts.
    pub(crate) fn word_after_thought(self) -> String {
        match self {
            Self::Anthropic => {
                let stop = self.event(r#"{"type":"content_block_stop","index":0}"#);
                let word = r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"word "}}"#;
                stop + &self.open("text", 1) + &self.event(word)
            }
            Self::OpenAi | Self::Gemini => self.word(),
        }
    }

    /// What keeps a connection alive and says nothing, in this dialect's own way.
    pub(crate) fn ping(self) -> String {
        self.event(match self {
            Self::OpenAi => r#"{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}"#,
            Self::Anthropic => r#"{"type":"ping"}"#,
            Self::Gemini => r#"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}],"modelVersion":"m","responseId":"r1"}"#,
        })
    }

    /// An error within the stream.
    pub(crate) fn error(self) -> String {
        self.event(match self {
            Self::OpenAi => {
                r#"{"error":{"message":"overloaded","type":"server_error","code":null}}"#
            }
            Self::Anthropic => {
                r#"{"type":"error","error":{"type":"overloaded_error","message":"overloaded"}}"#
            }
            Self::Gemini => {
                r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#
            }
        })
    }

    /// The end; `block` is the number of the last block.
    pub(crate) fn end(self, block: u32) -> String {
        match self {
            Self::OpenAi => [
                r#"{"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                r#"{"id":"c1","model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":20}}"#,
                "[DONE]",
            ]
            .map(|json| self.event(json))
            .concat(),
            Self::Anthropic => [
                format!(r#"{{"type":"content_block_stop","index":{block}}}"#),
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":20}}"#.into(),
                r#"{"type":"message_stop"}"#.into(),
            ]
            .map(|json| self.event(&json))
            .concat(),
            Self::Gemini => self.event(r#"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":20},"modelVersion":"m","responseId":"r1"}"#),
        }
    }

    /// So many words, the first after one pause and each other one after another, and the end.
    pub(crate) fn words(self, first: Duration, many: usize, pause: Duration) -> Script {
        let mut script = Script::default().say(first, self.begin_text() + &self.word());
        for _ in 1..many {
            script = script.say(pause, self.word());
        }
        script.say(pause, self.end(0))
    }

    /// A request of somebody who wants to see what is thought.
    pub(crate) fn request_with_thinking(self) -> Request<Full<Bytes>> {
        let more = match self {
            // OpenAI's form has no place for it.
            Self::OpenAi => return self.request(true),
            Self::Anthropic => {
                r#"{"model":"auto","stream":true,"max_tokens":3000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"Hello"}]}"#
            }
            Self::Gemini => {
                r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"maxOutputTokens":300,"thinkingConfig":{"includeThoughts":true}}}"#
            }
        };
        self.request(true).map(|_| Full::from(more))
    }

    pub(crate) fn request(self, stream: bool) -> Request<Full<Bytes>> {
        let (path, body) = match self {
            Self::OpenAi => (
                "/v1/chat/completions",
                format!(r#"{{"model":"auto","stream":{stream},"max_tokens":300,"messages":[{{"role":"user","content":"Hello"}}]}}"#),
            ),
            Self::Anthropic => (
                "/v1/messages",
                format!(r#"{{"model":"auto","stream":{stream},"max_tokens":300,"messages":[{{"role":"user","content":"Hello"}}]}}"#),
            ),
            Self::Gemini => (
                if stream {
                    "/v1beta/models/auto:streamGenerateContent?alt=sse"
                } else {
                    "/v1beta/models/auto:generateContent"
                },
                r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"maxOutputTokens":300}}"#.to_owned(),
            ),
        };
        Request::post(format!("http://app.test{path}"))
            .header("content-type", "application/json")
            .body(Full::from(body))
            .unwrap()
    }
}

/// Providers of these dialects, asked in this order.
fn catalog(providers: &[Form]) -> Catalog {
    let mut toml = String::from(
        "[[alias]]\nname = \"auto\"\nmodels = [\"*\"]\nprefer = \"cost\"\nsticky = false\n",
    );
    for (i, form) in providers.iter().enumerate() {
        let price = i + 1;
        toml.push_str(&format!(
            "[[provider]]\nname = \"p{i}\"\ndialect = \"{}\"\nbase_url = \"http://p{i}.test\"\non_disconnect = \"stops\"\n\
             [[model]]\nname = \"m{i}\"\nprovider = \"p{i}\"\nprice = {{ input = \"{price}\", output = \"{price}\" }}\n\
             context = 200_000\nmax_output = 32_000\ncan = [\"stream\", \"reasoning\"]\nquality = {{ general = 0.5 }}\n",
            form.dialect()
        ));
    }
    Catalog::from_toml(&toml).unwrap()
}

pub(crate) type Client = tower::util::BoxCloneSyncService<Request<Body>, Response<Body>, io::Error>;

/// A stack over providers of these dialects, each of which says what its script says.
pub(crate) fn stack(said: Vec<(Form, Script)>) -> Stack<Client> {
    let forms: Vec<Form> = said.iter().map(|(form, _)| *form).collect();
    let scripts: VecDeque<Script> = said.into_iter().map(|(_, script)| script).collect();
    let scripts = Arc::new(Mutex::new(scripts));
    let client = service_fn(move |_: Request<Body>| {
        let script = scripts.lock().unwrap().pop_front();
        async move { Ok(play(script.expect("asked too often")).map(Body::new)) }
    });
    Stack::client_with(client.boxed_clone_sync(), catalog(&forms))
        .fallback(FallbackLayer::new().attempts(1))
        .idle_timeout(GRACE)
}

trait Boxed: Sized {
    fn boxed_clone_sync(self) -> Client;
}

impl<S> Boxed for S
where
    S: Service<Request<Body>, Response = Response<Body>, Error = io::Error>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    fn boxed_clone_sync(self) -> Client {
        tower::util::BoxCloneSyncService::new(self)
    }
}

/// What a caller got, and how long it took.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) extensions: http::Extensions,
    pub(crate) text: String,
    pub(crate) clean: bool,
    pub(crate) took: Duration,
}

impl Got {
    #[track_caller]
    pub(crate) fn is_whole(&self, words: usize) {
        assert!(self.clean && self.status == 200, "{self:?}");
        assert_eq!(self.text.matches("word ").count(), words, "{}", self.text);
    }

    /// Cut, with words of ours, and no end in the caller's form.
    #[track_caller]
    pub(crate) fn is_cut(&self, form: Form) {
        assert!(!self.clean, "{}", self.text);
        let last = self
            .text
            .trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap_or_default();
        let told = match form {
            Form::OpenAi => r#""code":"timeout""#,
            Form::Anthropic => r#""type":"timeout_error""#,
            Form::Gemini => r#""status":"DEADLINE_EXCEEDED""#,
        };
        assert!(last.contains(told), "{}", self.text);
        for end in ["[DONE]", "message_stop", "STOP"] {
            assert!(!self.text.contains(end), "{}", self.text);
        }
    }
}

/// Asks, and reads a frame whenever it has rested so long.
pub(crate) async fn read_slowly(
    stack: Stack<Client>,
    request: Request<Full<Bytes>>,
    pause: Duration,
) -> Got {
    let start = Instant::now();
    let response = stack.boxed().oneshot(request).await.unwrap();
    let (parts, mut body) = response.into_parts();
    let (mut text, mut clean) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => text.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => {
                clean = false;
                break;
            }
        }
        sleep(pause).await;
    }
    Got {
        status: parts.status.as_u16(),
        extensions: parts.extensions,
        text: String::from_utf8(text).unwrap(),
        clean,
        took: start.elapsed(),
    }
}

pub(crate) async fn read(stack: Stack<Client>, request: Request<Full<Bytes>>) -> Got {
    read_slowly(stack, request, Duration::ZERO).await
}
