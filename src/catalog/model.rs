use std::{sync::Arc, time::Duration};

use super::{
    Effort, ImageTokens, Kind, Lifecycle, ModelBuilder, Prefix, Price, Provider, ReasoningForm,
    effort::score,
};
use crate::query::{Capabilities, Feature, Features, Task};

/// A model at a provider: what it can, what it costs, how good it is, and until when.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) name: Box<str>,
    pub(super) provider: Arc<Provider>,
    pub(super) id: Box<str>,
    pub(super) kind: Kind,
    pub(super) price: Price,
    pub(super) context: Option<u64>,
    pub(super) max_output: Option<u64>,
    pub(super) can: Capabilities,
    pub(super) quality: Vec<(Task, f64)>,
    pub(super) efforts: Vec<Effort>,
    pub(super) lifecycle: Lifecycle,
    pub(super) first_token: Option<Duration>,
    pub(super) tokens_per_second: Option<f64>,
    pub(super) unroutable: Option<Box<str>>,
    pub(super) reasoning_unbounded: bool,
    pub(super) image_tokens: Option<ImageTokens>,
    pub(super) prompt_overhead: u64,
    pub(super) tokenizer: Option<Box<str>>,
    pub(super) reasoning: Option<ReasoningForm>,
    pub(super) prefix: Option<Prefix>,
    pub(super) lacks: Features,
    pub(super) family: Option<Box<str>>,
}

impl Model {
    /// Begins a model with its name and that of its provider.
    pub fn builder(name: impl Into<Box<str>>, provider: impl Into<Box<str>>) -> ModelBuilder {
        ModelBuilder::new(name.into(), provider.into())
    }

    /// The name that callers and other entries use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who serves it.
    pub const fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// The provider's name for it. Printable ASCII without spaces; a dialect that puts it into a path encodes it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it makes.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What it costs; may be [unknown](Price::is_known), which is not free.
    pub const fn price(&self) -> &Price {
        &self.price
    }

    /// How many tokens prompt and answer may have together, where known. Never zero.
    pub const fn context(&self) -> Option<u64> {
        self.context
    }

    /// How many tokens an answer may have, thinking included, where known. Never zero.
    pub const fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// What it can.
    pub const fn can(&self) -> Capabilities {
        self.can
    }

    /// The expected score on a task, 0 to 1, exactly as listed: no other task stands in. See
    /// [`scores`](super::scores) for that.
    pub fn quality(&self, task: &Task) -> Option<f64> {
        score(&self.quality, task)
    }

    /// All listed scores.
    pub fn qualities(&self) -> impl Iterator<Item = (&Task, f64)> {
        self.quality.iter().map(|(task, score)| (task, *score))
    }

    /// The efforts to choose from, each a candidate of its own; empty where effort is no choice.
    pub fn efforts(&self) -> &[Effort] {
        &self.efforts
    }

    /// The effort of a name.
    pub fn effort(&self, level: &str) -> Option<&Effort> {
        self.efforts.iter().find(|effort| effort.level() == level)
    }

    /// From when until when it is served.
    pub const fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// How long the first token usually takes, where listed.
    pub const fn first_token(&self) -> Option<Duration> {
        self.first_token
    }

    /// How fast tokens follow, where listed. Finite and above zero.
    pub const fn tokens_per_second(&self) -> Option<f64> {
        self.tokens_per_second
    }

    /// Whether calls can be sent to it at all.
    pub const fn routable(&self) -> bool {
        self.unroutable.is_none()
    }

    /// Why no call can be sent to it.
    pub fn unroutable_because(&self) -> Option<&str> {
        self.unroutable.as_deref()
    }

    /// Whether it thinks beyond the limit that a request sets on the answer, so that no bound can be given.
    pub const fn reasoning_unbounded(&self) -> bool {
        self.reasoning_unbounded
    }

    /// How its provider counts images in the prompt, where known.
    pub const fn image_tokens(&self) -> Option<ImageTokens> {
        self.image_tokens
    }

    /// How many tokens its chat template adds to any prompt, beyond what is allowed for by the message.
    pub const fn prompt_overhead(&self) -> u64 {
        self.prompt_overhead
    }

    /// The vocabulary by which its tokens can be counted, where that is public.
    pub fn tokenizer(&self) -> Option<&str> {
        self.tokenizer.as_deref()
    }

    /// How it is told how much to think; `None` for its dialect's usual way.
    pub fn reasoning(&self) -> Option<ReasoningForm> {
        self.reasoning.or(self.provider.reasoning())
    }

    /// How it is asked to go on with what is there of its turn already; `None` where that is not known to work.
    pub fn prefix(&self) -> Option<Prefix> {
        let prefix = self.prefix.or(self.provider.prefix());
        prefix.filter(|_| !self.lacks().has(Feature::Prefill))
    }

    /// What it, or its provider, refuses or has no words for, though the dialect does.
    pub fn lacks(&self) -> Features {
        let provider = self.provider.lacks();
        provider.iter().fold(self.lacks, Features::with)
    }

    /// Whose thinking it can take back: models of one family at one provider read each other's. Unless stated, what
    /// its name begins with, up to the first `-` or digit.
    pub fn family(&self) -> &str {
        let named = || {
            let ends = |c: char| c == '-' || c.is_ascii_digit();
            self.name.split(ends).next().unwrap_or_default()
        };
        self.family.as_deref().unwrap_or_else(named)
    }
}
