use std::sync::Arc;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

use super::few::Few;
use crate::{
    catalog::Candidate,
    observe::{
        Cached, Decision, Ending, Event, FellBack, Finished, Observer, Outcome, Reason, semconv,
    },
    profile::{Feedback, drift::Drift},
};

/// Tells the app's recorder of the `metrics` facade what becomes of calls. See the [module docs](crate::observe::metrics).
///
/// Clones tell the same names apart.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Names>);

#[derive(Debug, Default)]
struct Names {
    tasks: Few,
    aliases: Few,
}

const DURATION: &str = "gen_ai.client.operation.duration";
const FIRST: &str = "gen_ai.client.operation.time_to_first_chunk";
const TOKENS: &str = "gen_ai.client.token.usage";
const TOKEN_TYPE: &str = "gen_ai.token.type";
const OVERHEAD: &str = "tower_genai.overhead";
const COST: &str = "tower_genai.cost_nano_usd";
const DECISIONS: &str = "tower_genai.decisions";
const FALLBACKS: &str = "tower_genai.fallbacks";
const CACHED: &str = "tower_genai.cached";
const DEPRECATED: &str = "tower_genai.deprecated_calls";
const SCORES: &str = "tower_genai.scores";
const DRIFTS: &str = "tower_genai.drifts";
const RECOVERIES: &str = "tower_genai.recoveries";

impl Metrics {
    /// Describes the metrics to the recorder that is installed by now.
    pub fn new() -> Self {
        describe_histogram!(
            DURATION,
            Unit::Seconds,
            "From sending an attempt to the end of its answer"
        );
        describe_histogram!(
            FIRST,
            Unit::Seconds,
            "From sending an attempt to the first content of its answer"
        );
        describe_histogram!(
            TOKENS,
            Unit::Count,
            "Tokens of prompts and of answers, as providers report them"
        );
        describe_histogram!(
            OVERHEAD,
            Unit::Seconds,
            "From having read a request to sending it"
        );
        describe_counter!(
            COST,
            Unit::Count,
            "What calls have cost, in billionths of a USD"
        );
        describe_counter!(DECISIONS, Unit::Count, "Calls that were decided");
        describe_counter!(FALLBACKS, Unit::Count, "Attempts that failed");
        describe_counter!(
            CACHED,
            Unit::Count,
            "Calls that were answered with another call's answer"
        );
        describe_counter!(
            DEPRECATED,
            Unit::Count,
            "Calls of models whose end is announced or past"
        );
        describe_histogram!(SCORES, Unit::Count, "What answers were worth, 0 to 1");
        describe_counter!(
            DRIFTS,
            Unit::Count,
            "Candidates that are not any more what they were"
        );
        describe_counter!(
            RECOVERIES,
            Unit::Count,
            "Candidates that are again what they were"
        );
        Self::default()
    }

    fn decided(&self, decision: &Decision) {
        let Names { tasks, aliases } = &*self.0;
        counter!(
            DECISIONS,
            "tower_genai.alias" => decision.alias.as_deref().map_or_else(String::new, |alias| aliases.name(alias)),
            semconv::TASK => tasks.name(decision.classification.task().as_str()),
            "tower_genai.reason" => reason(&decision.reason),
        )
        .increment(1);
    }
}

/// Why one was first, in few words.
const fn reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::Named => "named",
        Reason::Successor { .. } => "successor",
        Reason::MovedOver { .. } => "moved_over",
        Reason::Policy(_) => "policy",
        Reason::Sticky => "sticky",
        Reason::Capped => "capped",
        Reason::OnlyOne => "only_one",
        Reason::LastResort => "last_resort",
        Reason::Refused(_) => "refused",
        Reason::Shadow { .. } => "shadow",
    }
}

/// The catalog's names of who was asked.
fn names(candidate: &Candidate) -> (String, String) {
    let model = candidate.model();
    (model.provider().name().to_owned(), model.name().to_owned())
}

fn finished(outcome: &Outcome) {
    let Some(Finished {
        ending,
        usage,
        cost,
        streamed,
        first_content,
        total,
        ..
    }) = outcome.get()
    else {
        return;
    };
    let (provider, model) = names(outcome.candidate());
    let mut labels = vec![
        metrics::Label::from_static_parts(semconv::OPERATION_NAME, "chat"),
        metrics::Label::new(semconv::PROVIDER_NAME, provider.clone()),
        metrics::Label::new(semconv::REQUEST_MODEL, model.clone()),
    ];
    // As the conventions have it, of streams alone.
    if let Some(first) = first_content.filter(|_| *streamed) {
        histogram!(FIRST, labels.clone()).record(first.as_secs_f64());
    }
    if let Some(usage) = usage {
        for (kind, tokens) in [("input", usage.prompt()), ("output", usage.answer())] {
            let mut labels = labels.clone();
            labels.push(metrics::Label::from_static_parts(TOKEN_TYPE, kind));
            #[allow(clippy::cast_precision_loss, reason = "tokens of one call")]
            histogram!(TOKENS, labels).record(tokens as f64);
        }
    }
    if let Some(cost) = cost {
        counter!(COST, semconv::PROVIDER_NAME => provider, semconv::REQUEST_MODEL => model)
            .increment(cost.nanos());
    }
    if let Some(overhead) = outcome.overhead() {
        histogram!(OVERHEAD).record(overhead.as_secs_f64());
    }
    let error = match (outcome.failure(), ending) {
        (Some(failure), _) => Some(failure.class.as_str()),
        (None, Ending::Complete) => None,
        (None, ending) => Some(ending.as_str()),
    };
    labels.extend(error.map(|error| metrics::Label::from_static_parts(semconv::ERROR_TYPE, error)));
    histogram!(DURATION, labels).record(total.as_secs_f64());
}

fn fell_back(fell: &FellBack<'_>) {
    let (provider, model) = fell.from.map(names).unwrap_or_default();
    counter!(
        FALLBACKS,
        semconv::PROVIDER_NAME => provider,
        semconv::REQUEST_MODEL => model,
        semconv::ERROR_TYPE => fell.failure.class.as_str(),
    )
    .increment(1);
}

fn cached(cached: &Cached) {
    let kind = if cached.age.is_some() {
        "stored"
    } else {
        "joined"
    };
    counter!(CACHED, "tower_genai.kind" => kind).increment(1);
}

fn scored(feedback: &Feedback) {
    histogram!(SCORES, "tower_genai.source" => feedback.source.as_str()).record(feedback.score);
}

fn drifted(name: &'static str, drift: &Drift) {
    let model = drift.model.to_string();
    counter!(name, semconv::REQUEST_MODEL => model, semconv::DRIFT => drift.what.as_str())
        .increment(1);
}

impl Observer for Metrics {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => self.decided(decision),
            Event::Finished(outcome) => finished(outcome),
            Event::FellBack(fell) => fell_back(fell),
            Event::Deprecated(deprecated) => {
                let model = deprecated.model.name().to_owned();
                counter!(DEPRECATED, semconv::REQUEST_MODEL => model).increment(1);
            }
            Event::Cached(it) => cached(it),
            Event::Replayed(_) => {
                counter!(CACHED, "tower_genai.kind" => "replayed").increment(1);
            }
            Event::Scored(feedback) => scored(feedback),
            Event::Drifted(drift) => drifted(DRIFTS, drift),
            Event::Recovered(drift) => drifted(RECOVERIES, drift),
            Event::ModelChanged(_) | Event::Shadowed(_) => {}
        }
    }
}
