use std::borrow::Cow;

use serde_json::Number;

use super::{
    effort::{Thinking, thinking},
    turns::drops,
};
use crate::{
    catalog::{self, ReasoningForm},
    chat::{
        Effort, Format, Request, ToolChoice,
        json::{Array, Object, string},
    },
    dispatch::Outgoing,
    query::{Api, Capability, Feature, Refusal, RefusalKind},
};

/// So many candidates can be asked for.
const MOST_CHOICES: u32 = 8;
/// So many texts can end an answer.
const MOST_STOPS: usize = 5;

fn refuse(feature: Feature, api: Api, what: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Unsupported, what).with_param(feature.field(api))
}

/// Writes `tools` and `toolConfig`.
pub(super) fn tools(
    request: &Request<'_>,
    api: Api,
    body: &mut Object<'_>,
    dropped: &mut Vec<Cow<'static, str>>,
) -> Result<(), Refusal> {
    if request.tools.is_empty() {
        return Ok(());
    }
    if request.parallel_tools == Some(false) {
        let what = "the model cannot be kept from calling several tools at once";
        let refusal = refuse(Feature::SerialTools, api, what);
        // The older functions never came several at once, without a word for it.
        return Err(match request.legacy_functions {
            true => refusal.with_param("functions"),
            false => refusal,
        });
    }
    let mut list = Array::begin(body.member("tools"));
    let mut only = Object::begin(list.item());
    let mut functions = Array::begin(only.member("functionDeclarations"));
    for tool in &request.tools {
        if tool.strict.is_some() {
            drops(dropped, "strict");
        }
        if tool.cache.is_some() {
            drops(dropped, "cache_control");
        }
        let mut function = Object::begin(functions.item());
        function.text("name", &tool.name);
        if let Some(description) = &tool.description {
            function.text("description", description);
        }
        let schema = tool.parameters.as_ref().map(|schema| schema.get());
        if let Some(schema) = schema.filter(|schema| !matches!(*schema, "{}" | "null")) {
            function.raw("parametersJsonSchema", schema);
        }
        function.end();
    }
    functions.end();
    only.end();
    list.end();
    if let Some(choice) = &request.tool_choice {
        tool_config(choice, body);
    }
    Ok(())
}

fn tool_config(choice: &ToolChoice<'_>, body: &mut Object<'_>) {
    let (mode, names) = match choice {
        ToolChoice::Auto => ("AUTO", &[][..]),
        ToolChoice::None => ("NONE", &[][..]),
        ToolChoice::Required => ("ANY", &[][..]),
        ToolChoice::Named(name) => ("ANY", std::slice::from_ref(name)),
        ToolChoice::Allowed { names, required } => {
            // Names go with a mode that looks at them.
            (if *required { "ANY" } else { "VALIDATED" }, &names[..])
        }
    };
    let mut config = Object::begin(body.member("toolConfig"));
    let mut calling = Object::begin(config.member("functionCallingConfig"));
    calling.text("mode", mode);
    if !names.is_empty() {
        texts("allowedFunctionNames", names, &mut calling);
    }
    calling.end();
    config.end();
}

