use serde_json::{Map, Value};

use super::{error, schema};
use crate::sim::{
    ask::{self, Ask, Format, Thinking},
    error::ApiError,
};

const SAMPLING: [(&str, &str); 6] = [
    ("temperature", "temperature"),
    ("topP", "top_p"),
    ("topK", "top_k"),
    ("seed", "seed"),
    ("presencePenalty", "presence_penalty"),
    ("frequencyPenalty", "frequency_penalty"),
];

/// Reads `generationConfig` and checks it.
pub(crate) fn read(config: &Map<String, Value>, ask: &mut Ask) -> Result<(), ApiError> {
    let stops = config.get("stopSequences").and_then(Value::as_array);
    let stops: Vec<String> = stops
        .into_iter()
        .flatten()
        .filter_map(|stop| stop.as_str().map(str::to_owned))
        .collect();
    if stops.len() > 5 {
        let why = "only up to 5 stop sequences are allowed";
        return Err(wrong("stop_sequences", why));
    }
    if stops.iter().any(String::is_empty) {
        return Err(wrong("stop_sequences", "must not be empty"));
    }
    ask.stop = stops;
    between(config, "temperature", 0.0, 2.0)?;
    between(config, "topP", 0.0, 1.0)?;
    between(config, "topK", 1.0, f64::MAX)?;
    between(config, "presencePenalty", -2.0, 2.0)?;
    between(config, "frequencyPenalty", -2.0, 2.0)?;
    between(config, "maxOutputTokens", 1.0, f64::MAX)?;
    between(config, "candidateCount", 1.0, 8.0)?;
    let number = |name: &str| config.get(name).and_then(Value::as_u64);
    ask.max_tokens = number("maxOutputTokens");
    ask.n = number("candidateCount").unwrap_or(1);
    ask.sampling = ask::sampling(config, &SAMPLING);
    ask.format = format(config)?;
    thinking(config, ask)
}

fn format(config: &Map<String, Value>) -> Result<Format, ApiError> {
    let mime = config.get("responseMimeType").and_then(Value::as_str);
    let kinds = ["text/plain", "application/json", "text/x.enum"];
    if mime.is_some_and(|mime| !kinds.contains(&mime)) {
        let why = format!("allowed mimetypes are {}", kinds.join(", "));
        return Err(wrong("response_mime_type", &why));
    }
    let own = config.get("responseSchema");
    let free = config.get("responseJsonSchema");
    if own.is_some() && free.is_some() {
        let why = "only one of response_schema and response_json_schema can be set";
        return Err(wrong("response_schema", why));
    }
    if let Some(own) = own {
        schema::check("generation_config.response_schema", own)?;
    }
    let schema = own.map(schema::as_json_schema).or(free.cloned());
    let json = mime.is_some_and(|mime| mime != "text/plain");
    match schema {
        Some(_) if !json => {
            let why = "only supported with response_mime_type application/json or text/x.enum";
            Err(wrong("response_schema", why))
        }
        Some(schema) => Ok(Format::Schema { name: None, schema }),
        None if json => Ok(Format::Object),
        None => Ok(Format::Text),
    }
}

fn thinking(config: &Map<String, Value>, ask: &mut Ask) -> Result<(), ApiError> {
    let Some(config) = config.get("thinkingConfig") else {
        return Ok(());
    };
    let budget = config.get("thinkingBudget").and_then(Value::as_i64);
    let level = config.get("thinkingLevel").and_then(Value::as_str);
    if budget.is_some() && level.is_some() {
        return Err(ApiError::bad_request(
            "You can only set only one of thinking budget and thinking level.",
        ));
    }
    if budget.is_some_and(|n| n < -1) {
        let why = "must be -1 or at least 0";
        return Err(wrong("thinking_config.thinking_budget", why));
    }
    let shown = config.get("includeThoughts") == Some(&Value::Bool(true));
    ask.effort = level.map(str::to_ascii_lowercase);
    // A budget of -1 leaves it to the model.
    ask.thinking_budget = budget.and_then(|n| u64::try_from(n).ok());
    ask.thinking = match (budget, level) {
        (Some(0), _) if shown => {
            return Err(ApiError::bad_request(
                "Unable to submit request because Thinking_config.include_thoughts is only \
                 enabled when thinking is enabled.",
            ));
        }
        (Some(0), _) => Thinking::Off,
        (None, None) if !shown => Thinking::Default,
        _ => Thinking::On { shown },
    };
    Ok(())
}

fn wrong(at: &str, why: &str) -> ApiError {
    error::field(&format!("generation_config.{at}"), why)
}

fn between(config: &Map<String, Value>, name: &str, least: f64, most: f64) -> Result<(), ApiError> {
    let n = config.get(name).and_then(Value::as_f64);
    if n.is_none_or(|n| (least..=most).contains(&n)) {
        return Ok(());
    }
    let why = if most == f64::MAX {
        format!("must be at least {least}")
    } else {
        format!("must be in the range [{least}, {most}]")
    };
    Err(wrong(name, &why))
}
