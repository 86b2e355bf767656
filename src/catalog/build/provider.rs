use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    super::{
        Deployment, Endpoint, MaxTokensField, OnDisconnect, Prefix, Provider, ReasoningForm,
        ThinkingField, ToolIds,
        error::{Places, Problem},
        variant::Variant,
    },
    check::Check,
};
use crate::query::{Feature, Features};

/// Makes a [`Provider`]; checked when the snapshot is built.
#[derive(Clone)]
pub struct ProviderBuilder {
    pub(in super::super) name: Box<str>,
    pub(in super::super) dialect: Box<str>,
    pub(in super::super) base_url: Box<str>,
    pub(in super::super) api_key_env: Option<Box<str>>,
    pub(in super::super) zone: Option<Box<str>>,
    pub(in super::super) region: Option<Box<str>>,
    pub(in super::super) on_disconnect: OnDisconnect,
    pub(in super::super) headers: Vec<(Box<str>, Box<str>)>,
    pub(in super::super) max_tokens_field: Option<MaxTokensField>,
    pub(in super::super) stream_usage: bool,
    pub(in super::super) variant: Variant,
    pub(in super::super) key_header: Option<Box<str>>,
    pub(in super::super) deployments: Vec<Deployment>,
    pub(in super::super) places: Places,
}

impl ProviderBuilder {
    pub(in super::super) fn new(name: Box<str>, dialect: Box<str>, base_url: Box<str>) -> Self {
        Self {
            name,
            dialect,
            base_url,
            api_key_env: None,
            zone: None,
            region: None,
            on_disconnect: OnDisconnect::Unknown,
            headers: Vec::new(),
            max_tokens_field: None,
            stream_usage: true,
            variant: Variant::default(),
            key_header: None,
            deployments: Vec::new(),
            places: Places::default(),
        }
    }

    /// The environment variable that holds the key.
    #[must_use]
    pub fn api_key_env(mut self, variable: impl Into<Box<str>>) -> Self {
        self.api_key_env = Some(variable.into());
        self
    }

