use std::{
    future::Future,
    pin::Pin,
    task::{self, Poll, ready},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header::UPGRADE, request::Parts,
};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    Caller, Tenants, decisions,
    feedback::{self, Teaching},
    models,
    rest::Rest,
};
use crate::{
    Body,
    body::RefusedOr,
    budget::{Allowance, Scope},
    context::{Context, DataLabel, Tenant},
    fallback::Tried,
    money::Usd,
    observe::{DecisionId, DecisionLog, Outcome},
    profile::Profile,
    query::{Api, Op, Pace, Refusal, RefusalKind, Vendor, Wish, api},
    select::Selector,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// As Anthropic has it.
const ANTHROPIC_ID: HeaderName = HeaderName::from_static("request-id");

/// The door of a server stack: who is calling, whether the path exists, what the caller may wish; and on the way back
/// the headers that explain.
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    tenants: Tenants,
    /// What is there to be listed, and the clock that it goes by.
    selector: Selector,
    decisions: Option<DecisionLog>,
    profile: Option<Profile>,
    explain: bool,
}

/// What becomes of a request at the door.
enum Admitted {
    /// It goes on.
    On,
    Answered(Response<Body>),
    /// It says how good an answer was.
    Teaches(Profile, Option<Tenant>),
}

impl<S> Gate<S> {
    pub(super) const fn new(
        inner: S,
        tenants: Tenants,
        selector: Selector,
        decisions: Option<DecisionLog>,
        profile: Option<Profile>,
        explain: bool,
    ) -> Self {
        Self {
            inner,
            tenants,
            selector,
            decisions,
            profile,
            explain,
        }
    }

    /// Checks a request's head and puts what is known of its caller into it; or answers it here.
    fn admit(&self, head: &mut Parts, api: Api) -> Result<Admitted, Refusal> {
        let caller = self.tenants.caller(head).map_err(|_| {
            Refusal::new(
                RefusalKind::Unauthorized,
                "incorrect API key provided: it is not one of those that are set up here",
            )
        })?;
        if upgrades(&head.headers) {
            let message = "protocol upgrades are not served here";
            return Err(Refusal::new(RefusalKind::Upgrade, message));
        }
        if api.op() == Op::ListModels {
            let allowed = caller.as_ref().and_then(Caller::get_allowed);
            let listed = models::answer(&head.uri, api.vendor(), &self.selector, allowed)?;
            return Ok(Admitted::Answered(listed));
        }
        if let Some(log) = &self.decisions
            && let Some(id) = decisions::asked(head)
        {
            let tenant = caller.as_ref().map(Caller::tenant);
            return decisions::answer(id, log, tenant).map(Admitted::Answered);
        }
        if let Some(profile) = &self.profile
            && feedback::asked(head)
        {
            let tenant = caller.as_ref().map(Caller::tenant);
            return Ok(Admitted::Teaches(profile.clone(), tenant.cloned()));
        }
        if !api.is_query() {
            let path: String = head.uri.path().chars().take(128).collect();
            let method = if head.method == Method::POST {
                "POST"
            } else {
                head.method.as_str()
            };
            let message = format!(
                "unknown request URL: {method} {path}; POST /v1/chat/completions, POST /v1/messages, POST \
                 /v1beta/models/{{model}}:generateContent and GET /v1/models are served"
            );
            return Err(Refusal::new(RefusalKind::UnknownPath, message));
        }
        let Some(caller) = caller else {
            return Ok(Admitted::On);
        };
        let context = Context::capture(&mut head.extensions);
        let mut context = context.with_tenant(caller.tenant().clone());
        if caller.may_wish() {
            let (wish, labels) = wishes(&head.headers)?;
            head.extensions.insert(wish);
            for label in labels {
                // A label without a rule would promise what nobody keeps.
                if !self.selector.rules_on(&label) {
                    return Err(bad("x-genai-label", "a label that is set up here"));
                }
                context = context.with_label(label);
            }
        } else {
            // What a layer of the app's own wishes for it stays.
            let wish = head.extensions.remove::<Wish>().unwrap_or_default();
            head.extensions.insert(wish.unheard());
        }
        context.put(&mut head.extensions);
        if let Some(allowed) = caller.get_allowed() {
            head.extensions.insert(allowed.clone());
        }
        Ok(Admitted::On)
    }
}

/// Whether another protocol is asked for. An offer of HTTP/2 is none: some clients make it with every first request,
/// and it is declined by being answered.
fn upgrades(headers: &HeaderMap) -> bool {
    let mut offers = headers.get_all(UPGRADE).iter();
    offers.any(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"h2c"))
}

fn bad(name: &'static str, what: &'static str) -> Refusal {
    let message = format!("the header {name} must be {what}");
    Refusal::new(RefusalKind::Malformed, message).with_param(name)
}

