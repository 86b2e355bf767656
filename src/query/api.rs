//! Which caller-side API a request speaks, known from its head alone.

use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE, request::Parts};

/// A caller-side API: the vendor's path that a caller's SDK calls, and with it the form of answers and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// `POST …/chat/completions`, OpenAI's Chat Completions.
    OpenAiChat,
    /// `GET …/models` and `GET …/models/{id}`, OpenAI's list of models.
    OpenAiModels,
    /// `POST …/messages`, Anthropic's Messages.
    AnthropicMessages,
    /// `POST …/messages/count_tokens`, which answers nothing but how long the prompt is.
    AnthropicCountTokens,
    /// `GET …/models` and `GET …/models/{id}` with Anthropic's version header, Anthropic's list of models.
    AnthropicModels,
    /// `POST …/models/{model}:generateContent`, Gemini's answer in one piece.
    GeminiGenerate,
    /// `POST …/models/{model}:streamGenerateContent?alt=sse`, Gemini's stream.
    GeminiStream,
    /// `POST …/models/{model}:streamGenerateContent`, Gemini's stream as one JSON array.
    GeminiStreamArray,
    /// `POST …/models/{model}:countTokens`, which answers nothing but how long the prompt is.
    GeminiCountTokens,
    /// `GET …/models` and `GET …/models/{id}` with Google's headers or version, Gemini's list of models.
    GeminiModels,
    /// A gRPC call, of whichever service. Errors are a status in the head.
    Grpc,
    /// Anything else. Errors take the vendor's form.
    Unknown(Vendor),
}

/// Whose form an API's answers and errors have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// OpenAI's, which most clients read.
    #[default]
    OpenAi,
    /// Anthropic's.
    Anthropic,
    /// Google's.
    Google,
}

/// What an API's call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Op {
    /// An answer of a model.
    Generate,
    /// How many tokens a prompt has.
    CountTokens,
    /// Which models there are.
    ListModels,
    /// Something else.
    Other,
}

impl Api {
    /// Those whose calls ask a model, or about a prompt for one.
    pub const QUERIES: [Self; 7] = [
        Self::OpenAiChat,
        Self::AnthropicMessages,
        Self::AnthropicCountTokens,
        Self::GeminiGenerate,
        Self::GeminiStream,
        Self::GeminiStreamArray,
        Self::GeminiCountTokens,
    ];

    /// The name for spans and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai.chat",
            Self::OpenAiModels => "openai.models",
            Self::AnthropicMessages => "anthropic.messages",
            Self::AnthropicCountTokens => "anthropic.count_tokens",
            Self::AnthropicModels => "anthropic.models",
            Self::GeminiGenerate => "gemini.generate_content",
            Self::GeminiStream | Self::GeminiStreamArray => "gemini.stream_generate_content",
            Self::GeminiCountTokens => "gemini.count_tokens",
            Self::GeminiModels => "gemini.models",
            Self::Grpc => "grpc",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whose form its answers and errors have.
    pub const fn vendor(self) -> Vendor {
        match self {
            Self::OpenAiChat | Self::OpenAiModels => Vendor::OpenAi,
            Self::AnthropicMessages | Self::AnthropicCountTokens | Self::AnthropicModels => {
                Vendor::Anthropic
            }
            Self::GeminiGenerate
            | Self::GeminiStream
            | Self::GeminiStreamArray
            | Self::GeminiCountTokens
            | Self::GeminiModels
            | Self::Grpc => Vendor::Google,
            Self::Unknown(vendor) => vendor,
        }
    }

    /// What its calls are for.
    pub const fn op(self) -> Op {
        match self {
            Self::OpenAiChat
            | Self::AnthropicMessages
            | Self::GeminiGenerate
            | Self::GeminiStream
            | Self::GeminiStreamArray => Op::Generate,
            Self::AnthropicCountTokens | Self::GeminiCountTokens => Op::CountTokens,
            Self::OpenAiModels | Self::AnthropicModels | Self::GeminiModels => Op::ListModels,
            Self::Grpc | Self::Unknown(_) => Op::Other,
        }
    }