fn texts(name: &str, texts: &[Cow<'_, str>], object: &mut Object<'_>) {
    let mut list = Array::begin(object.member(name));
    for text in texts {
        string(list.item(), text);
    }
    list.end();
}

/// Writes `generationConfig`, where there is something to say in it.
pub(super) fn generation(
    call: &Outgoing<'_>,
    request: &Request<'_>,
    body: &mut Object<'_>,
    dropped: &mut Vec<Cow<'static, str>>,
) -> Result<(), Refusal> {
    let (api, model) = (call.query.api(), call.candidate.model());
    let mut out = Vec::new();
    let mut config = Object::begin(&mut out);
    let most = most_output(call);
    if let Some(most) = most {
        config.number("maxOutputTokens", most.into());
    }
    if request.choices > MOST_CHOICES {
        return Err(refuse(Feature::Choices, api, "more than 8 answers at once"));
    }
    if request.choices > 1 {
        config.number("candidateCount", request.choices.into());
    }
    sampling(request, api, &mut config, dropped)?;
    if let Some(format) = &request.format {
        if !request.tools.is_empty() && model.reasoning() == Some(ReasoningForm::Budget) {
            let what = "the model answers either in JSON or with tools";
            return Err(refuse(Feature::JsonSchema, api, what));
        }
        config.text("responseMimeType", "application/json");
        if let Format::JsonSchema { schema, .. } = format {
            config.raw("responseJsonSchema", schema.get());
        }
    }
    reasoning(call, request, most, &mut config, dropped);
    config.end();
    if out != b"{}" {
        body.member("generationConfig").extend_from_slice(&out);
    }
    Ok(())
}

/// The limit of output, which is no error only up to the model's own.
fn most_output(call: &Outgoing<'_>) -> Option<u32> {
    let own = call.candidate.model().max_output();
    let own = own.and_then(|most| u32::try_from(most).ok());
    let asked = call.most_output()?;
    Some(own.map_or(asked, |own| asked.min(own)))
}

fn sampling(
    request: &Request<'_>,
    api: Api,
    config: &mut Object<'_>,
    dropped: &mut Vec<Cow<'static, str>>,
) -> Result<(), Refusal> {
    let sampling = &request.sampling;
    if sampling.logprobs {
        let what = "log probabilities cannot be translated";
        return Err(refuse(Feature::Logprobs, api, what));
    }
    if sampling
        .logit_bias
        .is_some_and(|bias| !matches!(bias.get(), "{}" | "null"))
    {
        return Err(refuse(
            Feature::LogitBias,
            api,
            "the model knows no `logit_bias`",
        ));
    }
    let numbers = [
        ("temperature", &sampling.temperature),
        ("topP", &sampling.top_p),
        ("topK", &sampling.top_k),
        ("presencePenalty", &sampling.presence_penalty),
        ("frequencyPenalty", &sampling.frequency_penalty),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            config.raw(name, &number.to_string());
        }
    }
    match sampling.seed.as_ref().map(Number::as_i64) {
        Some(Some(seed)) if i32::try_from(seed).is_ok() => config.raw("seed", &seed.to_string()),
        Some(_) => drops(dropped, "seed"),
        None => {}
    }
    if sampling.stop.len() > MOST_STOPS {
        let what = "more than 5 texts at which the answer stops";
        return Err(refuse(Feature::ManyStops, api, what));
    }
    if !sampling.stop.is_empty() {
        texts("stopSequences", &sampling.stop, config);
    }
    Ok(())
}

/// Writes `thinkingConfig`: the caller's effort, else the candidate's.
fn reasoning(
    call: &Outgoing<'_>,
    request: &Request<'_>,
    most: Option<u32>,
    config: &mut Object<'_>,
    dropped: &mut Vec<Cow<'static, str>>,
) {
    let model = call.candidate.model();
    let asked = request.reasoning.as_ref();
    let effort = asked.and_then(|asked| asked.effort.clone()).or_else(|| {
        let level = call.candidate.effort().map(catalog::Effort::level)?;
        Some(Effort::Level(level.into()))
    });
    if !model.can().has(Capability::Reasoning) {
        if effort.is_some_and(|effort| effort != Effort::Off) {
            drops(dropped, "reasoning effort");
        }
        return;
    }
    let shown = asked.and_then(|asked| asked.shown) == Some(true);
    let thinking = effort.and_then(|effort| thinking(&effort, model, most));
    if !shown && thinking.is_none() {
        return;
    }
    let mut object = Object::begin(config.member("thinkingConfig"));
    if shown {
        object.raw("includeThoughts", "true");
    }
    match thinking {
        Some(Thinking::Level(level)) => object.text("thinkingLevel", &level),
        Some(Thinking::Budget(tokens)) => object.raw("thinkingBudget", &tokens.to_string()),
        None => {}
    }
    object.end();
}