/// What a caller says it wishes, in headers.
fn wishes(headers: &HeaderMap) -> Result<(Wish, Vec<DataLabel>), Refusal> {
    let text = |name: &'static str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default().trim())
    };
    let mut wish = Wish::new();
    if let Some(value) = text("x-genai-quality") {
        let share = value
            .parse::<f64>()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share));
        wish =
            wish.with_quality(share.ok_or_else(|| bad("x-genai-quality", "a number from 0 to 1"))?);
    }
    if let Some(value) = text("x-genai-max-cost") {
        let most = value
            .parse()
            .map_err(|_| bad("x-genai-max-cost", "an amount in USD, such as 0.02"))?;
        wish = wish.with_max_cost(most);
    }
    if let Some(value) = text("x-genai-models") {
        wish = wish.with_models(value.split(',').map(str::trim));
    }
    if let Some(value) = text("x-genai-pace") {
        let pace = Pace::of(value);
        wish = wish.with_pace(pace.ok_or_else(|| bad("x-genai-pace", "`interactive` or `batch`"))?);
    }
    if let Some(value) = text("x-genai-explore") {
        let may = match value {
            "on" => true,
            "off" => false,
            _ => return Err(bad("x-genai-explore", "`on` or `off`")),
        };
        wish = wish.with_exploration(may);
    }
    // None is passed over: each says where the data may not go.
    let labels = headers.get_all("x-genai-label").iter();
    let labels = labels.map(|label| DataLabel::new(label.to_str().unwrap_or_default().trim()));
    let labels = labels.collect::<Result<_, _>>();
    let labels = labels.map_err(|_| bad("x-genai-label", "the name of a data label"))?;
    Ok((wish, labels))
}

impl<S, B, ResB> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    B: HttpBody,
{
    type Response = Response<RefusedOr<ResB>>;
    type Error = S::Error;
    type Future = GateFuture<S::Future, B>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let api = api::of(&head);
        match self.admit(&mut head, api) {
            Err(refusal) => GateFuture::answered(refusal.response(api), body, api),
            Ok(Admitted::Answered(response)) => GateFuture::answered(response, body, api),
            Ok(Admitted::Teaches(profile, tenant)) => GateFuture {
                kind: Kind::Teaching {
                    teaching: Teaching::new(body, profile, tenant),
                    api,
                },
            },
            Ok(Admitted::On) => {
                let future = self.inner.call(Request::from_parts(head, body));
                GateFuture {
                    kind: Kind::Called {
                        future,
                        explain: self.explain,
                        api,
                    },
                }
            }
        }
    }
}

pin_project! {
    /// Response future of [`Gate`].
    #[derive(Debug)]
    pub struct GateFuture<F, B> {
        #[pin]
        kind: Kind<F, B>,
    }
}

pin_project! {
    #[project = KindProj]
    #[derive(Debug)]
    enum Kind<F, B> {
        Called { #[pin] future: F, explain: bool, api: Api },
        Answered { #[pin] rest: Rest<B>, response: Option<Response<Body>>, api: Api },
        Teaching { #[pin] teaching: Teaching<B>, api: Api },
    }
}

impl<F, B> GateFuture<F, B> {
    const fn answered(response: Response<Body>, body: B, api: Api) -> Self {
        Self {
            kind: Kind::Answered {
                rest: Rest::new(body),
                response: Some(response),
                api,
            },
        }
    }
}

impl<F, B, ResB, E> Future for GateFuture<F, B>
where
    F: Future<Output = Result<Response<ResB>, E>>,
    B: HttpBody,
{
    type Output = Result<Response<RefusedOr<ResB>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Called {
                future,
                explain,
                api,
            } => {
                let mut response = ready!(future.poll(cx))?;
                unrename(&mut response, api.vendor());
                if *explain {
                    explain_in_headers(&mut response);
                }
                name(&mut response);
                let response = discreet(response, *api);
                let mut response = named_within(response, *api);
                rename(&mut response, api.vendor());
                Poll::Ready(Ok(response))
            }
            KindProj::Answered {
                rest,
                response,
                api,
            } => {
                ready!(rest.poll(cx));
                let response = response.take().expect("polled after completion");
                Poll::Ready(Ok(own(response, *api)))
            }
            KindProj::Teaching { teaching, api } => {
                let response = ready!(teaching.poll(cx));
                let response = response.unwrap_or_else(|refusal| refusal.response(*api));
                Poll::Ready(Ok(own(response, *api)))
            }
        }
    }
}

/// An answer of the door's own.
fn own<B>(mut response: Response<Body>, api: Api) -> Response<RefusedOr<B>> {
    name(&mut response);
    let mut response = named_within(RefusedOr::refused(response), api);
    rename(&mut response, api.vendor());
    response
}

/// What is not set up is told to the operator, who alone can do something about it, and not to strangers.
fn discreet<B>(response: Response<B>, api: Api) -> Response<RefusedOr<B>> {
    let misconfigured = |refusal: &&Refusal| refusal.kind() == RefusalKind::Misconfigured;
    let Some(refusal) = response.extensions().get().filter(misconfigured) else {
        return response.map(RefusedOr::inner);
    };
    tracing::error!(
        why = refusal.message(),
        "a call cannot be served as this is set up"
    );
    let message =
        "this cannot be served: the set-up is incomplete, and the server's log says where";
    let general = Refusal::new(RefusalKind::Misconfigured, message).response(api);
    let mut general = RefusedOr::refused(general);
    if let Some(id) = response.headers().get(REQUEST_ID) {
        general.headers_mut().insert(REQUEST_ID, id.clone());
    }
    general
}

/// Gives an answer for which nothing was decided an id of its own, so that its caller can ask about it.
fn name<B>(response: &mut Response<B>) {
    if response.headers().contains_key(REQUEST_ID) {
        return;
    }
    let id = DecisionId::random();
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        tracing::info!(%id, kind = ?refusal.kind(), why = refusal.message(), "refused");
    }
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
}

