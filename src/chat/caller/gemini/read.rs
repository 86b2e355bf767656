use std::borrow::Cow;

use serde_json::{Number, value::RawValue};

use super::{
    schema::json_schema,
    turns,
    wire::{self, GenerationConfig, Text, Tool, ToolConfig},
};
use crate::{
    chat::{Effort, Format, Reasoning, Request, ToolChoice},
    query::{Api, Refusal, RefusalKind},
};

/// Reads a request of generateContent, streamGenerateContent or countTokens.
pub(in crate::chat) fn read(api: Api, body: &[u8]) -> Result<Request<'_>, Refusal> {
    let malformed = |what| Refusal::new(RefusalKind::Malformed, what);
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
    // A list would be taken for an object without names.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(malformed("the body is no JSON object"));
    }
    let mut asked: wire::Request<'_> = serde_json::from_str(text)
        .map_err(|_| malformed("the body is no request for generateContent"))?;
    if let Some(inner) = asked.generate_content_request.take() {
        asked = *inner;
    }
    let mut request = Request::new();
    request.stream = matches!(api, Api::GeminiStream | Api::GeminiStreamArray);
    if asked.cached_content.is_some() {
        return Err(unsupported("cachedContent"));
    }
    request.messages = turns::messages(asked.system_instruction, asked.contents.0)?;
    tools(asked.tools.0, &mut request)?;
    request.tool_choice = asked.tool_config.map(choice).transpose()?.flatten();
    if let Some(config) = asked.generation_config {
        generation(config, &mut request)?;
    }
    let extras = [
        (asked.safety_settings.is_some(), "safetySettings"),
        (asked.service_tier.is_some(), "serviceTier"),
        (asked.model_armor_config.is_some(), "modelArmorConfig"),
        (asked.labels.is_some(), "labels"),
        (asked.store.is_some(), "store"),
    ];
    let extras = extras.into_iter().filter(|(said, _)| *said);
    request.extras.extend(extras.map(|(_, name)| name.into()));
    Ok(request)
}

/// Something that only Google's own models know.
pub(super) fn unsupported(field: impl Into<Cow<'static, str>>) -> Refusal {
    let what = "this is something that cannot be asked in another format";
    Refusal::new(RefusalKind::Unsupported, what).with_param(field)
}

fn tools<'a>(tools: Vec<Tool<'a>>, request: &mut Request<'a>) -> Result<(), Refusal> {
    for (at, tool) in tools.into_iter().enumerate() {
        if tool.hosted {
            return Err(unsupported(format!("tools[{at}]")));
        }
        for function in tool.functions {
            let name = function.name.map_or(Cow::Borrowed(""), |Text(name)| name);
            if name.is_empty() {
                let field = format!("tools[{at}].functionDeclarations");
                return Err(
                    Refusal::new(RefusalKind::Malformed, "a function has no name")
                        .with_param(field),
                );
            }
            let mut tool = crate::chat::Tool::new(name);
            tool.description = function.description.map(|Text(text)| text);
            tool.parameters = schema(function.parameters_json_schema, function.parameters);
            request.tools.push(tool);
            let answers = function.response.is_some() || function.response_json_schema.is_some();
            let extra = "functionDeclarations.response";
            if answers && !request.extras.iter().any(|one| one == extra) {
                request.extras.push(extra.into());
            }
        }
    }
    Ok(())
}

/// The JSON schema, else the one in Google's own form.
fn schema<'a>(json: Option<&'a RawValue>, own: Option<&RawValue>) -> Option<Cow<'a, RawValue>> {
    json.map(Cow::Borrowed)
        .or_else(|| own.map(|own| Cow::Owned(json_schema(own))))
}

fn choice(config: ToolConfig<'_>) -> Result<Option<ToolChoice<'_>>, Refusal> {
    let Some(config) = config.function_calling_config else {
        return Ok(None);
    };
    let names = config.allowed_function_names.unwrap_or_default();
    let names: Vec<_> = names.into_iter().map(|Text(name)| name).collect();
    let mode = config.mode.map_or(Cow::Borrowed(""), |Text(mode)| mode);
    Ok(match &*mode.to_ascii_uppercase() {
        "" | "MODE_UNSPECIFIED" if names.is_empty() => None,
        "AUTO" if names.is_empty() => Some(ToolChoice::Auto),
        "VALIDATED" if names.is_empty() => Some(ToolChoice::Auto),
        "NONE" => Some(ToolChoice::None),
        "ANY" => Some(match names.len() {
            0 => ToolChoice::Required,
            1 => ToolChoice::Named(names.into_iter().next().unwrap_or_default()),
            _ => ToolChoice::Allowed {
                names,
                required: true,
            },
        }),
        "" | "MODE_UNSPECIFIED" | "AUTO" | "VALIDATED" => Some(ToolChoice::Allowed {
            names,
            required: false,
        }),
        _ => return Err(unsupported("toolConfig.functionCallingConfig.mode")),
    })
}

fn generation<'a>(config: GenerationConfig<'a>, request: &mut Request<'a>) -> Result<(), Refusal> {
    let text_only = |kinds: &Vec<Text<'_>>| {
        kinds
            .iter()
            .all(|Text(kind)| kind.eq_ignore_ascii_case("text"))
    };
    if !config.response_modalities.as_ref().is_none_or(text_only) {
        return Err(unsupported("generationConfig.responseModalities"));
    }
    request.max_output = config.max_output_tokens;
    request.choices = config.candidate_count.unwrap_or(1).max(1);
    let sampling = &mut request.sampling;
    sampling.temperature = config.temperature;
    sampling.top_p = config.top_p;
    sampling.top_k = config.top_k.map(Number::from);
    sampling.presence_penalty = config.presence_penalty;
    sampling.frequency_penalty = config.frequency_penalty;
    sampling.seed = config.seed.map(Number::from);
    let stops = config.stop_sequences.unwrap_or_default();
    sampling.stop = stops.into_iter().map(|Text(stop)| stop).collect();
    sampling.logprobs = config.response_logprobs == Some(true);
    sampling.top_logprobs = config.logprobs;
    request.reasoning = config.thinking_config.map(|thinking| {
        let level = thinking.thinking_level.map(|Text(level)| level);
        let level = level.filter(|level| !matches!(&**level, "" | "THINKING_LEVEL_UNSPECIFIED"));
        let budget = thinking.thinking_budget.map(|tokens| match tokens {
            0 => Effort::Off,
            ..0 => Effort::Adaptive,
            _ => Effort::Budget(u32::try_from(tokens).unwrap_or(u32::MAX)),
        });
        let level = level.map(|level| Effort::Level(level.to_ascii_lowercase().into()));
        Reasoning {
            effort: level.or(budget),
            shown: thinking.include_thoughts,
        }
    });
    let schema = schema(config.response_json_schema, config.response_schema);
    let kind = config.response_mime_type.as_ref().map(|Text(kind)| &**kind);
    request.format = match (kind, schema) {
        (None | Some("" | "text/plain"), None) => None,
        (Some("application/json"), None) => Some(Format::JsonObject),
        (Some("application/json"), Some(schema)) => Some(Format::JsonSchema {
            name: None,
            description: None,
            schema,
            strict: None,
        }),
        _ => return Err(unsupported("generationConfig.responseMimeType")),
    };
    let extras = [
        (config.media_resolution.is_some(), "mediaResolution"),
        (config.speech_config.is_some(), "speechConfig"),
        (config.image_config.is_some(), "imageConfig"),
    ];
    let extras = extras.into_iter().filter(|(said, _)| *said);
    request.extras.extend(extras.map(|(_, name)| name.into()));
    Ok(())
}
