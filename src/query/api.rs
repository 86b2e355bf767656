//! Which caller-side API a request speaks, known from its head alone.

use http::{Method, request::Parts};

/// A caller-side API: the vendor's path that a caller's SDK calls, and with it the form of answers and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// `POST …/chat/completions`, OpenAI's Chat Completions.
    OpenAiChat,
    /// `GET …/models` and `GET …/models/{id}`, OpenAI's list of models.
    OpenAiModels,
    /// Anything else. Errors take OpenAI's form, which most clients read.
    Unknown,
}

impl Api {
    /// The name for spans and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai.chat",
            Self::OpenAiModels => "openai.models",
            Self::Unknown => "unknown",
        }
    }
}

/// Recognises the API by method and path. Paths count by their end, so a prefix (a gateway's mount point, a
/// provider's `/api/paas/v4`) does not matter.
pub fn of(parts: &Parts) -> Api {
    by_path(&parts.method, parts.uri.path())
}

/// The same by method and path.
pub(crate) fn by_path(method: &Method, path: &str) -> Api {
    let path = path.strip_suffix('/').unwrap_or(path);
    if *method == Method::POST && path.ends_with("/chat/completions") {
        return Api::OpenAiChat;
    }
    let listing = path.rsplit('/').take(2).any(|segment| segment == "models");
    if *method == Method::GET && listing {
        return Api::OpenAiModels;
    }
    Api::Unknown
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn api(method: &str, uri: &str) -> Api {
        of(&Request::builder()
            .method(method)
            .uri(uri)
            .body(())
            .unwrap()
            .into_parts()
            .0)
    }

    #[test]
    fn the_path_s_end_tells() {
        assert_eq!(api("POST", "/v1/chat/completions"), Api::OpenAiChat);
        assert_eq!(
            api("POST", "https://api.z.ai/api/paas/v4/chat/completions"),
            Api::OpenAiChat
        );
        assert_eq!(api("GET", "/v1/models/gpt-5.4"), Api::OpenAiModels);
        assert_eq!(api("GET", "/v1/chat/completions"), Api::Unknown);
        assert_eq!(api("POST", "/v1/embeddings"), Api::Unknown);
    }
}
