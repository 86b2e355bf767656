use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};

use crate::{
    Body,
    chat::{Delta, Sink, Writer},
    query::{Api, Query, Refusal, Vendor},
};

/// How many tokens a prompt has, where nobody can be asked: the best guess.
pub(super) fn estimate(query: &Query) -> Response<Body> {
    let body = body(query.api(), query.tokens().guess());
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn body(api: Api, tokens: u64) -> Bytes {
    match api.vendor() {
        Vendor::Google => format!("{{\"totalTokens\":{tokens}}}").into(),
        Vendor::OpenAi | Vendor::Anthropic => format!("{{\"input_tokens\":{tokens}}}").into(),
    }
}

/// Writes what a provider counted in the form of a caller's API.
#[derive(Debug)]
pub(super) struct Counted {
    api: Api,
    tokens: u64,
}

impl Counted {
    pub(super) const fn new(api: Api) -> Self {
        Self { api, tokens: 0 }
    }
}

impl Sink for Counted {
    fn take(&mut self, delta: Delta<'_>) {
        if let Delta::Usage(usage) = delta {
            self.tokens = usage.prompt();
        }
    }
}

impl Writer for Counted {
    fn has_said(&self) -> bool {
        false
    }

    fn written(&mut self) -> Bytes {
        Bytes::new()
    }

    fn end(&mut self) -> Bytes {
        body(self.api, self.tokens)
    }

    fn fail(&mut self, why: &Refusal) -> Bytes {
        why.event(self.api)
    }
}
