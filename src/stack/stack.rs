use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{
    Layer, Service,
    util::{BoxCloneSyncService, MapResponse},
};

use super::{Gate, Infallible, Open, Tenants, open::Route};
use crate::{
    Body,
    budget::{Budget, RequireScope, RequireScopeLayer},
    cache::{Cache, CacheLayer},
    catalog::Catalog,
    classify::{Classifier, Classify, ClassifyLayer},
    context::Clock,
    dispatch::{Credential, Dialect, Dispatch, DispatchLayer, Drain},
    fallback::{Fallback, FallbackLayer},
    health::{Health, Monitor},
    idempotency::{Idempotency, IdempotencyLayer},
    observe::{self, Decision, DecisionLog, Event, Observer},
    profile::Profile,
    query::{CountTokens, Prompt},
    select::{LabelRule, Policy, Select, SelectLayer, Selector, Unknown},
    shadow::{Shadow, ShadowLayer},
    signals::{Signals, SignalsLayer},
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The layers of a client stack around its client.
pub type ClientLayers<S> = RequireScope<
    Open<Classify<Idempotency<Cache<Select<Signals<Shadow<Fallback<Dispatch<S>>>>>>>>>,
>;

/// The layers of a server stack around its client.
pub type ServerLayers<S> = Gate<Infallible<ClientLayers<S>>>;

/// Builds the whole way of a call in the right order: [`Stack::client`] around an app's own client,
/// [`Stack::server`] to be mounted.
///
/// See the [module docs](crate::stack) for examples.
#[derive(Clone)]
pub struct Stack<S, T = ClientSide> {
    client: S,
    trust: T,
    selector: Selector,
    classify: ClassifyLayer,
    idempotency: IdempotencyLayer,
    cache: CacheLayer,
    signals: SignalsLayer,
    shadow: ShadowLayer,
    fallback: FallbackLayer,
    dispatch: DispatchLayer,
    require_scope: RequireScopeLayer,
    budgets: Vec<(Budget, Option<Route>)>,
    observers: Vec<Arc<dyn Observer>>,
    monitor: Monitor,
    profile: Option<Profile>,
}

/// The trust of a [`Stack::client`]: its callers are the app itself.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClientSide;

/// The trust of a [`Stack::server`]: its callers are strangers until [`Tenants`] knows them.
#[derive(Clone, Debug)]
pub struct ServerSide {
    tenants: Tenants,
    decisions: Option<DecisionLog>,
    explain: bool,
}

impl<S> Stack<S> {
    /// Around an app's own client, with the built-in catalog.
    ///
    /// The app's URIs and keys are its own: a model that the catalog does not know goes to the original URI,
    /// untouched and with the original key, unless a hard budget is open; a provider of the catalog that the app
    /// addresses itself is called with the app's own key.
    #[cfg(feature = "toml")]
    pub fn client(client: S) -> Self {
        Self::client_with(client, Catalog::builtin())
    }

    /// Around an app's own client, with a catalog.
    pub fn client_with(client: S, catalog: Catalog) -> Self {
        let selector = Selector::new(catalog);
        let dispatch = DispatchLayer::new().callers_keys(true);
        Self::new(client, ClientSide, selector, dispatch)
    }

    /// The layers around the client, without a box.
    pub fn service(self) -> ClientLayers<S> {
        self.joined().layers().1
    }

    /// The layers around the client as one type that can be named, for requests with a body of type `B`.
    pub fn boxed<B, ResB>(self) -> BoxCloneSyncService<Request<B>, Response<Body>, S::Error>
    where
        S: Service<Request<Body>, Response = Response<ResB>> + Clone + Send + Sync + 'static,
        S::Error: Send + 'static,
        S::Future: Send,
        ResB: HttpBody<Data = Bytes> + Send + 'static,
        ResB::Error: Into<BoxError>,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let whole = MapResponse::new(self.service(), |response: Response<_>| {
            response.map(Body::new)
        });
        BoxCloneSyncService::new(whole)
    }
}