    /// Where it runs: `device`, `private`, `cloud` (the default), or any other name.
    #[must_use]
    pub fn zone(mut self, zone: impl Into<Box<str>>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// The region that calls are served in, where prices depend on it.
    #[must_use]
    pub fn region(mut self, region: impl Into<Box<str>>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// What a cut stream costs there.
    #[must_use]
    pub const fn on_disconnect(mut self, behaviour: OnDisconnect) -> Self {
        self.on_disconnect = behaviour;
        self
    }

    /// A header to add to every request. Credentials and headers of the connection are refused.
    #[must_use]
    pub fn header(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// For the OpenAI chat dialect: the field that limits the answer.
    #[must_use]
    pub const fn max_tokens_field(mut self, field: MaxTokensField) -> Self {
        self.max_tokens_field = Some(field);
        self
    }

    /// For the OpenAI chat dialect: whether it understands `stream_options.include_usage`.
    #[must_use]
    pub const fn stream_usage(mut self, yes: bool) -> Self {
        self.stream_usage = yes;
        self
    }

    /// How its models are told how much to think, unless a model says otherwise.
    #[must_use]
    pub const fn reasoning(mut self, form: ReasoningForm) -> Self {
        self.variant.reasoning = Some(form);
        self
    }

    /// For the OpenAI chat dialect: under which name it takes back what its model thought.
    #[must_use]
    pub const fn thinking_field(mut self, field: ThinkingField) -> Self {
        self.variant.thinking_field = field;
        self
    }

    /// Which ids of tool calls it takes.
    #[must_use]
    pub const fn tool_ids(mut self, ids: ToolIds) -> Self {
        self.variant.tool_ids = ids;
        self
    }

    /// How its models are asked to go on with what is there of their turn already, where that works.
    #[must_use]
    pub const fn prefix(mut self, prefix: Prefix) -> Self {
        self.variant.prefix = Some(prefix);
        self
    }

    /// What it has no words for, though its dialect does.
    #[must_use]
    pub fn lacks(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        self.variant.lacks = features
            .into_iter()
            .fold(self.variant.lacks, Features::with);
        self
    }

    /// The header that takes the key, bare, where it is not the dialect's own.
    #[must_use]
    pub fn key_header(mut self, name: impl Into<Box<str>>) -> Self {
        self.key_header = Some(name.into());
        self
    }

    /// What every call has behind its path, such as `api-version=2024-10-21`. Never a key.
    #[must_use]
    pub fn query(mut self, query: impl Into<Box<str>>) -> Self {
        self.variant.query = Some(query.into());
        self
    }

    /// One of several places at which it serves the same models at the same price; 64 at most.
    #[must_use]
    pub fn deployment(mut self, deployment: Deployment) -> Self {
        self.deployments.push(deployment);
        self
    }

    /// With its deployments, each as a provider of its own.
    pub(super) fn build(mut self, problems: &mut Vec<Problem>) -> Option<Provider> {
        let deployments = std::mem::take(&mut self.deployments);
        check_names(&self, &deployments, problems);
        let before = problems.len();
        let built = deployments.into_iter().map(|one| {
            let mut like = self.clone();
            like.base_url = one.base_url.unwrap_or(like.base_url);
            like.api_key_env = one.api_key_env.or(like.api_key_env);
            like.headers.extend(one.headers);
            like.variant.query = one.query.or(like.variant.query);
            (one.name, like)
        });
        let built: Vec<_> = built.collect();
        let mut provider = self.build_one(problems)?;
        let mut deployments = Vec::with_capacity(built.len());
        for (name, like) in built {
            let mut wrong = Vec::new();
            let deployment = like.build_one(&mut wrong);
            for mut problem in wrong {
                problem.key = format!("deployment.{name}.{}", problem.key).into();
                problems.push(problem);
            }
            deployments.extend(deployment.map(|mut deployment| {
                deployment.name = format!("{}/{name}", provider.name).into();
                Arc::new(deployment)
            }));
        }
        provider.deployments = deployments.into();
        (problems.len() == before).then_some(provider)
    }

    fn build_one(self, problems: &mut Vec<Problem>) -> Option<Provider> {
        let before = problems.len();
        let mut check = Check {
            item: format!("provider {:?}", self.name),
            places: &self.places,
            problems,
        };
        check.name(&self.name);
        if self.name.contains('/') {
            check.wrong(
                "name",
                "a provider's name has no `/`, since `provider/model` is a way to name a model",
            );
        }
        check.word("dialect", &self.dialect);
        if let Some(variable) = &self.api_key_env {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let first = variable.bytes().next();
            if variable.len() > 128
                || !variable.bytes().all(plain)
                || first.is_none_or(|b| b.is_ascii_digit())
            {
                check.wrong(
                    "api_key_env",
                    "is no name of an environment variable; write the variable's name such as \"OPENAI_API_KEY\", never the key",
                );
            }
        }
        for (key, word) in [("zone", &self.zone), ("region", &self.region)] {
            if let Some(word) = word {
                check.word(key, word);
            }
        }
        let headers = headers(&self.headers, &mut check);
        let mut variant = self.variant;
        variant.key_header = key_header(self.key_header.as_deref(), &mut check);
        if let Some(query) = &variant.query {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~=&%".contains(&b);
            if query.is_empty() || query.len() > 256 || !query.bytes().all(plain) {
                check.wrong(
                    "query",
                    "is no query of a URL; write it without `?`, such as \"api-version=2024-10-21\"",
                );
            }
        }
        let endpoint = match Endpoint::new(&self.base_url) {
            Ok(endpoint) => Some(endpoint),
            Err(why) => {
                check.wrong("base_url", why.to_string());
                None
            }
        };
        let endpoint = endpoint.filter(|_| problems.len() == before)?;
        let own_host = endpoint.uri().host().is_some_and(|host| {
            host.eq_ignore_ascii_case("api.openai.com")
                || host.to_ascii_lowercase().ends_with(".api.openai.com")
                || host.to_ascii_lowercase().ends_with(".openai.azure.com")
        });
        let usual = if own_host {
            MaxTokensField::MaxCompletionTokens
        } else {
            MaxTokensField::MaxTokens
        };
        Some(Provider {
            name: self.name,
            dialect: self.dialect,
            endpoint,
            api_key_env: self.api_key_env,
            zone: self.zone.unwrap_or_else(|| "cloud".into()),
            region: self.region,
            on_disconnect: self.on_disconnect,
            headers,
            max_tokens_field: self.max_tokens_field.unwrap_or(usual),
            stream_usage: self.stream_usage,
            variant,
            deployments: Box::default(),
        })
    }
}

/// Most deployments of a provider.
const MOST: usize = 64;

fn check_names(
    provider: &ProviderBuilder,
    deployments: &[Deployment],
    problems: &mut Vec<Problem>,
) {
    let mut check = Check {
        item: format!("provider {:?}", provider.name),
        places: &provider.places,
        problems,
    };
    if deployments.len() > MOST {
        check.wrong("deployment", "has more than 64 entries");
    }
    for (i, one) in deployments.iter().enumerate() {
        check.word("deployment", &one.name);
        if one.name.contains('/') {
            check.wrong("deployment", "has a name with a `/`");
        }
        if deployments[..i].iter().any(|other| other.name == one.name) {
            check.wrong("deployment", "has two entries of the same name");
        }
    }
}

/// Headers that carry credentials: a key in a file is a key in a repository.
const CREDENTIALS: [&str; 10] = [
    "x-key",
    "ocp-apim-subscription-key",
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
    "set-cookie",
    "x-auth-token",
];

/// Headers that belong to the connection or are made for each request.
const OURS: [&str; 15] = [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "accept-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
];

/// The header of a key: one that is made for keys, so that none is sent where it would be logged.
fn key_header(name: Option<&str>, check: &mut Check<'_>) -> Option<HeaderName> {
    let name = name?.to_ascii_lowercase();
    let known = CREDENTIALS
        .iter()
        .any(|known| *known == name && !known.contains("cookie"));
    if !known {
        check.wrong(
            "key_header",
            "is no header for keys; known are api-key, x-api-key, x-key, x-goog-api-key, ocp-apim-subscription-key, x-auth-token",
        );
        return None;
    }
    HeaderName::from_bytes(name.as_bytes()).ok()
}

fn headers(pairs: &[(Box<str>, Box<str>)], check: &mut Check<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let key = format!("headers.{}", name.chars().take(60).collect::<String>());
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            check.wrong(&key, "is no name of a header");
            continue;
        };
        if CREDENTIALS.contains(&name.as_str()) {
            check.wrong(
                &key,
                "carries a credential, which does not belong in a file; name the key's variable with `api_key_env`",
            );
        } else if OURS.contains(&name.as_str()) {
            check.wrong(
                &key,
                "is written for each request and cannot be set; leave it out",
            );
        } else if headers.contains_key(&name) {
            check.wrong(&key, "is given twice");
        } else if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            headers.insert(name, value);
        } else {
            check.wrong(&key, "has a value with characters that no header may have");
        }
    }
    headers
}

impl fmt::Debug for ProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address and the headers are not checked yet and may hold anything.
        f.debug_struct("ProviderBuilder")
            .field("name", &self.name)
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}