/// Puts the answer's id into the body of a refusal too, as Anthropic does.
fn named_within<B>(mut response: Response<RefusedOr<B>>, api: Api) -> Response<RefusedOr<B>> {
    let id = response.headers().get(REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
    let refusal = response.extensions().get::<Refusal>();
    if api.vendor() == Vendor::Anthropic
        && let (Some(refusal), Some(id)) = (refusal.cloned(), id)
    {
        let named = refusal.with_id(id).response(api);
        *response.body_mut() = RefusedOr::refused(named).into_body();
    }
    response
}

/// Puts the answer's id under the name that the vendor's own clients look for.
fn rename<B>(response: &mut Response<B>, vendor: Vendor) {
    let headers = response.headers_mut();
    if vendor == Vendor::Anthropic
        && let Some(id) = headers.remove(REQUEST_ID)
    {
        headers.insert(ANTHROPIC_ID, id);
    }
}

/// The other way: what was decided has the vendor's name already.
fn unrename<B>(response: &mut Response<B>, vendor: Vendor) {
    let headers = response.headers_mut();
    if vendor == Vendor::Anthropic
        && let Some(id) = headers.remove(ANTHROPIC_ID)
    {
        headers.insert(REQUEST_ID, id);
    }
}

fn explain_in_headers<B>(response: &mut Response<B>) {
    let Some(outcome) = response.extensions().get::<Outcome>().cloned() else {
        return;
    };
    let tried = response.extensions().get::<Tried>().cloned();
    let id = response.headers().get(REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
    let tries = tried.as_ref().map(Tried::tries).unwrap_or_default();
    // Where none succeeded, the one that is told is among them.
    let listed = tried.as_ref().is_some_and(|tried| tried.has(&outcome));
    let attempts = tries.len() + usize::from(!listed);
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let attempts = match outcome.attempt() {
        0 => 0,
        number => attempts.max(number),
    };
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    };
    let model = outcome.candidate().model();
    set("x-genai-model", model.name());
    set("x-genai-provider", model.provider().name());
    set("x-genai-attempts", &attempts.to_string());
    if outcome.attempt() == 0 {
        // Another call's answer: it has a name of its own, under which its past can be looked up.
        if let Some(id) = &id {
            set("x-genai-decision", id);
        }
    } else if let Some(decision) = outcome.decision() {
        set("x-genai-decision", &decision.id.to_string());
    }
    if !outcome.dropped().is_empty() {
        set("x-genai-dropped", &outcome.dropped().join(", "));
    }
    if let Some(cost) = outcome.get().and_then(|finished| finished.cost) {
        // Attempts that failed may have cost something too.
        let before = tried.as_ref().map_or(Usd::ZERO, Tried::cost);
        let own = if listed { Usd::ZERO } else { cost };
        set("x-genai-cost", &own.saturating_add(before).to_string());
    }
    // What is left of a budget that others share is not told.
    let own: Vec<Scope> = match outcome
        .decision()
        .and_then(|decision| decision.tenant.as_ref())
    {
        Some(_) => outcome
            .scopes()
            .iter()
            .filter(|scope| scope.key().is_some())
            .cloned()
            .collect(),
        None => outcome.scopes().to_vec(),
    };
    if let Some(left) = Allowance::tightest(&own) {
        set("x-genai-budget-left", &left.left().to_string());
    }
}
