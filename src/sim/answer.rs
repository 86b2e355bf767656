use fastrand::Rng;

use super::{
    Model,
    ask::{Ask, Format, Tool, ToolChoice},
    schema, tokens, words,
};

/// What a model answers: the same for the same model and prompt.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) prompt_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) choices: Vec<Choice>,
}

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) reasoning: u64,
    pub(crate) said: Said,
    pub(crate) finish: String,
}

/// Tokens, one string each.
#[derive(Debug)]
pub(crate) enum Said {
    Text(Vec<String>),
    Calls(Vec<ToolCall>),
}

#[derive(Debug)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) custom: bool,
    pub(crate) input: Vec<String>,
}

impl Answer {
    pub(crate) fn new(model: &Model, ask: &Ask) -> Self {
        let prompt_tokens = model.prompt_tokens.unwrap_or_else(|| tokens::prompt(ask));
        let said = ask.messages.iter();
        let parts = said.flat_map(|m| [m.role.as_str(), m.text.as_str()]);
        let seed = words::hash([model.name.as_str(), &model.style].into_iter().chain(parts));
        Self {
            prompt_tokens,
            cached_tokens: model.cached_tokens.min(prompt_tokens),
            choices: (0..ask.n)
                .map(|i| Choice::new(model, ask, seed.wrapping_add(i)))
                .collect(),
        }
    }

    pub(crate) fn completion_tokens(&self) -> u64 {
        self.choices.iter().map(Choice::tokens).sum()
    }

    pub(crate) fn reasoning_tokens(&self) -> u64 {
        self.choices.iter().map(|choice| choice.reasoning).sum()
    }
}

impl Choice {
    fn new(model: &Model, ask: &Ask, seed: u64) -> Self {
        let limit = ask.max_tokens.or(model.max_output).unwrap_or(u64::MAX);
        let (mut reasoning, mut finish) = (model.reasoning, "stop");
        let calls = called(ask);
        let mut said = if !calls.is_empty() {
            finish = "tool_calls";
            let mut rng = Rng::with_seed(seed ^ 0xca11);
            let calls = calls.into_iter().map(|tool| ToolCall::new(tool, &mut rng));
            Said::Calls(calls.collect())
        } else {
            Said::Text(match &ask.format {
                Format::Object => tokens::split("{\"answer\":\"yes\"}"),
                Format::Schema(schema) => tokens::split(&schema::instance(schema).to_string()),
                Format::Text => {
                    let whole = model.exact_output;
                    let whole = whole.unwrap_or_else(|| reasoning + words::length(seed));
                    reasoning = reasoning.min(whole);
                    let mut said = words::sentences(seed, (whole - reasoning).min(limit));
                    if whole - reasoning > limit {
                        finish = "length";
                    } else {
                        stop_at(&mut said, &ask.stop);
                    }
                    said
                }
            })
        };
        if reasoning + said.tokens() > limit {
            finish = "length";
            reasoning = reasoning.min(limit);
            said.truncate(limit - reasoning);
        }
        Self {
            reasoning,
            said,
            finish: finish.to_owned(),
        }
    }

    pub(crate) fn tokens(&self) -> u64 {
        self.reasoning + self.said.tokens()
    }
}

impl Said {
    fn tokens(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            // The name of each call is a token too.
            Self::Calls(calls) => calls.iter().map(|call| 1 + call.input.len() as u64).sum(),
        }
    }

    fn truncate(&mut self, limit: u64) {
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        match self {
            Self::Text(text) => text.truncate(left),
            Self::Calls(calls) => calls.retain_mut(|call| {
                let Some(rest) = left.checked_sub(1) else {
                    return false;
                };
                call.input.truncate(rest);
                left = rest - call.input.len();
                true
            }),
        }
    }
}

impl ToolCall {
    fn new(tool: &Tool, rng: &mut Rng) -> Self {
        let input = if tool.custom {
            "text".to_owned()
        } else if tool.parameters.is_null() {
            "{}".to_owned()
        } else {
            schema::instance(&tool.parameters).to_string()
        };
        Self {
            id: format!("call_{}", words::alphanumeric(rng, 24)),
            name: tool.name.clone(),
            custom: tool.custom,
            input: tokens::split(&input),
        }
    }
}

/// The tools that this call is answered with.
fn called(ask: &Ask) -> Vec<&Tool> {
    if !ask.user_spoke_last() {
        return Vec::new();
    }
    match &ask.tool_choice {
        ToolChoice::None => Vec::new(),
        ToolChoice::Named(name) => ask
            .tools
            .iter()
            .find(|t| t.name == *name)
            .into_iter()
            .collect(),
        ToolChoice::Any => {
            let both = ask.parallel && ask.says("both");
            ask.tools.iter().take(if both { 2 } else { 1 }).collect()
        }
    }
}

/// Ends the text before the first of the stop texts that it contains.
fn stop_at(said: &mut Vec<String>, stops: &[String]) {
    let text = said.concat();
    let stops = stops.iter().filter(|stop| !stop.is_empty());
    let Some(mut left) = stops.filter_map(|stop| text.find(stop.as_str())).min() else {
        return;
    };
    said.retain_mut(|token| {
        token.truncate(left);
        left -= token.len();
        !token.is_empty()
    });
}
