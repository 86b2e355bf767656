use super::{
    super::{
        Deployment, MaxTokensField, OnDisconnect, Prefix, Provider, ProviderBuilder, ReasoningForm,
        ThinkingField, ToolIds,
        build::{hint, quoted},
    },
    section::Section,
};
use crate::query::{Feature, Features};

const KEYS: [&str; 18] = [
    "name",
    "dialect",
    "base_url",
    "api_key_env",
    "zone",
    "region",
    "on_disconnect",
    "headers",
    "max_tokens_field",
    "stream_usage",
    "reasoning",
    "thinking_field",
    "tool_ids",
    "prefix",
    "lacks",
    "key_header",
    "query",
    "deployment",
];

const DEPLOYMENT_KEYS: [&str; 5] = ["name", "base_url", "api_key_env", "headers", "query"];

/// What people write when they mean to put the key itself into the file.
const KEY_ITSELF: [&str; 6] = ["api_key", "apikey", "key", "token", "secret", "bearer"];

/// Those that this crate speaks or will; others may be added by users.
const DIALECTS: [&str; 8] = [
    "openai",
    "openai-responses",
    "anthropic",
    "gemini",
    "bfl",
    "kling",
    "ark",
    "ollama",
];

pub(super) fn read(entry: &Section<'_>) -> Option<ProviderBuilder> {
    keys(entry, &KEYS);
    let name = entry.needed("name");
    let dialect = entry.needed("dialect");
    let base_url = entry.needed("base_url");
    let zone = entry.text("zone");
    let region = entry.text("region");
    let api_key_env = entry.text("api_key_env");
    let on_disconnect = entry.word(
        "on_disconnect",
        &[
            ("stops", OnDisconnect::Stops),
            ("runs_on", OnDisconnect::RunsOn),
            ("unknown", OnDisconnect::Unknown),
        ],
    );
    let max_tokens_field = entry.word(
        "max_tokens_field",
        &[
            MaxTokensField::MaxTokens,
            MaxTokensField::MaxCompletionTokens,
        ]
        .map(|field| (field.as_str(), field)),
    );
    let stream_usage = entry.flag("stream_usage");
    let reasoning = entry.word("reasoning", &ReasoningForm::NAMED);
    let thinking_field = entry.word("thinking_field", &ThinkingField::NAMED);
    let tool_ids = entry.word("tool_ids", &ToolIds::NAMED);
    let prefix = entry.word("prefix", &Prefix::NAMED);
    let lacks = features(entry, "lacks");
    let key_header = entry.text("key_header");
    let query = entry.text("query");
    let headers = headers(entry);
    let deployments = deployments(entry);
    let dialect = dialect?;
    if !DIALECTS.contains(&dialect) {
        let slip = hint(dialect, DIALECTS);
        if !slip.is_empty() {
            entry.strange(
                "dialect",
                format!("{} is no dialect of this crate's{slip}", quoted(dialect)),
            );
        }
    }
    let mut provider = Provider::builder(name?, dialect, base_url?);
    provider.api_key_env = api_key_env.map(Into::into);
    provider.zone = zone.map(Into::into);
    provider.region = region.map(Into::into);
    provider.on_disconnect = on_disconnect.unwrap_or_default();
    provider.headers = headers;
    provider.max_tokens_field = max_tokens_field;
    provider.stream_usage = stream_usage.unwrap_or(true);
    provider.variant.reasoning = reasoning;
    provider.variant.thinking_field = thinking_field.unwrap_or_default();
    provider.variant.tool_ids = tool_ids.unwrap_or_default();
    provider.variant.prefix = prefix;
    provider.variant.lacks = lacks;
    provider.variant.query = query.map(Into::into);
    provider.deployments = deployments;
    provider.key_header = key_header.map(Into::into);
    provider.places = entry.places();
    Some(provider)
}

/// Reports keys that are not among the known, and says where a key of the other kind belongs.
fn keys(entry: &Section<'_>, known: &[&str]) {
    for name in entry.names().filter(|name| !known.contains(name)) {
        if KEY_ITSELF.contains(&name.to_ascii_lowercase().as_str()) {
            let what = ": keys never stand in the file; put the key into an environment variable and name that with `api_key_env`";
            entry.unknown(name, what);
        } else {
            let slip = hint(name, known.iter().copied());
            let list = if slip.is_empty() {
                format!("; known are {}", known.join(", "))
            } else {
                slip
            };
            entry.unknown(name, &list);
        }
    }
}

fn headers(entry: &Section<'_>) -> Vec<(Box<str>, Box<str>)> {
    let Some(section) = entry.section("headers") else {
        return Vec::new();
    };
    let names = section.names();
    let pairs = names.filter_map(|name| Some((name.into(), section.text(name)?.into())));
    pairs.collect()
}

fn deployments(entry: &Section<'_>) -> Vec<Deployment> {
    let sections = entry.sections("deployment").into_iter();
    let read = sections.filter_map(|one| {
        keys(&one, &DEPLOYMENT_KEYS);
        let mut deployment = Deployment::new(one.needed("name")?);
        deployment.base_url = one.text("base_url").map(Into::into);
        deployment.api_key_env = one.text("api_key_env").map(Into::into);
        deployment.headers = headers(&one);
        deployment.query = one.text("query").map(Into::into);
        Some(deployment)
    });
    read.collect()
}

/// What a provider or a model has no words for.
pub(super) fn features(entry: &Section<'_>, key: &str) -> Features {
    let words = entry.texts(key).into_iter();
    let known = words.filter_map(|word| {
        let feature = Feature::named(word);
        if feature.is_none() {
            let names = Feature::ALL.map(Feature::as_str);
            let slip = hint(word, names);
            let list = if slip.is_empty() {
                format!("; known are {}", names.join(", "))
            } else {
                slip
            };
            entry.wrong(
                key,
                format!("{} is nothing that a request says{list}", quoted(word)),
            );
        }
        feature
    });
    known.collect()
}
