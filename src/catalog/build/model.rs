use std::{sync::Arc, time::Duration};

use super::{
    super::{
        Date, Effort, ImageTokens, Kind, Lifecycle, Model, MoveOver, Prefix, Price, Provider,
        ReasoningForm,
        effort::set_score,
        error::{Places, Problem},
    },
    check::Check,
    lifecycle,
};
use crate::{
    money::UnitPrice,
    query::{Capabilities, Capability, Feature, Features, Task},
};

/// Makes a [`Model`]; checked when the snapshot is built.
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    pub(in super::super) name: Box<str>,
    pub(in super::super) provider: Box<str>,
    pub(in super::super) id: Option<Box<str>>,
    pub(in super::super) kind: Kind,
    pub(in super::super) price: Price,
    pub(in super::super) context: Option<u64>,
    pub(in super::super) max_output: Option<u64>,
    pub(in super::super) can: Option<Capabilities>,
    pub(in super::super) quality: Vec<(Task, f64)>,
    pub(in super::super) efforts: Vec<Effort>,
    pub(in super::super) lifecycle: Lifecycle,
    pub(in super::super) first_token: Option<Duration>,
    pub(in super::super) tokens_per_second: Option<f64>,
    pub(in super::super) unroutable: Option<Box<str>>,
    pub(in super::super) reasoning_unbounded: bool,
    pub(in super::super) image_tokens: Option<ImageTokens>,
    pub(in super::super) prompt_overhead: u64,
    pub(in super::super) tokenizer: Option<Box<str>>,
    pub(in super::super) reasoning: Option<ReasoningForm>,
    pub(in super::super) prefix: Option<Prefix>,
    pub(in super::super) lacks: Features,
    pub(in super::super) family: Option<Box<str>>,
    pub(in super::super) places: Places,
}

impl ModelBuilder {
    pub(in super::super) fn new(name: Box<str>, provider: Box<str>) -> Self {
        Self {
            name,
            provider,
            id: None,
            kind: Kind::Chat,
            price: Price::unknown(),
            context: None,
            max_output: None,
            can: None,
            quality: Vec::new(),
            efforts: Vec::new(),
            lifecycle: Lifecycle::default(),
            first_token: None,
            tokens_per_second: None,
            unroutable: None,
            reasoning_unbounded: false,
            image_tokens: None,
            prompt_overhead: 0,
            tokenizer: None,
            reasoning: None,
            prefix: None,
            lacks: Features::NONE,
            family: None,
            places: Places::default(),
        }
    }

    /// The provider's name for it; the name itself unless given.
    #[must_use]
    pub fn id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What it makes; chat unless given.
    #[must_use]
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// What it costs; unknown unless given.
    #[must_use]
    pub fn price(mut self, price: Price) -> Self {
        self.price = price;
        self
    }

    /// How many tokens prompt and answer may have together.
    #[must_use]
    pub const fn context(mut self, tokens: u64) -> Self {
        self.context = Some(tokens);
        self
    }

    /// How many tokens an answer may have.
    #[must_use]
    pub const fn max_output(mut self, tokens: u64) -> Self {
        self.max_output = Some(tokens);
        self
    }

    /// What it can, besides what was said before. Where nothing is said, nothing is ruled out.
    #[must_use]
    pub fn can(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        let said = self.can.unwrap_or_default();
        self.can = Some(capabilities.into_iter().fold(said, Capabilities::with));
        self
    }

    /// The expected score on a task, 0 to 1.
    #[must_use]
    pub fn quality(mut self, task: Task, score: f64) -> Self {
        set_score(&mut self.quality, task, score);
        self
    }

    /// One more effort to choose.
    #[must_use]
    pub fn effort(mut self, effort: Effort) -> Self {
        self.efforts.push(effort);
        self
    }

    /// The first day of service.
    #[must_use]
    pub const fn released(mut self, day: Date) -> Self {
        self.lifecycle.released = Some(day);
        self
    }

    /// The day from which the provider advises against it.
    #[must_use]
    pub const fn deprecated(mut self, day: Date) -> Self {
        self.lifecycle.deprecated = Some(day);
        self
    }

    /// The first day without service.
    #[must_use]
    pub const fn sunset(mut self, day: Date) -> Self {
        self.lifecycle.sunset = Some(day);
        self
    }

    /// The model that takes over, by name.
    #[must_use]
    pub fn successor(mut self, name: impl Into<Box<str>>) -> Self {
        self.lifecycle.successor = Some(name.into());
        self
    }

    /// How calls that name it move to its successor before its sunset; all at once on that day unless given.
    #[must_use]
    pub fn move_over(mut self, schedule: MoveOver) -> Self {
        self.lifecycle.move_over = Some(schedule);
        self
    }

    /// How long the first token usually takes.
    #[must_use]
    pub const fn first_token(mut self, time: Duration) -> Self {
        self.first_token = Some(time);
        self
    }

    /// How fast tokens follow.
    #[must_use]
    pub const fn tokens_per_second(mut self, speed: f64) -> Self {
        self.tokens_per_second = Some(speed);
        self
    }

