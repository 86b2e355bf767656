use std::fmt::Write as _;

use crate::query::{Api, Op};

/// Collections of models other than `models`, whose names stand in ids with a slash.
const COLLECTIONS: [&str; 4] = ["models/", "tunedModels/", "publishers/", "projects/"];

/// Where a model is asked, below the provider's `base_url`, which has no version.
pub(super) fn path(id: &str, api: Api, stream: bool) -> String {
    let mut path = String::with_capacity(id.len() + 48);
    path.push_str("/v1beta/");
    if !COLLECTIONS.iter().any(|name| id.starts_with(name)) {
        path.push_str("models/");
    }
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b'/' => {
                path.push(char::from(byte));
            }
            // A colon would end the name.
            _ => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path.push_str(match (api.op(), stream) {
        (Op::CountTokens, _) => ":countTokens",
        (_, true) => ":streamGenerateContent?alt=sse",
        (_, false) => ":generateContent",
    });
    path
}

/// A model's resource name, as it stands in bodies.
pub(super) fn resource(id: &str) -> String {
    if COLLECTIONS.iter().any(|name| id.starts_with(name)) {
        id.to_owned()
    } else {
        format!("models/{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_and_collections_kept() {
        let generate = |id| path(id, Api::GeminiGenerate, false);
        assert_eq!(
            generate("gemini-3.1-pro"),
            "/v1beta/models/gemini-3.1-pro:generateContent"
        );
        assert_eq!(
            generate("tunedModels/mine-1"),
            "/v1beta/tunedModels/mine-1:generateContent"
        );
        assert_eq!(
            generate("a:b%?#"),
            "/v1beta/models/a%3Ab%25%3F%23:generateContent"
        );
        assert_eq!(
            path("g", Api::OpenAiChat, true),
            "/v1beta/models/g:streamGenerateContent?alt=sse"
        );
        assert_eq!(
            path("g", Api::AnthropicCountTokens, false),
            "/v1beta/models/g:countTokens"
        );
    }
}