    /// Whether its body is a query: it asks a model, or about a prompt for one.
    pub const fn is_query(self) -> bool {
        matches!(self.op(), Op::Generate | Op::CountTokens)
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::Unknown(Vendor::OpenAi)
    }
}

/// Recognises the API by method, path and headers. Paths count by their end, so a prefix (a gateway's mount point, a
/// provider's `/api/paas/v4`) does not matter. Where one path is several vendors', their own headers tell.
pub fn of(parts: &Parts) -> Api {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    match by(&parts.method, path, query, || vendor(&parts.headers, path)) {
        Api::Unknown(_) if is_grpc(&parts.headers) => Api::Grpc,
        api => api,
    }
}

/// The same by method and path, of a call that is OpenAI's where several vendors share the path.
pub(crate) fn by_path(method: &Method, path: &str) -> Api {
    by(method, path, "", || vendor(&HeaderMap::new(), path))
}

fn by(method: &Method, path: &str, query: &str, vendor: impl FnOnce() -> Vendor) -> Api {
    let path = path.strip_suffix('/').unwrap_or(path);
    let last = path.rsplit('/').next().unwrap_or_default();
    if *method == Method::POST {
        if path.ends_with("/chat/completions") {
            return Api::OpenAiChat;
        }
        if path.ends_with("/messages") {
            return Api::AnthropicMessages;
        }
        if path.ends_with("/messages/count_tokens") {
            return Api::AnthropicCountTokens;
        }
        if path.contains("/models/")
            && let Some((_, asked)) = last.rsplit_once(':')
        {
            let sse = query.split('&').any(|pair| pair == "alt=sse");
            match asked {
                "generateContent" => return Api::GeminiGenerate,
                "streamGenerateContent" if sse => return Api::GeminiStream,
                "streamGenerateContent" => return Api::GeminiStreamArray,
                "countTokens" => return Api::GeminiCountTokens,
                _ => {}
            }
        }
    }
    let listing = path.rsplit('/').take(2).any(|segment| segment == "models");
    match (vendor(), *method == Method::GET && listing) {
        (Vendor::OpenAi, true) => Api::OpenAiModels,
        (Vendor::Anthropic, true) => Api::AnthropicModels,
        (Vendor::Google, true) => Api::GeminiModels,
        (vendor, false) => Api::Unknown(vendor),
    }
}

