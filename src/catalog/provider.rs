use std::{fmt, sync::Arc};

use http::{HeaderMap, Uri};

use super::{
    Endpoint, InvalidEndpoint, Prefix, ProviderBuilder, ReasoningForm, ThinkingField, ToolIds,
    variant::Variant,
};
use crate::query::Features;

/// Who serves models, where, and in which dialect.
///
/// `Debug` shows the names of extra headers and not their values.
#[derive(Clone)]
pub struct Provider {
    pub(super) name: Box<str>,
    pub(super) dialect: Box<str>,
    pub(super) endpoint: Endpoint,
    pub(super) api_key_env: Option<Box<str>>,
    pub(super) zone: Box<str>,
    pub(super) region: Option<Box<str>>,
    pub(super) on_disconnect: OnDisconnect,
    pub(super) headers: HeaderMap,
    pub(super) max_tokens_field: MaxTokensField,
    pub(super) stream_usage: bool,
    pub(super) variant: Variant,
    pub(super) deployments: Box<[Arc<Provider>]>,
}

impl Provider {
    /// Begins a provider with its name, its dialect, and what its own SDK takes as base address.
    pub fn builder(
        name: impl Into<Box<str>>,
        dialect: impl Into<Box<str>>,
        base_url: impl Into<Box<str>>,
    ) -> ProviderBuilder {
        ProviderBuilder::new(name.into(), dialect.into(), base_url.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The wire format, by name. An open set: dispatch decides which it speaks.
    pub fn dialect(&self) -> &str {
        &self.dialect
    }

    /// The base address: http or https, a host, no user, query or fragment, and no slash at the end.
    pub const fn base_url(&self) -> &Uri {
        self.endpoint.uri()
    }

    /// The address of a path below the base address, such as `/chat/completions` or `/models/m:generate?alt=sse`, with
    /// the provider's own [`query`](Self::query) behind it.
    ///
    /// # Errors
    /// When the path could lead elsewhere: it does not begin with one slash, has a segment of dots, or characters
    /// that belong in no path.
    pub fn join(&self, path_and_query: &str) -> Result<Uri, InvalidEndpoint> {
        let Some(query) = &self.variant.query else {
            return self.endpoint.join(path_and_query);
        };
        let mark = if path_and_query.contains('?') {
            '&'
        } else {
            '?'
        };
        self.endpoint
            .join(&format!("{path_and_query}{mark}{query}"))
    }

    /// The environment variable that holds the key; `None` when none is needed or something else provides it.
    pub fn api_key_env(&self) -> Option<&str> {
        self.api_key_env.as_deref()
    }

    /// Where it runs: `device`, `private`, `cloud` (unless stated), or any other name.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The region that calls are served in, where its prices depend on it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// What a cut stream costs there.
    pub const fn on_disconnect(&self) -> OnDisconnect {
        self.on_disconnect
    }

    /// Headers to add to every request. Never credentials.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// For the OpenAI chat dialect: the field that limits the answer.
    pub const fn max_tokens_field(&self) -> MaxTokensField {
        self.max_tokens_field
    }

    /// For the OpenAI chat dialect: whether it understands `stream_options.include_usage`. Yes unless stated.
    pub const fn stream_usage(&self) -> bool {
        self.stream_usage
    }

    /// How its models are told how much to think, unless a model says otherwise; `None` for the dialect's usual way.
    pub const fn reasoning(&self) -> Option<ReasoningForm> {
        self.variant.reasoning
    }

    /// For the OpenAI chat dialect: under which name it takes back what its model thought.
    pub const fn thinking_field(&self) -> ThinkingField {
        self.variant.thinking_field
    }

    /// Which ids of tool calls it takes.
    pub const fn tool_ids(&self) -> ToolIds {
        self.variant.tool_ids
    }

    /// How its models are asked to go on with what is there of their turn already; `None` where that is not known to
    /// work.
    pub const fn prefix(&self) -> Option<Prefix> {
        self.variant.prefix
    }

    /// What it has no words for, though its dialect does.
    pub const fn lacks(&self) -> Features {
        self.variant.lacks
    }

    /// The header that takes the key, bare, where it is not the dialect's own: Azure's `api-key`.
    pub const fn key_header(&self) -> Option<&http::HeaderName> {
        self.variant.key_header.as_ref()
    }

    /// Where its models are served, if that is at several places: each has the name `provider/deployment`, an address
    /// and perhaps a key of its own, and is like the provider for the rest. Calls go to these and not to
    /// [`base_url`](Self::base_url) then.
    pub const fn deployments(&self) -> &[Arc<Self>] {
        &self.deployments
    }

    /// What every call has behind its path, such as Azure's `api-version=2024-10-21`.
    pub fn query(&self) -> Option<&str> {
        self.variant.query.as_deref()
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("dialect", &self.dialect)
            .field("base_url", self.endpoint.uri())
            .field("api_key_env", &self.api_key_env)
            .field("zone", &self.zone)
            .field("region", &self.region)
            .field("on_disconnect", &self.on_disconnect)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("max_tokens_field", &self.max_tokens_field)
            .field("stream_usage", &self.stream_usage)
            .field("variant", &self.variant)
            .field("deployments", &self.deployments)
            .finish()
    }
}

/// What a provider does, and charges, when the caller hangs up in the middle of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnDisconnect {
    /// It stops, and charges what it made by then.
    Stops,
    /// It makes the whole answer and charges it.
    RunsOn,
    /// Nobody has measured it: treated as [`RunsOn`](Self::RunsOn).
    #[default]
    Unknown,
}

/// By which field an OpenAI chat request limits the length of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MaxTokensField {
    /// `max_tokens`, which compatible servers know. The default, except at OpenAI's own hosts.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, which OpenAI's own reasoning models demand.
    MaxCompletionTokens,
}

impl MaxTokensField {
    /// The field's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}
