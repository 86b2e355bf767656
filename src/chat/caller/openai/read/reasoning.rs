use serde::Deserialize;

use super::text::Text;
use crate::chat::{Effort, Reasoning};

/// What a request says of thinking, in the words of OpenAI and of the servers that are compatible with it.
#[derive(Debug, Default)]
pub(super) struct Thought<'a> {
    /// `reasoning_effort`.
    pub(super) effort: Option<Text<'a>>,
    /// `thinking`, as GLM, DeepSeek and Kimi have it.
    pub(super) thinking: Option<Thinking<'a>>,
    /// `reasoning`, as OpenRouter has it.
    pub(super) reasoning: Option<Object<'a>>,
    /// `enable_thinking`, and the same of `chat_template_kwargs`.
    pub(super) enable: Option<bool>,
    /// `include_reasoning`.
    pub(super) include: Option<bool>,
    /// `reasoning_format`, as Groq has it.
    pub(super) format: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thinking<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    budget_tokens: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    effort: Option<Text<'a>>,
    max_tokens: Option<u32>,
    enabled: Option<bool>,
    exclude: Option<bool>,
}

/// `chat_template_kwargs`, as vLLM and llama.cpp have it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Template {
    pub(super) enable_thinking: Option<bool>,
    pub(super) thinking: Option<bool>,
}

impl<'a> Thought<'a> {
    /// In the hub's words. A caller who asks for thinking by a word that only servers have which show it, wants to see
    /// it; OpenAI's own word says nothing of that.
    pub(super) fn read(self) -> Option<Reasoning<'a>> {
        let on = |on: bool| if on { Effort::Adaptive } else { Effort::Off };
        let object = self.reasoning.unwrap_or_default();
        let thinking = self.thinking.as_ref();
        let kind = thinking.and_then(|thinking| thinking.r#type.as_ref());
        let switch = kind.map(|Text(kind)| kind != "disabled").or(self.enable);
        let budget = thinking.and_then(|thinking| thinking.budget_tokens);
        let budget = budget.or(object.max_tokens).map(Effort::Budget);
        // A switch that is off wins over what is set for when it is on.
        let effort = match switch.or(object.enabled) {
            Some(false) => Some(Effort::Off),
            switch => self
                .effort
                .or(object.effort)
                .map(level)
                .or(budget)
                .or(switch.map(on)),
        };
        let format = self.format.map(|Text(format)| format != "hidden");
        let excluded = object.exclude.map(|exclude| !exclude);
        let shown = self.include.or(format).or(excluded).or(switch);
        (effort.is_some() || shown.is_some()).then_some(Reasoning { effort, shown })
    }
}

fn level(Text(word): Text<'_>) -> Effort<'_> {
    match &*word {
        "none" => Effort::Off,
        "auto" | "default" => Effort::Adaptive,
        _ => Effort::Level(word),
    }
}