impl<S> Stack<S, ServerSide> {
    /// A gateway to be mounted: destinations and keys come only from the catalog, callers are who `tenants` says, and
    /// paths that it does not serve are refused.
    pub fn server(client: S, catalog: Catalog, tenants: Tenants) -> Self {
        let selector = Selector::new(catalog).unknown(Unknown::Refuse);
        let trust = ServerSide {
            tenants,
            decisions: None,
            explain: false,
        };
        Self::new(client, trust, selector, DispatchLayer::new())
    }

    /// A gateway around a client, from the text of a [configuration](super::config). What it warns of goes to
    /// `tracing` events.
    ///
    /// # Errors
    /// With everything that is wrong with the text, or why its ledger cannot be opened.
    #[cfg(feature = "toml")]
    pub fn from_toml(
        client: S,
        text: &str,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let config = super::config::Config::parse("gateway.toml", text)?.open()?;
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        Ok(config.stack(client))
    }

    /// Whether answers carry `x-genai-model`, `x-genai-provider`, `x-genai-decision`, `x-genai-attempts`,
    /// `x-genai-cost` (where it is known when the head is sent) and `x-genai-budget-left` (of the tenant's own budgets;
    /// of shared ones nothing is told). Default: no.
    #[must_use]
    pub fn explain_headers(mut self, explain: bool) -> Self {
        self.trust.explain = explain;
        self
    }

    /// Keeps decisions in a log, and answers `GET /v1/decisions/{id}` from it, to each tenant for its own. Default: no.
    #[must_use]
    pub fn decisions(mut self, log: DecisionLog) -> Self {
        self.trust.decisions = Some(log.clone());
        self.observer(log)
    }

    /// The layers around the client, without a box. Its error is [`std::convert::Infallible`], as routers want it.
    pub fn service(self) -> ServerLayers<S> {
        let this = self.joined();
        let selector = this.selector.clone();
        let profile = this.profile.clone();
        let (trust, inner) = this.layers();
        let ServerSide {
            tenants,
            decisions,
            explain,
        } = trust;
        Gate::new(
            Infallible::new(inner),
            tenants,
            selector,
            decisions,
            profile,
            explain,
        )
    }

    /// The layers around the client as one type that can be named, for requests with a body of type `B`.
    pub fn boxed<B, ResB>(
        self,
    ) -> BoxCloneSyncService<Request<B>, Response<Body>, std::convert::Infallible>
    where
        S: Service<Request<Body>, Response = Response<ResB>> + Clone + Send + Sync + 'static,
        S::Error: fmt::Display + Send + 'static,
        S::Future: Send,
        ResB: HttpBody<Data = Bytes> + Send + 'static,
        ResB::Error: Into<BoxError>,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let whole = MapResponse::new(self.service(), |response: Response<_>| {
            response.map(Body::new)
        });
        BoxCloneSyncService::new(whole)
    }
}

impl<S, T> Stack<S, T> {
    fn new(client: S, trust: T, selector: Selector, dispatch: DispatchLayer) -> Self {
        Self {
            client,
            trust,
            selector,
            classify: ClassifyLayer::new(),
            idempotency: IdempotencyLayer::off(),
            cache: CacheLayer::off(),
            signals: SignalsLayer::off(),
            shadow: ShadowLayer::off(),
            fallback: FallbackLayer::new(),
            dispatch,
            require_scope: RequireScopeLayer::warns(),
            budgets: Vec::new(),
            observers: Vec::new(),
            monitor: Monitor::new(),
            profile: None,
        }
    }

    /// Ranks candidates by this policy, whatever an alias prefers. Default: by the alias.
    #[must_use]
    pub fn policy(self, policy: impl Policy + 'static) -> Self {
        self.select_by(|selector| selector.policy(policy))
    }

