use fastrand::Rng;

use super::{
    Manner, Model,
    answer::{self, ToolCall},
    ask::{Ask, Format, Tool, ToolChoice},
    echo, schema, tokens, words,
};

/// One of the answers to a prompt, as tokens, one string each.
#[derive(Debug)]
pub(crate) struct Choice {
    /// How many tokens of reasoning come first.
    pub(crate) reasoning: u64,
    pub(crate) redacted: bool,
    pub(crate) text: Vec<String>,
    /// Whether the text cites a source.
    pub(crate) cites: bool,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) finish: Finish,
    seed: u64,
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    /// At this text, which the caller gave.
    StopText(String),
    Length,
    Calls,
    Filtered,
    Refused,
    Paused,
    /// A call of a tool is broken.
    Malformed,
    /// In the dialect's own word.
    Word(String),
}

const REFUSAL: &str = "I can not help with that request.";
/// After so many tokens a filter steps in, or a stop text is hit.
const FEW: usize = 6;

impl Choice {
    pub(crate) fn new(model: &Model, ask: &Ask, manners: &[Manner], seed: u64) -> Self {
        let mut limit = ask.max_tokens.or(model.max_output).unwrap_or(u64::MAX);
        let mut choice = Self {
            reasoning: answer::reasoning(model, ask, manners),
            redacted: manners.contains(&Manner::Redacted),
            text: Vec::new(),
            cites: manners.contains(&Manner::Cites),
            calls: Vec::new(),
            finish: Finish::Stop,
            seed,
        };
        let said = manners.iter().rev().find_map(|manner| match manner {
            Manner::Echoes => Some(echo::of(ask)),
            Manner::Says(text) => Some(text.clone()),
            _ => None,
        });
        if manners.contains(&Manner::Refuses) {
            choice.text = words::spaced(REFUSAL);
            choice.finish = Finish::Refused;
        } else if let Some(said) = said {
            choice.text = tokens::split(&said);
        } else {
            choice.call(ask, manners, seed);
            if choice.calls.is_empty() {
                choice.write(model, ask, seed, limit);
            }
        }
        for manner in manners {
            match manner {
                Manner::Cut(most) => limit = limit.min(*most),
                Manner::Filtered => {
                    choice.calls.clear();
                    choice.text.truncate(FEW);
                    choice.finish = Finish::Filtered;
                }
                Manner::Pauses => choice.finish = Finish::Paused,
                Manner::Stops => {
                    if let Some(stop) = ask.stop.first() {
                        choice.calls.clear();
                        choice.text.truncate(FEW);
                        choice.finish = Finish::StopText(stop.clone());
                    }
                }
                _ => {}
            }
        }
        choice.keep_to(limit);
        choice
    }

    /// The rest of this answer behind what is there of it; `None` where it does not begin so.
    pub(crate) fn rest(mut self, model: &Model, ask: &Ask, begun: &str) -> Option<Self> {
        let whole = self.text.concat();
        if begun.is_empty() || !whole.starts_with(begun) {
            return None;
        }
        let mut left = begun.len();
        self.text.retain_mut(|token| {
            let gone = left.min(token.len());
            left -= gone;
            token.drain(..gone);
            !token.is_empty()
        });
        if model.echoes_prefix {
            self.text.splice(..0, tokens::split(begun));
        }
        // It was thought before.
        self.reasoning = 0;
        let limit = ask.max_tokens.or(model.max_output);
        self.keep_to(limit.unwrap_or(u64::MAX));
        Some(self)
    }

    /// The tokens of the reasoning, for who is shown them.
    pub(crate) fn thoughts(&self) -> Vec<String> {
        words::sentences(self.seed ^ 0x7417, self.reasoning)
    }

