use std::{borrow::Cow, time::SystemTime};

use super::fields;
use crate::{
    catalog::{Candidate, Model, Terms, Unit, Usage},
    context::Context,
    money::{Cost, Usd},
    query::{Capability, ImageIn, Op, Query, TokenCount},
};

/// Under a hard budget an answer is not cut below this many tokens to save money; a candidate for which even that
/// is too dear is left out.
const LEAST_OUTPUT: u32 = 256;
/// How many tokens answers have where nothing is known: those to easy queries, and what hard ones have on top.
const GUESS_OUTPUT: (f64, f32) = (200.0, 800.0);

/// What a call can cost at a candidate, what it probably costs, and the limit of output that makes it so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Quote {
    /// The most it can cost.
    pub bound: Cost,
    /// Why there is no bound, where there is none: the request's field, or what the catalog lacks.
    pub unbounded: Option<Cow<'static, str>>,
    /// What it probably costs; `None` where the price is not known.
    pub guess: Option<Usd>,
    /// The limit of output tokens per choice that the request has to be sent with; `None` where the caller's own, or
    /// none, stays.
    pub write_max_output: Option<u32>,
    /// The most tokens of output of all choices, thinking included; `None` where no limit is known.
    pub most_output: Option<u64>,
    /// The most tokens that it can use, as far as that is known: of the prompt, and of all choices. Images count as the
    /// model counts them. Where no limit of output is known, only the prompt counts.
    pub most_tokens: u64,
    /// Tokens of the prompt that the caller has not sent and that are sent all the same.
    pub(crate) more_input: u64,
}

impl Quote {
    /// The quote of a call to which so many tokens of prompt are added here: thinking that goes back to its model.
    pub(crate) fn with_more_input(
        mut self,
        candidate: &Candidate,
        tokens: u64,
        at: SystemTime,
    ) -> Self {
        let (model, terms) = (candidate.model(), Terms::new(at));
        let output = self.most_output.unwrap_or(0);
        self.more_input = tokens;
        self.most_tokens = self.most_tokens.saturating_add(tokens);
        let price = |usage: Usage| model.price().bound(&usage, &terms).bound();
        let added = price(Usage::text(tokens, 0));
        // A longer prompt may cost more for each of its tokens.
        let prompt = self.most_tokens.saturating_sub(output);
        let whole = price(Usage::text(prompt, output));
        let bound = self.bound.bound().zip(added.zip(whole));
        self.bound = match bound {
            Some((bound, (added, whole))) => Cost::Bounded(bound.saturating_add(added).max(whole)),
            None => Cost::Unknown,
        };
        self
    }
}

impl Quote {
    /// Of a call that asks how long a prompt is, for which no provider charges.
    const NOTHING: Self = Self {
        bound: Cost::Known(Usd::ZERO),
        unbounded: None,
        guess: Some(Usd::ZERO),
        write_max_output: None,
        most_output: Some(0),
        most_tokens: 0,
        more_input: 0,
    };
}

/// What a query can cost at a candidate, in a context of its own.
pub(crate) fn quoted(
    query: &Query,
    context: &Context,
    candidate: &Candidate,
    at: SystemTime,
) -> Quote {
    Quoter::new(query, context, at).quote(candidate)
}

/// Prices one query at candidate after candidate.
///
/// The bound covers every choice, thinking where a limit of output does not cover it, and the dearest rate that could
/// apply. Only where an enforcing scope is open and the caller has set no limit is one written: the scope's default,
/// lowered so that the call holds at most its share of what is left.
pub(super) struct Quoter<'a> {
    query: &'a Query,
    terms: Terms,
    choices: u64,
    /// The limit to write where the caller has set none.
    default_max_output: Option<u32>,
    /// The most that the call may then hold.
    share: Option<Usd>,
    /// Most tokens of text in.
    input: u64,
}

impl<'a> Quoter<'a> {
    pub(super) fn new(query: &'a Query, context: &Context, at: SystemTime) -> Self {
        let terms = Terms::new(at);
        let default_max_output = match query.max_output() {
            Some(_) => None,
            None => context.default_max_output(),
        };
        Self {
            query,
            terms: match query.service_tier() {
                Some(tier) => terms.tier(tier),
                None => terms,
            },
            choices: u64::from(query.n().max(1)),
            default_max_output,
            share: default_max_output.and_then(|_| context.share()),
            input: query.tokens().input_bound,
        }
    }

    /// With the tokens of its messages' texts counted, where that makes fewer than their bytes.
    pub(super) fn counted(&self, tokens: u64) -> Self {
        let bytes = self.query.tokens().text_bytes;
        let input = self.query.tokens().input_bound;
        Self {
            query: self.query,
            terms: self.terms.clone(),
            choices: self.choices,
            default_max_output: self.default_max_output,
            share: self.share,
            input: input
                .saturating_sub(bytes)
                .saturating_add(tokens)
                .min(input),
        }
    }