/// Whether a call or an answer is gRPC's; not its form for browsers, whose statuses stand elsewhere.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().map(HeaderValue::as_bytes);
    let kind = kind.filter(|_| kinds.next().is_none());
    let rest = kind.and_then(|kind| kind.strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Whose client a call comes from, where its path does not tell.
fn vendor(headers: &HeaderMap, path: &str) -> Vendor {
    let has = |name: &str| headers.contains_key(name);
    if has("anthropic-version") {
        Vendor::Anthropic
    } else if has("x-goog-api-key") || has("x-goog-api-client") || path.contains("/v1beta") {
        Vendor::Google
    } else {
        Vendor::OpenAi
    }
}

/// The model that a path names, where the API has it there and not in the body: what stands between `/models/` and
/// the colon, percent-decoded.
pub(crate) fn model_in(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (_, named) = path.split_once("/models/")?;
    let (model, _) = named.rsplit_once(':')?;
    decoded(model)
}

/// A path's segment with its `%XX` read once; `None` where that is no text.
pub(crate) fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            // Signs are taken for digits otherwise.
            let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
            bytes.push(
                u8::from_str_radix(digits, 16)
                    .ok()
                    .filter(|_| hexadecimal)?,
            );
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn api(method: &str, uri: &str) -> Api {
        with(method, uri, &[])
    }

    fn with(method: &str, uri: &str, headers: &[(&str, &str)]) -> Api {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_grpc_call_is_told_by_its_type() {
        for (kind, api) in [
            ("application/grpc", Api::Grpc),
            ("application/grpc+proto", Api::Grpc),
            ("application/grpc;x", Api::Grpc),
            ("application/grpc-web", Api::Unknown(Vendor::OpenAi)),
            ("application/json", Api::Unknown(Vendor::OpenAi)),
        ] {
            let path = "/inference.GRPCInferenceService/ModelInfer";
            assert_eq!(with("POST", path, &[("content-type", kind)]), api, "{kind}");
            let chat = with("POST", "/v1/chat/completions", &[("content-type", kind)]);
            assert_eq!(chat, Api::OpenAiChat, "a path says more");
        }
    }

    #[test]
    fn the_path_s_end_tells() {
        assert_eq!(api("POST", "/v1/chat/completions"), Api::OpenAiChat);
        assert_eq!(
            api("POST", "https://api.z.ai/api/paas/v4/chat/completions"),
            Api::OpenAiChat
        );
        assert_eq!(api("POST", "/v1/messages"), Api::AnthropicMessages);
        assert_eq!(
            api("POST", "/v1/messages/count_tokens"),
            Api::AnthropicCountTokens
        );
        let gemini = "/v1beta/models/gemini-3.1-pro";
        assert_eq!(
            api("POST", &format!("{gemini}:generateContent")),
            Api::GeminiGenerate
        );
        assert_eq!(
            api("POST", "/v1/models/g:streamGenerateContent?alt=sse&key=x"),
            Api::GeminiStream
        );
        assert_eq!(
            api("POST", "/v1/models/g:streamGenerateContent"),
            Api::GeminiStreamArray
        );
        assert_eq!(
            api("POST", &format!("{gemini}:countTokens")),
            Api::GeminiCountTokens
        );
        assert_eq!(api("GET", "/v1/models/gpt-5.4"), Api::OpenAiModels);
        assert_eq!(
            api("GET", "/v1/chat/completions"),
            Api::Unknown(Vendor::OpenAi)
        );
        assert_eq!(api("POST", "/v1/embeddings"), Api::Unknown(Vendor::OpenAi));
    }

    #[test]
    fn one_path_of_three_vendors_is_told_by_their_headers() {
        let version = [("anthropic-version", "2026-10-21")];
        assert_eq!(with("GET", "/v1/models", &version), Api::AnthropicModels);
        let key = [("x-goog-api-key", "k")];
        assert_eq!(with("GET", "/v1/models", &key), Api::GeminiModels);
        assert_eq!(with("GET", "/v1beta/models", &[]), Api::GeminiModels);
        let bearer = [("authorization", "Bearer sk-ant-x")];
        assert_eq!(with("GET", "/v1/models", &bearer), Api::OpenAiModels);
        assert_eq!(
            with("POST", "/v1/nothing", &version),
            Api::Unknown(Vendor::Anthropic)
        );
    }

    #[test]
    fn a_path_s_model_is_decoded() {
        let of = |path| model_in(path);
        let some = |model: &str| Some(model.to_owned());
        assert_eq!(of("/v1beta/models/auto:generateContent"), some("auto"));
        assert_eq!(of("/v1/models/zai/glm-5:countTokens"), some("zai/glm-5"));
        assert_eq!(
            of("/v1/models/auto%3Afast:generateContent"),
            some("auto:fast")
        );
        assert_eq!(of("/v1/models/a%zz:generateContent"), None);
        assert_eq!(of("/v1/models"), None);
    }

    #[test]
    fn segments_are_read_once() {
        assert_eq!(decoded("zai%2Fglm-5").as_deref(), Some("zai/glm-5"));
        assert_eq!(decoded("a%252fb").as_deref(), Some("a%2fb"));
        for bad in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
