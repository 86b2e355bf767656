use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::Service;
use tracing::Instrument;

use super::{
    Comparison,
    asking::Asking,
    drawn::Drawn,
    line::{Line, carry},
};
use crate::{
    catalog::Candidate,
    observe::{Ending, Event, Outcome, Shadowed, semconv, tell},
    profile::{Feedback, Source},
    query::Classified,
    transcript::Transcript,
};

/// Asks another candidate once the caller's answer has ended, compares, and tells of it. Ends early where that takes too
/// long, or nobody is left to whom it matters.
pub(super) async fn run<S, B, R>(drawn: Drawn<S, B>, transcript: Transcript, outcome: Outcome)
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Drawn {
        service,
        body,
        line,
        mut alive,
        place,
        luck,
    } = drawn;
    let longest = line.config.longest;
    let span =
        tracing::debug_span!(parent: None, "shadow", { semconv::DECISION } = %line.decision.id);
    let work = compare(service, body, line, luck, transcript, outcome).instrument(span);
    let mut work = pin!(tokio::time::timeout(longest, work));
    let mut gone = pin!(alive.changed());
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => gone.as_mut().poll(cx).map(drop),
    })
    .await;
    drop(place);
}

async fn compare<S, B, R>(
    service: S,
    body: B,
    line: Line,
    luck: u32,
    transcript: Transcript,
    outcome: Outcome,
) -> Option<()>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let line = Arc::new(line);
    if outcome.finished().await.ending != Ending::Complete {
        return None;
    }
    let answer = transcript.finish()?;
    let (decision, config) = (&line.decision, &line.config);
    let (other, chance) = config
        .other
        .of(&decision.candidates, outcome.candidate(), luck)?;
    let probability = config.share * chance;
    let candidate = other.candidate.clone();
    let request = line.request(line.head.clone(), body, &candidate, probability)?;
    let context = line.context.clone();
    let answered = carry(service.clone(), request, context, config.most).await?;
    let asking = Asking::new(service, Arc::clone(&line));
    let verdict = match &answered.said {
        Some(said) => {
            let comparison = Comparison::new(&line.query, &answer, said).asking(&asking);
            config.judge.judge(&comparison).await
        }
        None => None,
    };
    let spent = answered.cost.zip(asking.spent());
    let shadowed = Shadowed {
        decision: Arc::clone(decision),
        answered: outcome.candidate().clone(),
        candidate,
        agreement: verdict.map(|verdict| verdict.agreement()),
        cost: spent.map(|(answer, judge)| answer.saturating_add(judge)),
        probability,
    };
    teach(&line, &shadowed);
    tracing::debug!(
        { semconv::DECISION } = %decision.id,
        answered = %shadowed.answered,
        other = %shadowed.candidate,
        agreement = shadowed.agreement,
        { semconv::COST_NANO_USD } = shadowed.cost.map(|cost| cost.nanos()),
        "compared"
    );
    if let Some(observer) = &config.observer {
        tell(&**observer, &Event::Shadowed(&shadowed));
    }
    Some(())
}

/// Agreement is taken for a score of the one of which less was expected. The other is the reference, and of a reference
/// it says nothing.
fn teach(line: &Line, shadowed: &Shadowed) {
    let decision = &line.decision;
    let expected = |who: &Candidate| {
        let mut all = decision.candidates.iter();
        all.find(|one| one.candidate == *who)?.quality
    };
    let both = expected(&shadowed.answered).zip(expected(&shadowed.candidate));
    let (Some(profile), Some(agreement), Some((answered, other))) =
        (&line.config.profile, shadowed.agreement, both)
    else {
        return;
    };
    let tenant = decision.tenant.as_ref();
    let taught = if answered < other {
        // It may not have been told of the answer's end yet.
        profile.answered(decision.id, &shadowed.answered);
        let feedback = Feedback::new(decision.id, agreement).source(Source::Shadow);
        profile.feedback(tenant, &feedback)
    } else {
        profile.compared(tenant, decision.id, &shadowed.candidate, agreement)
    };
    if let Err(why) = taught {
        tracing::debug!({ semconv::DECISION } = %decision.id, %why, "nothing was learned");
    }
}
