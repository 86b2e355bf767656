use fastrand::Rng;

use super::{
    Manner, Model,
    ask::{Ask, Thinking},
    choice::Choice,
    tokens, words,
};

/// What a model answers: the same for the same model and prompt.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) prompt_tokens: u64,
    /// Read from the provider's cache.
    pub(crate) cached_tokens: u64,
    /// Written to the provider's cache.
    pub(crate) cache_writes: u64,
    /// The model never saw the prompt.
    pub(crate) blocked: bool,
    pub(crate) choices: Vec<Choice>,
}

/// A tool that the model calls. Its input is in tokens, one string each.
#[derive(Debug)]
pub(crate) struct ToolCall {
    /// Letters and digits; each dialect puts its own beginning before them.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) custom: bool,
    pub(crate) input: Vec<String>,
}

/// Reasoning where a caller asks for it of a model that has no amount of its own.
const REASONING: u64 = 24;

/// The most reasoning that a command gets.
const MOST_TOLD: u64 = 100_000;

impl Answer {
    pub(crate) fn new(model: &Model, ask: &Ask, manners: &[Manner]) -> Self {
        let prompt_tokens = model.prompt_tokens.unwrap_or_else(|| tokens::prompt(ask));
        let seed = seed(model, ask);
        let begun = before(ask);
        let cached_tokens = model.cached_tokens.min(prompt_tokens);
        let writes = ask.cache.map_or(0, |_| model.cache_writes);
        let blocked = manners.contains(&Manner::Blocked);
        let choices = if blocked { 0 } else { ask.n };
        Self {
            prompt_tokens,
            cached_tokens,
            cache_writes: writes.min(prompt_tokens - cached_tokens),
            blocked,
            choices: (0..choices)
                .map(|i| {
                    let rest = begun.as_ref().and_then(|(before, begun)| {
                        let seed = self::seed(model, before).wrapping_add(i);
                        Choice::new(model, before, manners, seed).rest(model, ask, begun)
                    });
                    rest.unwrap_or_else(|| Choice::new(model, ask, manners, seed.wrapping_add(i)))
                })
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

/// What all of an answer hangs on.
fn seed(model: &Model, ask: &Ask) -> u64 {
    let said = ask.messages.iter();
    let parts = said.flat_map(|m| [m.role.name(), m.text.as_str()]);
    words::hash([model.name.as_str(), &model.style].into_iter().chain(parts))
}

/// The request that the answer to which this one has the beginning of was an answer to, without its limit, and that
/// beginning.
fn before(ask: &Ask) -> Option<(Ask, String)> {
    let mut before = ask.clone();
    let begun = before.messages.pop().filter(|_| ask.continues)?;
    (before.max_tokens, before.continues) = (None, false);
    Some((before, begun.text))
}

/// How many tokens of reasoning come before an answer.
pub(crate) fn reasoning(model: &Model, ask: &Ask, manners: &[Manner]) -> u64 {
    let told = manners.iter().rev().find_map(|manner| match manner {
        // A caller may ask for this, so it has an end.
        Manner::Thinks(tokens) => Some((*tokens).min(MOST_TOLD)),
        _ => None,
    });
    let own = match ask.thinking {
        Thinking::Off => return 0,
        Thinking::On { .. } if model.reasoning == 0 => REASONING,
        Thinking::On { .. } | Thinking::Default => model.reasoning,
    };
    let most = ask.thinking_budget.unwrap_or(u64::MAX);
    told.unwrap_or(own).min(most)
}

impl ToolCall {
    pub(crate) fn new(name: &str, custom: bool, input: &str, rng: &mut Rng) -> Self {
        Self {
            id: words::alphanumeric(rng, 24),
            name: name.to_owned(),
            custom,
            input: tokens::split(input),
        }
    }

    pub(crate) fn tokens(&self) -> u64 {
        // The name is a token too.
        1 + self.input.len() as u64
    }

    pub(crate) fn arguments(&self) -> String {
        self.input.concat()
    }
}
