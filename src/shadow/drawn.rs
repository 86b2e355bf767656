use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body as HttpBody;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::Service;

use super::{config::Config, line::Line, other::may_be_asked, task};
use crate::{
    context,
    money::Usd,
    observe::{Decision, Outcome},
    query::{Classified, Op, Query},
    select::{Plan, is_at_home},
    transcript::{Tap, Transcript},
};

/// The largest request that is kept until its answer has ended, in bytes.
const MOST_REQUEST: usize = 1024 * 1024;

/// A call that was drawn, and all that asking another candidate needs.
pub(super) struct Drawn<S, B> {
    pub(super) service: S,
    pub(super) body: B,
    pub(super) line: Line,
    pub(super) alive: watch::Receiver<()>,
    pub(super) place: OwnedSemaphorePermit,
    /// Decides where one of several candidates is taken by chance.
    pub(super) luck: u32,
}

impl<S, B> Drawn<S, B>
where
    S: Clone,
    B: Classified,
{
    /// A call, if it can be compared and chance will have it.
    pub(super) fn draw(
        config: &Arc<Config>,
        service: &S,
        alive: &watch::Sender<()>,
        request: &mut Request<B>,
    ) -> Option<Self> {
        let plan = request.extensions().get::<Plan>()?;
        let decision = plan.decision().filter(|one| can_be_compared(one))?;
        let bytes = request.body().bytes()?.len();
        if bytes > MOST_REQUEST || !is_comparable(request.body().query()) {
            return None;
        }
        let luck = config.draw()?;
        let place = Semaphore::try_acquire_owned(Arc::clone(&config.room)).ok()?;
        let (decision, most) = (Arc::clone(decision), plan.most());
        let snapshot = Arc::clone(plan.snapshot()?);
        let head = head(request);
        let callers = context::Context::capture(request.extensions_mut());
        let scope = config.budget.opens(&head, &callers);
        let left = scope.allowance().filter(|_| scope.is_hard());
        if left.is_some_and(|left| left.left() == Usd::ZERO) {
            return None;
        }
        // Its labels and its tenant stay; whoever pays is another.
        let labels = callers.labels().iter().cloned();
        let own = labels.fold(context::Context::new(), context::Context::with_label);
        let own = match callers.tenant() {
            Some(tenant) => own.with_tenant(tenant.clone()),
            None => own,
        };
        let line = Line {
            config: Arc::clone(config),
            head,
            context: own.with_scope(scope),
            query: Arc::clone(request.body().query()),
            snapshot,
            decision,
            most,
        };
        Some(Self {
            service: service.clone(),
            body: request.body().again()?,
            line,
            alive: alive.subscribe(),
            place,
            luck,
        })
    }
}

impl<S, B> Drawn<S, B> {
    /// What reads the answer along, where it is one.
    pub(super) fn follow<R>(self: Box<Self>, response: &Response<R>) -> Option<Tap>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
        S::Future: Send,
        B: Classified + Send + 'static,
        R: HttpBody<Data = Bytes> + Send + 'static,
        R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let outcome = response.extensions().get::<Outcome>()?.clone();
        let ours = outcome.decision().map(|one| one.id) == Some(self.line.decision.id);
        if !ours || !response.status().is_success() {
            return None;
        }
        let most = self.line.config.most;
        let transcript = Transcript::new(&self.line.query, response.headers(), most)?;
        Some(Tap::new(transcript, move |transcript| {
            if let Ok(runtime) = Handle::try_current() {
                runtime.spawn(task::run(*self, transcript, outcome));
            }
        }))
    }
}

/// Whether the call was routed, and there is somebody else to be asked.
fn can_be_compared(decision: &Decision) -> bool {
    let others = decision.candidates.iter().filter(|one| may_be_asked(one));
    decision.alias.is_some() && others.take(2).count() == 2
}

/// Whether a query can be asked twice: it has one answer, and its provider does nothing but answer.
fn is_comparable(query: &Query) -> bool {
    query.api().op() == Op::Generate && query.n() == 1 && !is_at_home(query)
}

/// The request's head, without what others have put beside it.
fn head<B>(request: &Request<B>) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.headers.remove("idempotency-key");
    head
}