    /// Calls the tools that this request is answered with, if any.
    fn call(&mut self, ask: &Ask, manners: &[Manner], seed: u64) {
        let mut rng = Rng::with_seed(seed ^ 0xca11);
        for tool in called(ask, manners) {
            let input = if tool.custom {
                "text".to_owned()
            } else if tool.parameters.is_null() {
                "{}".to_owned()
            } else {
                schema::instance(&tool.parameters).to_string()
            };
            let call = ToolCall::new(&tool.name, tool.custom, &input, &mut rng);
            self.calls.push(call);
        }
        let Some(first) = self.calls.first_mut() else {
            return;
        };
        self.finish = Finish::Calls;
        if manners.contains(&Manner::Preamble) {
            self.text = words::sentences(seed, FEW as u64);
        }
        if manners.contains(&Manner::Malformed) {
            first.input = tokens::split("{\"broken\":\"");
            self.finish = Finish::Malformed;
        }
    }

    /// Answers in text, in the format that is asked for.
    fn write(&mut self, model: &Model, ask: &Ask, seed: u64, limit: u64) {
        match &ask.format {
            Format::Object => self.text = tokens::split("{\"answer\":\"yes\"}"),
            Format::Schema { schema, .. } => {
                self.text = tokens::split(&schema::instance(schema).to_string());
            }
            Format::Text => {
                let whole = model.exact_output;
                let whole = whole.unwrap_or_else(|| self.reasoning + words::length(seed));
                self.reasoning = self.reasoning.min(whole);
                let wanted = whole - self.reasoning;
                self.text = about(ask, words::sentences(seed, wanted.min(limit)));
                if wanted > limit {
                    self.finish = Finish::Length;
                } else {
                    self.stop_at(&ask.stop);
                }
            }
        }
    }

    /// Ends the text before the first of the stop texts that it contains.
    fn stop_at(&mut self, stops: &[String]) {
        let text = self.text.concat();
        let stops = stops.iter().filter(|stop| !stop.is_empty());
        let found = stops.filter_map(|stop| Some((text.find(stop.as_str())?, stop)));
        let Some((mut left, stop)) = found.min_by_key(|(at, _)| *at) else {
            return;
        };
        self.finish = Finish::StopText(stop.clone());
        self.text.retain_mut(|token| {
            token.truncate(left);
            left -= token.len();
            !token.is_empty()
        });
    }

    fn keep_to(&mut self, limit: u64) {
        if self.tokens() <= limit {
            return;
        }
        self.finish = Finish::Length;
        self.reasoning = self.reasoning.min(limit);
        let mut left = usize::try_from(limit - self.reasoning).unwrap_or(usize::MAX);
        self.text.truncate(left);
        left -= self.text.len();
        self.calls.retain_mut(|call| {
            let Some(rest) = left.checked_sub(1) else {
                return false;
            };
            call.input.truncate(rest);
            left = rest - call.input.len();
            true
        });
    }

    pub(crate) fn tokens(&self) -> u64 {
        let calls: u64 = self.calls.iter().map(ToolCall::tokens).sum();
        self.reasoning + self.text.len() as u64 + calls
    }
}

/// The tools that this request is answered with.
fn called<'a>(ask: &'a Ask, manners: &[Manner]) -> Vec<&'a Tool> {
    let own = || ask.tools.iter().filter(|tool| !tool.hosted);
    if !ask.user_spoke_last() || manners.contains(&Manner::Talks) {
        return Vec::new();
    }
    let told = manners.iter().rev().find_map(|manner| match manner {
        Manner::Calls(n) => usize::try_from(*n).ok(),
        _ => None,
    });
    match &ask.tool_choice {
        ToolChoice::None => Vec::new(),
        ToolChoice::Named(name) => own().find(|t| t.name == *name).into_iter().collect(),
        ToolChoice::Auto | ToolChoice::Required => {
            let usual = if ask.says("both") {
                own().count().min(2)
            } else {
                1
            };
            // What is called more often than it is worth would only fill memory.
            let n = told
                .unwrap_or(usual)
                .min(if ask.parallel { 128 } else { 1 });
            if own().next().is_none() {
                return Vec::new();
            }
            own().cycle().take(n).collect()
        }
    }
}

/// The text, which tells of the images that it answers to, in as many tokens.
fn about(ask: &Ask, text: Vec<String>) -> Vec<String> {
    let images = ask.images();
    if images == 0 {
        return text;
    }
    let told = format!("I see {images} images.");
    let told = words::spaced(&told);
    let rest = text.iter().skip(told.len()).cloned();
    told.iter().take(text.len()).cloned().chain(rest).collect()
}
