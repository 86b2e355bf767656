use std::sync::Arc;

use tower_genai::{
    catalog::Catalog,
    context::Context,
    observe::{Decision, Event, Observer},
    profile::{Feedback, Profile},
    query::Wish,
    select::{self, Selector},
};

use crate::stream::{Call, Stream};

/// How a stream is played.
pub(crate) struct Setting {
    pub(crate) catalog: Catalog,
    /// Whether there is a profile that learns.
    pub(crate) learn: bool,
    /// Of how many calls the score is told: to the profile, and to the log.
    pub(crate) feedback: f64,
    pub(crate) quality: Option<f64>,
    pub(crate) seed: u64,
}

/// A call that was decided.
#[derive(Clone, Copy)]
pub(crate) struct Played {
    /// Its place in the stream.
    pub(crate) call: usize,
    /// Place of the model that was chosen.
    pub(crate) chosen: usize,
}

/// What is told of a call once it is decided, and scored where it is.
pub(crate) struct Told<'a> {
    pub(crate) call: &'a Call,
    pub(crate) decision: &'a Arc<Decision>,
    pub(crate) chosen: usize,
    pub(crate) score: f64,
    pub(crate) revealed: bool,
}

/// Plays the calls of these places in this order: each is decided by the crate's own selector, and the profile is told
/// the score of the answer that was chosen, and of no other.
pub(crate) fn play(
    stream: &Stream,
    order: impl IntoIterator<Item = usize>,
    setting: &Setting,
    mut tell: impl FnMut(&Told<'_>) -> Result<(), String>,
) -> Result<Vec<Played>, String> {
    let mut random = fastrand::Rng::with_seed(setting.seed);
    // Names of decisions are random too: the same seed, the same log.
    fastrand::seed(random.u64(..));
    let mut selector = Selector::new(setting.catalog.clone());
    let profile = setting.learn.then(|| {
        // Calls come as fast as they can be decided here.
        let profile = Profile::new().labels_per_minute(u32::MAX);
        profile.seed(random.u64(..))
    });
    if let Some(profile) = &profile {
        selector = selector.experience(profile.clone());
    }
    let wish = setting
        .quality
        .map_or_else(Wish::new, |share| Wish::new().with_quality(share));
    let context = Context::new();
    let mut played = Vec::new();
    for at in order {
        let call = &stream.calls[at];
        let partial = (stream.pool_is_larger || !call.is_whole()).then(|| {
            let scored = stream.models.iter().zip(&call.scores);
            let scored = scored.filter(|(_, score)| score.is_some());
            wish.clone().with_models(scored.map(|(name, _)| &**name))
        });
        let wish = partial.as_ref().unwrap_or(&wish);
        let asked = select::Call::new(&call.query, &context).wish(Some(wish));
        let plan = selector
            .plan(&asked)
            .map_err(|unplanned| format!("call {}: {}", at + 1, unplanned.refusal().message()))?;
        let routed = plan.decision().and_then(|decision| {
            let first = decision.routed().next()?;
            Some((decision, first))
        });
        let Some((decision, first)) = routed else {
            return Err(format!("call {}: nobody was chosen", at + 1));
        };
        let name = first.candidate.model().name();
        let chosen = stream.models.iter().position(|model| model == name);
        let score = chosen.and_then(|chosen| call.scores[chosen]);
        let (Some(chosen), Some(score)) = (chosen, score) else {
            return Err(format!(
                "call {}: `{name}` was chosen, and has no score",
                at + 1
            ));
        };
        let revealed = random.f64() < setting.feedback;
        if let Some(profile) = &profile {
            profile.observe(&Event::Decided(decision));
            profile.answered(decision.id, &first.candidate);
            if revealed {
                let feedback = Feedback::new(decision.id, score);
                let taken = profile.feedback(None, &feedback);
                taken.map_err(|error| format!("call {}: {error}", at + 1))?;
            }
        }
        tell(&Told {
            call,
            decision,
            chosen,
            score,
            revealed,
        })?;
        played.push(Played { call: at, chosen });
    }
    Ok(played)
}