    /// Whether a quote might be better if the prompt were known to have fewer tokens than bytes.
    pub(super) fn is_tight(&self, quote: &Quote, most: Option<Usd>) -> bool {
        let refused = quote
            .bound
            .bound()
            .zip(most)
            .is_some_and(|(bound, most)| bound > most);
        refused || quote.write_max_output < self.default_max_output
    }

    pub(super) fn quote(&self, candidate: &Candidate) -> Quote {
        if self.query.api().op() == Op::CountTokens {
            return Quote::NOTHING;
        }
        let terms = &*self.terms_at(candidate);
        let model = candidate.model();
        let price = model.price();
        let model_most = model.max_output().or(model.context());
        let default = self.default_max_output.filter(|_| !price.is_free());
        let write_max_output = default.map(|default| {
            let prompt = self.query.tokens().guess();
            let room = model
                .context()
                .map(|context| context.saturating_sub(prompt).max(1));
            let most = room.into_iter().chain(model_most).min().unwrap_or(u64::MAX);
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            // Some providers take a limit of nought for none.
            self.affordable(candidate, default.min(most).max(1), terms)
        });
        // The caller's own limit counts even above the model's: what the catalog says of that may be old. One of nought
        // is a mistake at some providers, and no limit at others.
        let visible = self
            .query
            .max_output()
            .filter(|most| *most > 0)
            .or(write_max_output)
            .map(u64::from)
            .or(model_most);
        let thinking = if model.reasoning_unbounded() {
            model_most
        } else {
            Some(0)
        };
        let most_output = visible.zip(thinking).map(|(visible, thinking)| {
            visible
                .saturating_add(thinking)
                .saturating_mul(self.choices)
        });

        let unbounded = match (self.query.unbounded(), most_output) {
            _ if price.is_free() => None,
            (Some(field), _) => Some(Cow::from(field.to_owned())),
            (None, None) => Some(fields::limit(self.query.api()).into()),
            (None, Some(_)) if self.query.files() && most_of_files(model).is_none() => {
                Some(fields::file(self.query.api()).into())
            }
            (None, Some(_)) if !self.prices_region(candidate) => Some("inference_geo".into()),
            (None, Some(_)) => None,
        };
        let bound = match most_output {
            _ if price.is_free() => Cost::Known(Usd::ZERO),
            Some(output) if unbounded.is_none() => self.bound(candidate, output, terms),
            _ => Cost::Unknown,
        };
        let unpriced = (bound == Cost::Unknown).then(|| {
            // A price that is known and has no bound fails at the tier asked for.
            let tier = price.is_known() && self.query.service_tier().is_some();
            Cow::Borrowed(match tier {
                true => fields::tier(self.query.api()),
                false => "price",
            })
        });
        Quote {
            guess: self.guess(candidate, most_output, terms),
            unbounded: unbounded.or(unpriced),
            bound,
            write_max_output,
            most_output,
            most_tokens: most_tokens(self.query, self.input, model, most_output.unwrap_or(0)),
            more_input: 0,
        }
    }

    fn terms_at(&self, candidate: &Candidate) -> Cow<'_, Terms> {
        match (self.query.region(), candidate.model().provider().region()) {
            (None, Some(region)) => Cow::Owned(self.terms.clone().region(region)),
            // The caller asks for another than the provider's own: the dearest of all is reckoned with.
            (Some(_), _) | (None, None) => Cow::Borrowed(&self.terms),
        }
    }

    /// Whether the price says what the region costs that the caller asks for. Anywhere costs what is usual.
    fn prices_region(&self, candidate: &Candidate) -> bool {
        let price = candidate.model().price();
        self.query.region().is_none_or(|asked| {
            asked == "global"
                || price.region_factors().any(|(region, _)| region == asked)
                || price
                    .rates()
                    .iter()
                    .any(|rate| rate.region() == Some(asked))
        })
    }

    /// The most that the call can cost with so many tokens of output.
    fn bound(&self, candidate: &Candidate, output: u64, terms: &Terms) -> Cost {
        let model = candidate.model();
        let most = most_usage(self.query, self.input, model, output);
        model.price().bound(&most, terms)
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    fn guess(&self, candidate: &Candidate, most: Option<u64>, terms: &Terms) -> Option<Usd> {
        let each = guessed_output(self.query) * candidate.output_factor();
        let output = (each as u64).saturating_mul(self.choices);
        let guess = self.query.tokens().guess();
        let usage = Usage::text(guess, output.min(most.unwrap_or(u64::MAX)));
        candidate.model().price().cost(&usage, terms).bound()
    }

    /// The most output tokens per choice, up to `most`, with which the call holds at most its share; not fewer than
    /// [`LEAST_OUTPUT`].
    fn affordable(&self, candidate: &Candidate, most: u32, terms: &Terms) -> u32 {
        const STEP: u64 = 1_000_000;
        let at = |output| self.bound(candidate, output, terms).bound();
        let whole = u64::from(most).saturating_mul(self.choices);
        // The usual case: there is plenty.
        if at(whole)
            .zip(self.share)
            .is_some_and(|(bound, share)| bound <= share)
        {
            return most;
        }
        let (Some(share), Some(without), Some(with)) = (self.share, at(0), at(STEP)) else {
            return most;
        };
        // Rates are linear in the output, and the bound takes the dearest: no token costs more than this.
        let per_million = u128::from(with.saturating_sub(without).nanos()) + 1;
        let money = u128::from(share.saturating_sub(without).nanos());
        let tokens = money * u128::from(STEP) / per_million / u128::from(self.choices);
        let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        tokens.clamp(LEAST_OUTPUT.min(most), most)
    }
}

