use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body as HttpBody;
use tower::{Service, ServiceExt};

use super::{config::Config, other::may_be_asked};
use crate::{
    catalog::{Candidate, Model, Snapshot},
    context::Context,
    money::{Cost, Usd},
    observe::{Considered, Decision, DecisionId, Ending, Outcome, Reason},
    query::{Classified, Query},
    select::{LabelRule, Plan, Planned, Quote, quoted},
    transcript::{Said, Transcript},
};

/// How calls are made beside the caller's: for whom, on whose budget, by which catalog.
pub(super) struct Line {
    pub(super) config: Arc<Config>,
    pub(super) head: Parts,
    /// With the layer's own scope, and none of the caller's.
    pub(super) context: Context,
    /// What the caller asks.
    pub(super) query: Arc<Query>,
    pub(super) snapshot: Arc<Snapshot>,
    /// Where the caller's call goes.
    pub(super) decision: Arc<Decision>,
    /// The most that the caller's call may cost, and so another.
    pub(super) most: Option<Usd>,
}

/// What came of a call.
pub(super) struct Answered {
    /// What was said, where the answer is whole and short enough.
    pub(super) said: Option<Said>,
    pub(super) cost: Option<Usd>,
}

impl Line {
    /// The request that asks a candidate; `None` where the budget does not reach.
    pub(super) fn request<B: Classified>(
        &self,
        head: Parts,
        body: B,
        candidate: &Candidate,
        probability: f64,
    ) -> Option<Request<B>> {
        let query = body.query();
        let quote = quoted(query, &self.context, candidate, self.config.clock.now());
        if !self.affords(candidate, &quote) {
            return None;
        }
        let decision = Decision {
            id: DecisionId::random(),
            tenant: self.decision.tenant.clone(),
            asked: candidate.to_string().into(),
            alias: None,
            classification: query.classification().clone(),
            candidates: vec![self.considered(candidate, &quote)],
            route: vec![0],
            reason: Reason::Shadow {
                of: self.decision.id,
            },
            probability,
        };
        let planned = Planned {
            candidate: candidate.clone(),
            quote,
            only_if_gone: false,
        };
        let snapshot = Arc::clone(&self.snapshot);
        let plan = Plan::route(vec![planned], self.most, Arc::new(decision), snapshot);
        let mut request = Request::from_parts(head, body);
        self.context.clone().put(request.extensions_mut());
        request.extensions_mut().insert(plan);
        Some(request)
    }

    /// Whether the budget may have enough. The hold itself is sure.
    fn affords(&self, candidate: &Candidate, quote: &Quote) -> bool {
        if self.context.is_hard() && self.snapshot.is_quarantined(candidate.model()) {
            return false;
        }
        let left = self.context.allowance().map(|left| left.left());
        let Some(most) = left.into_iter().chain(self.most).min() else {
            return true;
        };
        quote.bound.bound().is_some_and(|bound| bound <= most)
    }

    fn considered(&self, candidate: &Candidate, quote: &Quote) -> Considered {
        let mut known = self.decision.candidates.iter();
        let known = known.find(|one| one.candidate == *candidate);
        Considered {
            candidate: candidate.clone(),
            quality: known.and_then(|one| one.quality),
            estimate: known.and_then(|one| one.estimate),
            guess: quote.guess,
            bound: match quote.bound.bound() {
                Some(bound) => Cost::Bounded(bound),
                None => Cost::Unknown,
            },
            probability: None,
            dropped: None,
            ailing: None,
        }
    }

    /// Whether what the caller has said may go to a model's provider: to the zones of its own candidates, or where the
    /// rules and the alias say so.
    pub(super) fn is_open_to(&self, model: &Model) -> bool {
        let provider = model.provider();
        let passed = self
            .decision
            .candidates
            .iter()
            .filter(|one| may_be_asked(one));
        let mut zones = passed.map(|one| one.candidate.model().provider().zone());
        if zones.any(|zone| zone == provider.zone()) {
            return true;
        }
        let permits = |rule: &LabelRule| rule.permits(provider, &self.query, &self.context);
        let labels = self.config.labels.as_ref();
        let alias = self.decision.alias.as_deref();
        let alias = alias.and_then(|name| self.snapshot.alias(name));
        let by_alias = alias.is_some_and(|alias| {
            alias.zones().next().is_none() || alias.zones().any(|zone| zone == provider.zone())
        });
        by_alias && labels.is_some_and(|rules| rules.iter().all(permits))
    }
}

/// Makes a call and reads its answer to the end; `None` where there is no answer.
pub(super) fn carry<S, B, R>(
    service: S,
    request: Request<B>,
    context: Context,
    most: usize,
) -> impl Future<Output = Option<Answered>> + Send
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    B: Classified + Send,
    R: HttpBody<Data = Bytes> + Send,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let query = Arc::clone(request.body().query());
    context.carry(async move {
        let response = service.oneshot(request).await.ok()?;
        let outcome = response.extensions().get::<Outcome>()?.clone();
        if !response.status().is_success() {
            return None;
        }
        let (head, body) = response.into_parts();
        let mut transcript = Transcript::new(&query, &head.headers, most)?;
        read(body, &mut transcript).await;
        let finished = outcome.finished().await;
        let whole = finished.ending == Ending::Complete;
        let said = whole.then(|| transcript.finish()).flatten();
        let cost = finished.cost;
        Some(Answered { said, cost })
    })
}

/// Reads a body as long as it makes sense. When this is over the body is gone, and what it has cost is told.
async fn read<R>(body: R, transcript: &mut Transcript)
where
    R: HttpBody<Data = Bytes>,
{
    let mut body = pin!(body);
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        if let Some(data) = frame.data_ref() {
            transcript.take(data);
        }
        if transcript.is_lost() {
            return;
        }
    }
}
