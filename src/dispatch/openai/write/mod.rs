//! A request in the hub's words, written as Chat Completions.

mod messages;
mod part;
mod refused;
mod result;
mod strict;
mod tools;

use std::borrow::Cow;

use super::effort;
use crate::{
    catalog::{MaxTokensField, Prefix},
    chat::{
        Effort, Format, Request, Sampling,
        json::{self, Array, Object},
    },
    dispatch::Outgoing,
    query::Refusal,
};

/// Longest name of a user that OpenAI takes.
const LONGEST_USER: usize = 64;

/// The body, and what was left out of it.
pub(super) fn body(
    call: &Outgoing<'_>,
    request: &Request<'_>,
) -> Result<(Vec<u8>, Vec<Cow<'static, str>>), Refusal> {
    let model = call.candidate.model();
    let provider = model.provider();
    let mut dropped = request.extras.clone();
    let mut out = Vec::with_capacity(call.bytes.len() + 512);
    let mut body = Object::begin(&mut out);
    body.text("model", model.id());
    let prefix = model.prefix().filter(|_| request.continues);
    let written = messages::write(&mut body, call, &request.messages, prefix)?;
    if prefix == Some(Prefix::FinalMessage) {
        body.raw("continue_final_message", "true");
        body.raw("add_generation_prompt", "false");
    }
    dropped.extend(written.dropped);
    if !request.tools.is_empty() {
        tools::write(&mut body, request, call.query.api(), &mut dropped)?;
    }
    if let Some(format) = &request.format {
        write_format(&mut body, format, &mut dropped);
    }
    sampling(&mut body, &request.sampling, &mut dropped);
    if let Some(most) = call.most_output() {
        // No more can come of the model, and asking for more is refused.
        let most = u64::from(most).min(model.max_output().unwrap_or(u64::MAX));
        body.number(provider.max_tokens_field().as_str(), most);
    }
    if request.choices > 1 {
        body.number("n", u64::from(request.choices));
    }
    let asked = request.reasoning.as_ref();
    let level = call.candidate.effort().map(|effort| effort.level());
    let level = level.map(|level| Effort::Level(level.into()));
    let effort = asked.and_then(|asked| asked.effort.clone()).or(level);
    if let Some(effort) = effort {
        effort::members(&mut body, &effort, model);
    }
    // Some compatible servers refuse members that they do not know.
    let of_openai = provider.max_tokens_field() == MaxTokensField::MaxCompletionTokens;
    match &request.user {
        Some(user) if of_openai && user.len() <= LONGEST_USER => body.text("user", user),
        Some(_) => dropped.push("user".into()),
        None => {}
    }
    match &request.cache_key {
        Some(key) if of_openai => body.text("prompt_cache_key", key),
        Some(_) => dropped.push("prompt_cache_key".into()),
        None => {}
    }
    if request.stream {
        body.raw("stream", "true");
        if provider.stream_usage() {
            body.raw("stream_options", r#"{"include_usage":true}"#);
        }
    }
    body.end();
    Ok((out, dropped))
}

fn sampling(body: &mut Object<'_>, sampling: &Sampling<'_>, dropped: &mut Vec<Cow<'static, str>>) {
    let Sampling {
        temperature,
        top_p,
        top_k: _,
        presence_penalty,
        frequency_penalty,
        seed,
        stop,
        logprobs,
        top_logprobs,
        logit_bias,
    } = sampling;
    for (name, number) in [
        ("temperature", temperature),
        ("top_p", top_p),
        ("presence_penalty", presence_penalty),
        ("frequency_penalty", frequency_penalty),
        ("seed", seed),
    ] {
        if let Some(number) = number {
            body.raw(name, &number.to_string());
        }
    }
    if !stop.is_empty() {
        let mut texts = Array::begin(body.member("stop"));
        for text in stop {
            json::string(texts.item(), text);
        }
        texts.end();
    }
    if *logprobs {
        // The hub has no word for what would come.
        dropped.push("logprobs".into());
    }
    if top_logprobs.is_some() && !logprobs {
        dropped.push("top_logprobs".into());
    }
    if let Some(bias) = logit_bias {
        body.raw("logit_bias", bias.get());
    }
}

fn write_format(body: &mut Object<'_>, format: &Format<'_>, dropped: &mut Vec<Cow<'static, str>>) {
    let mut written = Object::begin(body.member("response_format"));
    match format {
        Format::JsonObject => written.text("type", "json_object"),
        Format::JsonSchema {
            name,
            description,
            schema,
            strict,
        } => {
            written.text("type", "json_schema");
            let mut json = Object::begin(written.member("json_schema"));
            json.text("name", &schema_name(name.as_deref()));
            if let Some(description) = description {
                json.text("description", description);
            }
            json.raw("schema", schema.get());
            write_strict(&mut json, *strict, schema.get(), dropped);
            json.end();
        }
    }
    written.end();
}

/// Whether a schema is to be followed to the letter, where OpenAI takes it so; some others are refused with the wish.
fn write_strict(
    out: &mut Object<'_>,
    wish: Option<bool>,
    schema: &str,
    dropped: &mut Vec<Cow<'static, str>>,
) {
    let Some(wish) = wish else {
        return;
    };
    let can = strict::is_strict(schema);
    if wish && !can && !dropped.iter().any(|one| one == "strict") {
        dropped.push("strict".into());
    }
    out.raw("strict", if wish && can { "true" } else { "false" });
}

/// A name is demanded, of at most 64 letters, digits, `_` and `-`.
fn schema_name(name: Option<&str>) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match name {
        Some(name) if (1..=64).contains(&name.len()) && name.chars().all(plain) => name.into(),
        Some(name) if name.chars().any(plain) => {
            name.chars().filter(|c| plain(*c)).take(64).collect()
        }
        _ => "answer".into(),
    }
}