/// How many tokens an answer has where nothing is known but how hard the query is, at the usual effort.
pub(super) fn guessed_output(query: &Query) -> f64 {
    let (least, hard) = GUESS_OUTPUT;
    least + f64::from(hard * query.classification().difficulty())
}

/// The most of every unit that a call can use which has so many tokens of text in and gives so many of output.
///
/// Where a price tells images or speech from text, they count as both: which of them a provider will say they were is
/// not known before.
pub(crate) fn most_usage(query: &Query, input: u64, model: &Model, output: u64) -> Usage {
    let images = most_of_images(query.images(), model);
    usage_with(query, input, model, output, images)
}

/// The same, were the images in the prompt the largest there are, at the highest detail.
pub(crate) fn most_usage_of_any_images(
    query: &Query,
    input: u64,
    model: &Model,
    output: u64,
) -> Usage {
    let any = vec![ImageIn::default(); query.images().len()];
    usage_with(query, input, model, output, most_of_images(&any, model))
}

fn usage_with(query: &Query, input: u64, model: &Model, output: u64, images: u64) -> Usage {
    let price = model.price();
    let tokens = query.tokens();
    let mut text = input.saturating_add(model.prompt_overhead());
    if query.files() {
        text = text.max(most_of_files(model).unwrap_or(u64::MAX));
    }
    let predicted = most_predicted(query);
    let spoken = query.needs().has(Capability::AudioOutput);
    let told = |unit: &Unit, tokens: u64| if price.states(unit) { tokens } else { 0 };
    Usage {
        input: text
            .saturating_add(images)
            .saturating_add(tokens.audio_bound),
        audio_input: match query.files() {
            // A file may be speech, or pages as images: all of it counts as either too.
            true => tokens.audio_bound.max(told(&Unit::AudioInput, text)),
            false => tokens.audio_bound,
        },
        image_input: match (query.files(), images) {
            (true, _) => told(&Unit::ImageInput, text.saturating_add(images)),
            (false, 0) => 0,
            (false, images) => told(&Unit::ImageInput, images),
        },
        output: output.saturating_add(predicted),
        // A model that can speak or draw may do so unasked.
        audio_output: if spoken {
            output
        } else {
            told(&Unit::AudioOutput, output)
        },
        image_output: told(&Unit::ImageOutput, output),
        ..Usage::default()
    }
}

/// The most tokens that a call uses, in and out, which has so many of text in and gives so many. Of files whose length
/// nobody knows nothing counts.
pub(crate) fn most_tokens(query: &Query, input: u64, model: &Model, output: u64) -> u64 {
    let mut text = input.saturating_add(model.prompt_overhead());
    if query.files() {
        text = text.max(most_of_files(model).unwrap_or(0));
    }
    [
        most_of_images(query.images(), model),
        query.tokens().audio_bound,
        output,
        most_predicted(query),
    ]
    .into_iter()
    .fold(text, u64::saturating_add)
}

fn most_of_images(images: &[ImageIn], model: &Model) -> u64 {
    let images = images.iter().map(|image| match model.image_tokens() {
        Some(formula) => formula.most(image),
        None => TokenCount::PER_IMAGE,
    });
    images.fold(0, u64::saturating_add)
}

/// Predicted tokens that are not taken over are billed as output, for every choice.
fn most_predicted(query: &Query) -> u64 {
    let choices = u64::from(query.n().max(1));
    query.predicted().saturating_mul(choices)
}

/// The most tokens that a prompt with files in it has: a provider takes none that is longer than the model's context.
/// `None` where that is not known, where tokens of pictures do not count for it, or where pages have a price.
fn most_of_files(model: &Model) -> Option<u64> {
    let fill = model.image_tokens()?.fill_the_context();
    let context = model.context()?;
    (fill && !model.price().states(&Unit::Page)).then_some(context)
}