    /// Known, but never a candidate, and why.
    #[must_use]
    pub fn unroutable(mut self, reason: impl Into<Box<str>>) -> Self {
        self.unroutable = Some(reason.into());
        self
    }

    /// It thinks beyond the limit that a request sets on the answer.
    #[must_use]
    pub const fn reasoning_unbounded(mut self, yes: bool) -> Self {
        self.reasoning_unbounded = yes;
        self
    }

    /// How its provider counts images in the prompt.
    #[must_use]
    pub const fn image_tokens(mut self, formula: ImageTokens) -> Self {
        self.image_tokens = Some(formula);
        self
    }

    /// How many tokens its chat template adds to any prompt.
    #[must_use]
    pub const fn prompt_overhead(mut self, tokens: u64) -> Self {
        self.prompt_overhead = tokens;
        self
    }

    /// The vocabulary by which its tokens can be counted.
    #[must_use]
    pub fn tokenizer(mut self, vocabulary: impl Into<Box<str>>) -> Self {
        self.tokenizer = Some(vocabulary.into());
        self
    }

    /// How it is told how much to think; the provider's or the dialect's usual way unless given.
    #[must_use]
    pub const fn reasoning(mut self, form: ReasoningForm) -> Self {
        self.reasoning = Some(form);
        self
    }

    /// How it is asked to go on with what is there of its turn already, where that works: an answer that broke off
    /// elsewhere can be resumed there.
    #[must_use]
    pub const fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = Some(prefix);
        self
    }

    /// What it refuses, though its dialect has words for it.
    #[must_use]
    pub fn lacks(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        self.lacks = features.into_iter().fold(self.lacks, Features::with);
        self
    }

    /// Whose thinking it can take back; what its name begins with unless given.
    #[must_use]
    pub fn family(mut self, family: impl Into<Box<str>>) -> Self {
        self.family = Some(family.into());
        self
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let mut check = Check {
            item: format!("model {:?}", self.name),
            places: &self.places,
            problems,
        };
        check.name(&self.name);
        self.check_id(&mut check);
        for (key, tokens) in [("context", self.context), ("max_output", self.max_output)] {
            if tokens == Some(0) {
                check.wrong(
                    key,
                    "must be above zero; leave it out where it is not known",
                );
            }
        }
        for (task, score) in &self.quality {
            check.score(&format!("quality.{task}"), *score);
        }
        self.check_efforts(&mut check);
        if let Some(speed) = self.tokens_per_second {
            check.positive("tokens_per_second", speed);
        }
        if let Some(family) = &self.family {
            check.word("family", family);
        }
        lifecycle::check(&self.name, &self.lifecycle, &mut check);
        for rate in self.price.rates() {
            if rate.amount() == UnitPrice::FREE && !rate.is_free() {
                check.wrong(
                    "price",
                    format!(
                        "{} has a price of zero; say `free = true` where it costs nothing",
                        rate.unit()
                    ),
                );
            }
            if rate
                .from()
                .zip(rate.until())
                .is_some_and(|(from, until)| until <= from)
            {
                check.wrong(
                    "price",
                    format!("{} has a rate that ends before it begins", rate.unit()),
                );
            }
        }
    }

    fn check_id(&self, check: &mut Check<'_>) {
        let id = self.id.as_deref().unwrap_or(&self.name);
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'?' | b'#' | b'%');
        let dots = id
            .split('/')
            .any(|segment| matches!(segment, "" | "." | ".."));
        if id.len() > 256 || dots || !id.bytes().all(plain) {
            check.wrong(
                "id",
                "an id is 1 to 256 printable ASCII characters without spaces, quotes, `\\`, `?`, `#`, `%` and empty or dotted segments",
            );
        }
    }

    fn check_efforts(&self, check: &mut Check<'_>) {
        for (i, effort) in self.efforts.iter().enumerate() {
            let key = format!(
                "effort.{}",
                effort.level().chars().take(40).collect::<String>()
            );
            check.word("effort.level", effort.level());
            if self.efforts[..i]
                .iter()
                .any(|other| other.level() == effort.level())
            {
                check.wrong(&key, "the level is listed twice");
            }
            check.positive(&format!("{key}.output_factor"), effort.output_factor());
            for (task, score) in effort.scores() {
                check.score(&format!("{key}.quality.{task}"), *score);
            }
        }
    }

    pub(super) fn build(self, provider: Arc<Provider>) -> Model {
        Model {
            id: self.id.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            provider,
            kind: self.kind,
            price: self.price,
            context: self.context,
            max_output: self.max_output,
            can: self.can.unwrap_or(Capabilities::ALL),
            quality: self.quality,
            efforts: self.efforts,
            lifecycle: self.lifecycle,
            first_token: self.first_token,
            tokens_per_second: self.tokens_per_second,
            unroutable: self.unroutable,
            reasoning_unbounded: self.reasoning_unbounded,
            image_tokens: self.image_tokens,
            prompt_overhead: self.prompt_overhead,
            tokenizer: self.tokenizer,
            reasoning: self.reasoning,
            prefix: self.prefix,
            lacks: self.lacks,
            family: self.family,
        }
    }
}
