use super::{
    super::{
        MaxTokensField, OnDisconnect, Provider, ProviderBuilder, ReasoningForm, ThinkingField,
        ToolIds,
        build::{hint, quoted},
    },
    section::Section,
};
use crate::query::{Feature, Features};

const KEYS: [&str; 16] = [
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
    "lacks",
    "key_header",
    "query",
];

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
    for name in entry.names().filter(|name| !KEYS.contains(name)) {
        if KEY_ITSELF.contains(&name.to_ascii_lowercase().as_str()) {
            let what = ": keys never stand in the file; put the key into an environment variable and name that with `api_key_env`";
            entry.unknown(name, what);
        } else {
            let slip = hint(name, KEYS);
            let list = if slip.is_empty() {
                format!("; known are {}", KEYS.join(", "))
            } else {
                slip
            };
            entry.unknown(name, &list);
        }
    }
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
    let lacks = features(entry, "lacks");
    let key_header = entry.text("key_header");
    let query = entry.text("query");
    let mut headers = Vec::new();
    if let Some(section) = entry.section("headers") {
        for name in section.names() {
            if let Some(value) = section.text(name) {
                headers.push((name.into(), value.into()));
            }
        }
    }
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
    provider.variant.lacks = lacks;
    provider.variant.query = query.map(Into::into);
    provider.key_header = key_header.map(Into::into);
    provider.places = entry.places();
    Some(provider)
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