    /// Draws the same sequence again for the same seed, where chance may choose who answers. See
    /// [`Selector::seed`].
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.select_by(|selector| selector.seed(seed))
    }

    /// Sets who knows how each candidate is doing. Default: a [`Monitor`] of the stack's own. Stacks that ask the same
    /// providers know more together.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = monitor;
        self
    }

    /// Leaves out candidates with an ailment, besides those that the monitor leaves out.
    #[must_use]
    pub fn health(self, health: impl Health + 'static) -> Self {
        self.select_by(|selector| selector.health(health))
    }

    /// Counts tokens exactly where a hard budget is tight. Default: a token for each byte, at most. See
    /// [`Selector::count_tokens`].
    #[must_use]
    pub fn count_tokens(self, counter: impl CountTokens + 'static) -> Self {
        self.select_by(|selector| selector.count_tokens(counter))
    }

    /// Sets where labelled data may go. Default: anywhere.
    #[must_use]
    pub fn labels(self, rules: impl IntoIterator<Item = LabelRule>) -> Self {
        self.select_by(|selector| selector.labels(rules))
    }

    /// Sets the classifier. Default: [`Trained`](crate::classify::Trained).
    #[must_use]
    pub fn classifier(mut self, classifier: impl Classifier + 'static) -> Self {
        self.classify = self.classify.classifier(classifier);
        self
    }

    /// Sets the largest request that is read, in bytes; a larger one gets a 413. Default: 32 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.classify = self.classify.max_body(bytes);
        self
    }

    /// Sets where keys come from. Default: the environment, [`FromEnv`](crate::dispatch::FromEnv).
    #[must_use]
    pub fn credential(mut self, credential: impl Credential + 'static) -> Self {
        self.dispatch = self.dispatch.credential(credential);
        self
    }

    /// Adds a dialect; one of the same name is replaced. Default: `openai`.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Dialect + 'static) -> Self {
        self.dispatch = self.dispatch.dialect(dialect);
        self
    }

    /// Makes calls with an `Idempotency-Key` once. Default: keys are passed over. Its observer is the stack's.
    #[must_use]
    pub fn idempotency(mut self, idempotency: IdempotencyLayer) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// Keeps answers, to be given again. Default: no. It goes by the stack's catalog and clock, and its observer is the
    /// stack's.
    #[must_use]
    pub fn cache(mut self, cache: CacheLayer) -> Self {
        let selector = &self.selector;
        let cache = cache.catalog(selector.catalog().clone());
        self.cache = cache.clock(selector.its_clock().clone());
        self
    }

    /// Sets how failures are met. Default: [`FallbackLayer::new`]. Its observer is replaced by the stack's.
    #[must_use]
    pub fn fallback(mut self, fallback: FallbackLayer) -> Self {
        self.fallback = fallback;
        self
    }

    /// Also asks another candidate for a share of the calls, outside their callers' path, and compares. Default: no. Its
    /// observer, clock, rules on labels and profile are the stack's.
    #[must_use]
    pub fn shadow(mut self, shadow: ShadowLayer) -> Self {
        self.shadow = shadow;
        self
    }

    /// Sets whether streams that their callers leave are read on. Default: [`Drain::off`].
    #[must_use]
    pub fn drain(mut self, drain: Drain) -> Self {
        self.dispatch = self.dispatch.drain(drain);
        self
    }

    /// Sets how long a streamed answer may say nothing before it is cut:
    /// [`DispatchLayer::idle_timeout`]. `None`, the default, is for ever.
    #[must_use]
    pub fn idle_timeout(mut self, most: impl Into<Option<Duration>>) -> Self {
        self.dispatch = self.dispatch.idle_timeout(most);
        self
    }

    /// One more budget for all calls, inside those added before. Budgets that nest should share a ledger
    /// ([`Budget::within`]).
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push((budget, None));
        self
    }

    /// One more budget, for calls of one HTTP route, such as `/v1/chat/completions`. A path of an API that is known
    /// stands for every path by which that API is reached; another one for the paths that end with it.
    #[must_use]
    pub fn budget_for(mut self, route: impl Into<Arc<str>>, budget: Budget) -> Self {
        self.budgets.push((budget, Some(Route::new(route.into()))));
        self
    }

    /// Whether calls are refused that come without an open budget, besides the stack's own: for clients in handlers
    /// whose budgets are the routes', so that none gets lost in a spawned task. See
    /// [`require`](crate::budget::require). Default: no; a warning is logged once where some calls come with one and others
    /// without.
    #[must_use]
    pub fn require_scope(mut self, require: bool) -> Self {
        self.require_scope = if require {
            RequireScopeLayer::new()
        } else {
            RequireScopeLayer::warns()
        };
        self
    }

    /// Adds an observer of decisions and outcomes.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Routes by experience: aliases go by what answers' scores have taught ([`Selector::experience`]), and the profile is
    /// told what becomes of each call, and what answers' own forms say of them ([`signals`](crate::signals)). Scores are
    /// given to [`Profile::feedback`], or by callers of a server stack to `POST /v1/feedback`.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile.clone());
        self.signals = SignalsLayer::new(profile.clone());
        self.observer(profile.clone())
            .select_by(|selector| selector.experience(profile))
    }

    /// Sets the clock that prices and lifecycles go by. Windows of budgets go by their ledger's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.dispatch = self.dispatch.clock(clock.clone());
        self.cache = self.cache.clock(clock.clone());
        self.select_by(|selector| selector.clock(clock))
    }

    /// The selector knows what can be spoken only when all dialects are there, and the layers share what is known of
    /// health.
    fn joined(mut self) -> Self {
        self.selector = self.selector.dialects(self.dispatch.dialects());
        self.selector = self.selector.health(self.monitor.clone());
        let shadow = self.shadow.clock(self.selector.its_clock().clone());
        let shadow = shadow.labels(self.selector.its_labels().iter().cloned());
        self.shadow = match self.selector.its_experience() {
            Some(profile) => shadow.profile(profile.clone()),
            None => shadow,
        };
        self.fallback = self.fallback.monitor(self.monitor.clone());
        self.dispatch = self.dispatch.monitor(self.monitor.clone());
        self
    }

    fn layers(self) -> (T, ClientLayers<S>) {
        let Self {
            client,
            trust,
            selector,
            classify,
            mut idempotency,
            mut cache,
            signals,
            mut shadow,
            mut fallback,
            mut dispatch,
            require_scope,
            budgets,
            observers,
            monitor: _,
            profile: _,
        } = self;
        if let Some(profile) = selector.its_experience() {
            for observer in &observers {
                profile.tells(observer);
            }
        }
        let mut select = SelectLayer::new(selector);
        if !observers.is_empty() {
            let all = All(observers.into());
            select = select.observer(all.clone());
            idempotency = idempotency.observer(all.clone());
            cache = cache.observer(all.clone());
            shadow = shadow.observer(all.clone());
            fallback = fallback.observer(all.clone());
            dispatch = dispatch.observer(all);
        }
        let inner = shadow.layer(fallback.layer(dispatch.layer(client)));
        let inner = signals.layer(inner);
        let inner = idempotency.layer(cache.layer(select.layer(inner)));
        let inner = classify.layer(inner);
        (trust, require_scope.layer(Open::new(inner, budgets)))
    }

    fn select_by(mut self, change: impl FnOnce(Selector) -> Selector) -> Self {
        self.selector = change(self.selector);
        self
    }
}

/// All observers as one.
#[derive(Clone)]
struct All(Arc<[Arc<dyn Observer>]>);

impl Observer for All {
    fn observe(&self, event: &Event<'_>) {
        for observer in &*self.0 {
            observe::tell(&**observer, event);
        }
    }

    fn decided(&self, decision: &Arc<Decision>, prompt: Option<&Prompt>) {
        for observer in &*self.0 {
            observe::tell_decided(&**observer, decision, prompt);
        }
    }
}

impl<S: fmt::Debug, T: fmt::Debug> fmt::Debug for Stack<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("client", &self.client)
            .field("trust", &self.trust)
            .field("selector", &self.selector)
            .field("classify", &self.classify)
            .field("idempotency", &self.idempotency)
            .field("cache", &self.cache)
            .field("shadow", &self.shadow)
            .field("fallback", &self.fallback)
            .field("dispatch", &self.dispatch)
            .field("require_scope", &self.require_scope)
            .field("budgets", &self.budgets)
            .field("observers", &self.observers.len())
            .field("monitor", &self.monitor)
            .field("profile", &self.profile)
            .finish()
    }
}
