use bytes::Bytes;
use http::StatusCode;

use super::{Refusal, RefusalKind, anthropic, google, openai};
use crate::query::{Api, Vendor};

/// The status by which a vendor's clients know a kind of refusal.
pub(super) fn status(kind: RefusalKind, vendor: Vendor) -> StatusCode {
    match vendor {
        Vendor::OpenAi => kind.status(),
        Vendor::Anthropic => anthropic::status(kind),
        Vendor::Google => google::status(kind),
    }
}

/// The body of a response.
pub(super) fn body(refusal: &Refusal, api: Api) -> Bytes {
    let object = object(refusal, api.vendor());
    match api {
        // A client that reads an array reads it here too.
        Api::GeminiStreamArray => [b"[", &*object, b"]"].concat().into(),
        _ => object.into(),
    }
}

fn object(refusal: &Refusal, vendor: Vendor) -> Vec<u8> {
    match vendor {
        Vendor::OpenAi => openai::body(refusal),
        Vendor::Anthropic => anthropic::body(refusal),
        Vendor::Google => google::body(refusal),
    }
}

impl Refusal {
    /// An event that ends a stream with this error, in the form of an API. Of a stream that is one JSON array it is the
    /// error object alone.
    pub fn event(&self, api: Api) -> Bytes {
        let object = object(self, api.vendor());
        match api.vendor() {
            _ if api == Api::GeminiStreamArray => object.into(),
            Vendor::OpenAi | Vendor::Google => [b"data: ", &*object, b"\n\n"].concat().into(),
            Vendor::Anthropic => [b"event: error\ndata: ", &*object, b"\n\n"].concat().into(),
        }
    }
}

impl Api {
    /// An event that ends a stream with an error, in the form of this API.
    pub fn error_event(self, message: &'static str) -> Bytes {
        Refusal::new(RefusalKind::Upstream, message).event(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_the_vendor_s_client_reads() {
        let event = Api::AnthropicMessages.error_event("gone");
        let text = std::str::from_utf8(&event).unwrap();
        assert!(
            text.starts_with("event: error\ndata: {\"type\":\"error\","),
            "{text}"
        );
        let event = Api::GeminiStream.error_event("gone");
        assert!(
            event.starts_with(b"data: {\"error\":{\"code\":502,"),
            "{event:?}"
        );
        let event = Api::GeminiStreamArray.error_event("gone");
        assert!(event.starts_with(b"{\"error\":"), "{event:?}");
    }

    #[test]
    fn overload_is_529_to_anthropic_s_clients_alone() {
        let kind = RefusalKind::Unavailable;
        assert_eq!(status(kind, Vendor::Anthropic), 529);
        assert_eq!(status(kind, Vendor::OpenAi), 503);
        assert_eq!(status(kind, Vendor::Google), 503);
    }
}
