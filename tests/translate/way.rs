//! A caller of one vendor's API, a provider of one dialect in memory, and the whole way between them.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::ServiceExt;
use tower_genai::{Body, catalog::Catalog, fallback::FallbackLayer, stack::Stack};

use crate::fake::{End, Fake, Script};

/// Whose format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Gemini,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Gemini];

    /// The dialect's name, and that of folders.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    /// What stands in `base_url` behind the host.
    const fn base(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1",
            Self::Anthropic | Self::Gemini => "",
        }
    }

    /// The header in which its keys stand.
    pub(crate) const fn key_header(self) -> &'static str {
        match self {
            Self::OpenAi => "authorization",
            Self::Anthropic => "x-api-key",
            Self::Gemini => "x-goog-api-key",
        }
    }
}

/// In which form a caller wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Stream,
    /// Gemini's stream as one JSON array.
    Array,
}

/// Who asks, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) vendor: Vendor,
    pub(crate) form: Form,
}

impl Caller {
    pub(crate) const ALL: [Self; 7] = [
        Self::new(Vendor::OpenAi, Form::Whole),
        Self::new(Vendor::OpenAi, Form::Stream),
        Self::new(Vendor::Anthropic, Form::Whole),
        Self::new(Vendor::Anthropic, Form::Stream),
        Self::new(Vendor::Gemini, Form::Whole),
        Self::new(Vendor::Gemini, Form::Stream),
        Self::new(Vendor::Gemini, Form::Array),
    ];

    pub(crate) const fn new(vendor: Vendor, form: Form) -> Self {
        Self { vendor, form }
    }

    pub(crate) fn is_whole(self) -> bool {
        self.form == Form::Whole
    }

    /// Where it asks the model `m`.
    pub(crate) const fn path(self) -> &'static str {
        match (self.vendor, self.form) {
            (Vendor::OpenAi, _) => "/v1/chat/completions",
            (Vendor::Anthropic, _) => "/v1/messages",
            (Vendor::Gemini, Form::Whole) => "/v1beta/models/m:generateContent",
            (Vendor::Gemini, Form::Stream) => "/v1beta/models/m:streamGenerateContent?alt=sse",
            (Vendor::Gemini, Form::Array) => "/v1beta/models/m:streamGenerateContent",
        }
    }

    /// The request with a body that says nothing of streaming: the wish is put in front, so that all else stays.
    pub(crate) fn request(self, body: &str) -> Request<Full<Bytes>> {
        let body = match (self.vendor, self.form) {
            (Vendor::Gemini, _) | (_, Form::Whole) => body.to_owned(),
            (Vendor::OpenAi, _) => body.replacen(
                '{',
                r#"{"stream":true,"stream_options":{"include_usage":true},"#,
                1,
            ),
            (Vendor::Anthropic, _) => body.replacen('{', r#"{"stream":true,"#, 1),
        };
        self.bare(body.into())
    }

    /// The request with any body.
    pub(crate) fn bare(self, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::post(self.path()).header("content-type", "application/json");
        if self.vendor == Vendor::Anthropic {
            request = request.header("anthropic-version", "2023-06-01");
        }
        request.body(Full::new(body)).unwrap()
    }

    /// The least that it can ask.
    pub(crate) const fn question(self) -> &'static str {
        match self.vendor {
            Vendor::OpenAi => r#"{"model":"m","messages":[{"role":"user","content":"Why?"}]}"#,
            Vendor::Anthropic => {
                r#"{"model":"m","max_tokens":500,"messages":[{"role":"user","content":"Why?"}]}"#
            }
            Vendor::Gemini => r#"{"contents":[{"role":"user","parts":[{"text":"Why?"}]}]}"#,
        }
    }
}

/// The model `m` at a provider of a dialect, and more lines for each.
pub(crate) fn catalog_with(dialect: Vendor, provider: &str, model: &str) -> Catalog {
    let (name, base) = (dialect.name(), dialect.base());
    let field = match dialect {
        Vendor::OpenAi => r#"max_tokens_field = "max_completion_tokens""#,
        _ => "",
    };
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "{name}"
        base_url = "https://acme.test{base}"
        {field}
        {provider}

        [[model]]
        name = "m"
        provider = "acme"
        id = "m-2026"
        context = 200_000
        max_output = 16_384
        price = {{ input = "1.00", output = "2.00" }}
        can = ["tools", "vision", "audio", "files", "json_object", "json_schema", "reasoning", "stream", "n", "logprobs", "web_search"]
        {model}
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

/// The same without more; read once.
pub(crate) fn catalog(dialect: Vendor) -> Catalog {
    static READ: LazyLock<[Catalog; 3]> =
        LazyLock::new(|| Vendor::ALL.map(|dialect| catalog_with(dialect, "", "")));
    READ[dialect as usize].clone()
}

/// A stack that asks once.
pub(crate) fn stack(provider: Fake, catalog: Catalog) -> Stack<Fake> {
    Stack::client_with(provider, catalog).fallback(FallbackLayer::new().attempts(1))
}

/// What a caller got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body broke off.
    pub(crate) broken: bool,
}

impl Got {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of an error, which Google's clients of an array get within one.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        match self.json() {
            Value::Array(mut all) if all.len() == 1 => all.remove(0),
            body => body,
        }
    }
}

pub(crate) async fn read(response: Response<Body>) -> Got {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    let mut broken = false;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Err(_) => broken = true,
        }
    }
    Got {
        status: parts.status,
        headers: parts.headers,
        body: bytes.into(),
        broken,
    }
}

/// Makes a call of a provider that answers so, and gives what the caller got.
pub(crate) async fn ask(request: Request<Full<Bytes>>, provider: &Fake, catalog: Catalog) -> Got {
    let service = stack(provider.clone(), catalog).boxed();
    read(service.oneshot(request).await.unwrap()).await
}

/// A provider that answers with these bytes, in chunks.
pub(crate) fn answering(status: u16, content_type: &'static str, chunks: Vec<Bytes>) -> Fake {
    Fake::new(Script {
        status: StatusCode::from_u16(status).unwrap(),
        frames: chunks.into_iter().map(|chunk| (chunk, 1)).collect(),
        ..Script::raw(content_type, &[])
    })
}

/// One whose connection breaks after these bytes.
pub(crate) fn breaking(content_type: &'static str, chunks: Vec<Bytes>) -> Fake {
    Fake::new(Script {
        frames: chunks.into_iter().map(|chunk| (chunk, 1)).collect(),
        end: End::Broken,
        ..Script::raw(content_type, &[])
    })
}

/// A provider that answers a call of this form with a native answer.
pub(crate) fn replaying(caller: Caller, whole: &str, stream: &str) -> Fake {
    if caller.is_whole() {
        answering(200, "application/json", vec![whole.to_owned().into()])
    } else {
        let events = stream.split_inclusive("\n\n");
        let events = events.map(|event| event.to_owned().into()).collect();
        answering(200, "text/event-stream", events)
    }
}
