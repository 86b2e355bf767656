use std::sync::Arc;

use http::{Request, Response};
use tokio::{runtime::Handle, task::JoinHandle};

use super::expected::Expected;
use crate::{
    observe::{DecisionId, Ending, Outcome, semconv},
    profile::{Feedback, Profile, Source},
    query::{Classified, Feature, Op, Query},
    select::Plan,
    transcript::{Said, Tap, Transcript},
};

/// More of an answer is not read.
const MOST: usize = 64 * 1024;
/// A larger request is not read once more.
const MOST_REQUEST: usize = 4 * 1024 * 1024;

/// A call of which the answer has a form that can be checked.
#[derive(Debug)]
pub(super) struct Watch {
    profile: Profile,
    decision: DecisionId,
    query: Arc<Query>,
    runtime: Handle,
    /// What is expected of the answer is read beside, so that the request can be let go.
    expected: JoinHandle<Option<Expected>>,
}

impl Watch {
    /// Of a call that is routed, and wants JSON or offers tools.
    pub(super) fn of<B: Classified>(profile: &Profile, request: &Request<B>) -> Option<Self> {
        let query = request.body().query();
        let features = query.features();
        let checked = [Feature::JsonSchema, Feature::JsonObject, Feature::Tools];
        let wanted = query.api().op() == Op::Generate && profile.takes_signals();
        if !wanted || !checked.into_iter().any(|one| features.has(one)) {
            return None;
        }
        let plan = request.extensions().get::<Plan>()?;
        let decision = plan.decision().filter(|one| one.alias.is_some())?.id;
        let bytes = request.body().bytes()?;
        let bytes = Some(bytes.clone()).filter(|bytes| bytes.len() <= MOST_REQUEST)?;
        let runtime = Handle::try_current().ok()?;
        let api = query.api();
        let expected = runtime.spawn(async move { Expected::read(api, &bytes) });
        Some(Self {
            profile: profile.clone(),
            decision,
            query: Arc::clone(query),
            runtime,
            expected,
        })
    }

    /// What reads the answer along, where it is one.
    pub(super) fn follow<R>(self: Box<Self>, response: &Response<R>) -> Option<Tap> {
        let outcome = response.extensions().get::<Outcome>()?.clone();
        let ours = outcome.decision().map(|one| one.id) == Some(self.decision);
        if !ours || !response.status().is_success() {
            return None;
        }
        let transcript = Transcript::new(&self.query, response.headers(), MOST)?;
        Some(Tap::new(transcript, move |transcript| {
            let runtime = self.runtime.clone();
            runtime.spawn(self.check(transcript, outcome));
        }))
    }

    async fn check(self: Box<Self>, transcript: Transcript, outcome: Outcome) -> Option<()> {
        if outcome.finished().await.ending != Ending::Complete {
            return None;
        }
        let said = transcript.finish()?;
        let expected = self.expected.await.ok()??;
        // The profile may not have been told of the answer's end yet.
        self.profile.answered(self.decision, outcome.candidate());
        let tenant = outcome.decision().and_then(|one| one.tenant.clone());
        for (source, fits) in signals(&expected, &said) {
            let Some(fits) = fits else {
                continue;
            };
            let score = f64::from(u8::from(fits));
            let feedback = Feedback::new(self.decision, score).source(source);
            let taken = self.profile.feedback(tenant.as_ref(), &feedback).is_ok();
            tracing::debug!(
                { semconv::DECISION } = %self.decision,
                ?source,
                fits,
                taken,
                "an answer was checked"
            );
        }
        Some(())
    }
}

fn signals(expected: &Expected, said: &Said) -> [(Source, Option<bool>); 2] {
    [
        (Source::Schema, expected.is_met_by_text(said)),
        (Source::ToolCall, expected.is_met_by_calls(said)),
    ]
}
