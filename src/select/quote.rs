use std::{borrow::Cow, time::SystemTime};

use crate::{
    budget::Scope,
    catalog::{Candidate, Terms, Usage},
    money::{Cost, Usd},
    query::{Query, TokenCount},
};

/// Under a hard budget an answer is not cut below this many tokens to save money; a candidate for which even that
/// is too dear is left out.
const LEAST_OUTPUT: u32 = 256;
/// How many tokens answers have where nothing is known: those to easy queries, and what hard ones have on top.
const GUESS_OUTPUT: (u64, f32) = (200, 800.0);

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
    /// Most output tokens of all choices.
    pub most_output: u64,
}

impl Quote {
    /// Prices `query` at `candidate`, under `scopes`, for a call sent at `at`.
    ///
    /// The bound covers every choice, thinking where a limit of output does not cover it, and the dearest rate that
    /// could apply. Only where an enforcing scope is open and the caller has set no limit is one written: the scope's
    /// default, lowered so that the call holds at most its share of what is left.
    pub fn new(query: &Query, candidate: &Candidate, scopes: &[Scope], at: SystemTime) -> Self {
        let model = candidate.model();
        let price = model.price();
        let terms = terms(query, at);
        let hard = scopes.iter().any(Scope::is_hard);
        let choices = u64::from(query.n().max(1));

        let model_most = model.max_output().or(model.context());
        let mut per_choice = query.max_output().map(u64::from);
        let mut write = None;
        if per_choice.is_none() && hard {
            let default = scopes.iter().filter(|scope| scope.is_hard());
            let default = default
                .map(Scope::default_max_output)
                .min()
                .unwrap_or(u32::MAX);
            let most = u32::try_from(model_most.unwrap_or(u64::MAX)).unwrap_or(u32::MAX);
            let cap = affordable(query, candidate, scopes, &terms, default.min(most));
            write = Some(cap);
            per_choice = Some(u64::from(cap));
        }
        // A model stops at its own limit, whatever the caller allows.
        let visible = match (per_choice, model_most) {
            (Some(asked), Some(most)) => Some(asked.min(most)),
            (one, other) => one.or(other),
        };
        let thinking = if model.reasoning_unbounded() {
            model_most
        } else {
            Some(0)
        };
        let most_output = visible
            .zip(thinking)
            .map(|(visible, thinking)| visible.saturating_add(thinking).saturating_mul(choices));

        let mut unbounded = query.unbounded().map(|field| Cow::from(field.to_owned()));
        if most_output.is_none() && !price.is_free() {
            unbounded.get_or_insert(Cow::Borrowed("max_completion_tokens"));
        }
        let bound = match most_output {
            _ if price.is_free() => Cost::Known(Usd::ZERO),
            Some(output) if unbounded.is_none() => price.bound(&most_usage(query, output), &terms),
            _ => Cost::Unknown,
        };
        if bound == Cost::Unknown {
            unbounded.get_or_insert(Cow::Borrowed("price"));
        }
        Self {
            guess: guess(query, candidate, most_output, &terms),
            unbounded: if bound == Cost::Unknown {
                unbounded
            } else {
                None
            },
            bound,
            write_max_output: write,
            most_output: most_output.unwrap_or(u64::MAX),
        }
    }
}

fn terms(query: &Query, at: SystemTime) -> Terms {
    match query.service_tier() {
        Some(tier) => Terms::new(at).tier(tier),
        None => Terms::new(at),
    }
}

/// The most of every unit that the call can use.
fn most_usage(query: &Query, output: u64) -> Usage {
    let tokens = query.tokens();
    let images = u64::from(tokens.images) * TokenCount::PER_IMAGE;
    Usage {
        input: tokens.input_bound.saturating_add(images),
        audio_input: tokens.audio_bound,
        output: query
            .predicted()
            .saturating_mul(u64::from(query.n().max(1)))
            .saturating_add(output),
        ..Usage::default()
    }
}

fn guess(query: &Query, candidate: &Candidate, most: Option<u64>, terms: &Terms) -> Option<Usd> {
    let difficulty = query.classification().get_difficulty();
    let factor = candidate
        .effort()
        .map_or(1.0, |effort| effort.output_factor());
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let output = ((GUESS_OUTPUT.0 as f64 + f64::from(GUESS_OUTPUT.1 * difficulty)) * factor) as u64;
    let output = output.saturating_mul(u64::from(query.n().max(1)));
    let usage = Usage::text(query.tokens().guess(), output.min(most.unwrap_or(u64::MAX)));
    candidate.model().price().cost(&usage, terms).bound()
}

/// The most output tokens per choice, up to `most`, with which the call holds at most its share of what each scope
/// has left; not fewer than [`LEAST_OUTPUT`].
fn affordable(
    query: &Query,
    candidate: &Candidate,
    scopes: &[Scope],
    terms: &Terms,
    most: u32,
) -> u32 {
    const STEP: u64 = 1_000_000;
    let enforcing = scopes.iter().filter(|scope| scope.is_hard());
    let Some(share) = enforcing
        .filter_map(Scope::allowance)
        .map(|left| left.share())
        .min()
    else {
        return most;
    };
    let at = |output: u64| {
        candidate
            .model()
            .price()
            .bound(&most_usage(query, output), terms)
    };
    let (Some(without), Some(with)) = (at(0).bound(), at(STEP).bound()) else {
        return most;
    };
    // Rates are linear in the output, and the bound takes the dearest: no token costs more than this.
    let per_million = u128::from(with.saturating_sub(without).nanos()) + 1;
    let money = u128::from(share.saturating_sub(without).nanos());
    let choices = u128::from(query.n().max(1));
    let tokens = money * u128::from(STEP) / per_million / choices;
    u32::try_from(tokens)
        .unwrap_or(u32::MAX)
        .clamp(LEAST_OUTPUT.min(most), most)
}
