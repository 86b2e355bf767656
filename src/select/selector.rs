use std::{fmt, sync::Arc, time::SystemTime};

use super::{
    Call, LabelRule, Plan, Planned, Policy, Spoken, Unplanned, bound::bind, draws::Draws,
    filter::refuse, judged::Judged, labels, notice::Notice, sticky::Sticky, upgrades::Upgrades,
};
use crate::{
    catalog::{Catalog, Model, Resolved, Snapshot},
    context::{Clock, DataLabel},
    health::Health,
    observe::{Decision, DecisionId, Reason},
    profile::Profile,
    query::{CountTokens, Refusal, RefusalKind, Wish},
};

/// Decides where a query goes: the pool of the alias, the hard filters, then a policy.
///
/// The whole of [`SelectLayer`](super::SelectLayer) without HTTP, so that decisions can be tried on any query. Clones
/// share the memory of conversations.
#[derive(Clone)]
pub struct Selector {
    catalog: Catalog,
    clock: Clock,
    pub(super) policy: Option<Arc<dyn Policy>>,
    pub(super) experience: Option<Profile>,
    pub(super) health: Arc<[Arc<dyn Health>]>,
    pub(super) counter: Option<Arc<dyn CountTokens>>,
    pub(super) labels: Arc<[LabelRule]>,
    dialects: Option<Arc<[Spoken]>>,
    unknown: Unknown,
    pub(super) sticky: Arc<Sticky>,
    pub(super) draws: Arc<Draws>,
    pub(super) upgrades: Arc<Upgrades>,
}

/// What happens to a call for a model that the catalog does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown {
    /// It goes on, untouched, to where its caller addressed it. Refused where a hard budget or a data label is open.
    #[default]
    PassThrough,
    /// It is refused as a model that does not exist.
    Refuse,
}

impl Selector {
    /// With a catalog, its aliases' own policies, and unknown models passing through.
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            clock: Clock::system(),
            policy: None,
            experience: None,
            health: Arc::new([]),
            counter: None,
            labels: Arc::new([]),
            dialects: None,
            unknown: Unknown::default(),
            sticky: Arc::default(),
            draws: Arc::default(),
            upgrades: Arc::default(),
        }
    }

    /// Ranks by this policy, whatever an alias prefers.
    #[must_use]
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Goes by experience, except for aliases that do not [learn](crate::catalog::Alias::learn): what answers' scores have taught counts
    /// as the candidates' quality, beginning with the catalog's; and where an alias prefers cost, it decides. The profile must be told what becomes of the calls: it is an
    /// [`Observer`](crate::observe::Observer), and a [`Stack`](crate::stack::Stack) makes it one.
    #[must_use]
    pub fn experience(mut self, profile: Profile) -> Self {
        self.experience = Some(profile);
        self
    }

    /// Draws the same sequence again for the same seed, where chance may choose who answers.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.draws = Arc::new(Draws::new(seed));
        self
    }

    /// Leaves out candidates with an ailment, but not the last one whose ailment passes. One more is asked after those
    /// added before.
    #[must_use]
    pub fn health(mut self, health: impl Health + 'static) -> Self {
        let health: Arc<dyn Health> = Arc::new(health);
        self.health = self.health.iter().cloned().chain([health]).collect();
        self
    }

    /// Counts the tokens of prompts exactly, at models that name their vocabulary (`tokenizer` in the catalog).
    ///
    /// Counting is slow, and so it is only asked where a hard budget is open and the bound by bytes would refuse the call
    /// at a candidate, or lower its output. Once for each vocabulary and call; the call waits.
    #[must_use]
    pub fn count_tokens(mut self, counter: impl CountTokens + 'static) -> Self {
        self.counter = Some(Arc::new(counter));
        self
    }

    /// Where labelled data may go.
    #[must_use]
    pub fn labels(mut self, rules: impl IntoIterator<Item = LabelRule>) -> Self {
        self.labels = rules.into_iter().collect();
        self
    }

    /// The dialects that can be spoken, by name or as a [`DispatchLayer`](crate::dispatch::DispatchLayer::dialects) knows
    /// them. Candidates of providers with another one are left out, and those whose dialect has no words for what a
    /// request says. Default: any, with words for everything.
    #[must_use]
    pub fn dialects<D: Into<Spoken>>(mut self, spoken: impl IntoIterator<Item = D>) -> Self {
        self.dialects = Some(spoken.into_iter().map(Into::into).collect());
        self
    }

    /// What happens to calls for unknown models.
    #[must_use]
    pub const fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// The clock that prices and lifecycles go by.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The catalog.
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The clock that it goes by.
    pub(crate) const fn its_clock(&self) -> &Clock {
        &self.clock
    }

    /// The time that it goes by.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The dialects that can be spoken, where that is known.
    pub(super) fn spoken(&self) -> Option<&[Spoken]> {
        self.dialects.as_deref()
    }

    /// Where labelled data may go.
    pub(crate) fn its_labels(&self) -> &[LabelRule] {
        &self.labels
    }

    /// What it has learned, where it goes by experience.
    pub(crate) const fn its_experience(&self) -> Option<&Profile> {
        self.experience.as_ref()
    }

    /// Whether there is a rule on a data label.
    pub(crate) fn rules_on(&self, label: &DataLabel) -> bool {
        self.labels.iter().any(|rule| rule.is_on(label))
    }

    /// Whether the call's data has a label, put on it by the app or found.
    pub(super) fn labelled(&self, call: &Call<'_>) -> bool {
        !call.context.labels().is_empty() || labels::restrict(&self.labels, call)
    }

    /// Whether the dialect of the model's provider can be spoken.
    pub(crate) fn speaks_to(&self, model: &Model) -> bool {
        let dialect = model.provider().dialect();
        let spoken = self.dialects.as_deref();
        spoken.is_none_or(|spoken| spoken.iter().any(|one| one.name() == dialect))
    }

    /// Plans a call.
    ///
    /// # Errors
    /// [`Unplanned`] when the model does not exist for this caller, or no candidate is left: the refusal names what
    /// stood in the way of the one that came furthest.
    pub fn plan(&self, call: &Call<'_>) -> Result<Plan, Unplanned> {
        if call.query.model().is_empty() {
            return self.unread(call).map_err(Unplanned::from);
        }
        let snapshot = self.catalog.snapshot();
        let at = self.clock.now();
        let resolved = snapshot.resolve(call.query.model(), at);
        let spelled = Self::spelled(call, &resolved);
        let call = &match &spelled {
            Some(wish) => call.wish(Some(wish)),
            None => *call,
        };
        let planned = match resolved {
            Resolved::Model { model, instead_of } => {
                self.named(call, model, instead_of, &snapshot, at)
            }
            // Who may not wish cannot do it by a name either.
            Resolved::Alias(_) if spelled.as_ref().is_some_and(Wish::is_unheard) => {
                self.unknown_model(call, None).map_err(Unplanned::from)
            }
            Resolved::Alias(alias) => self.route(call, alias, &snapshot, at),
            Resolved::Gone { model } => Err(gone(call, model).into()),
            Resolved::Unknown { nearest } => {
                self.unknown_model(call, nearest).map_err(Unplanned::from)
            }
        };
        let pace = call.wish.and_then(Wish::pace).unwrap_or_default();
        let planned = planned.map(|plan| plan.with_pace(pace));
        Notice::put(planned, call, &resolved, &snapshot, at)
    }

    pub(super) fn decide(
        &self,
        call: &Call<'_>,
        judged: Judged,
        decided: Decided<'_>,
        snapshot: &Arc<Snapshot>,
    ) -> Result<Plan, Unplanned> {
        let Judged {
            considered,
            quotes,
            most,
            ailing: _,
            all: _,
        } = judged;
        let spoken = self.dialects.as_deref();
        let mut decided = decided;
        // Who has answered before has signed what there is.
        let signed = spoken.filter(|_| !matches!(decided.reason, Reason::Sticky));
        bind(call.query, &considered, signed, &mut decided.route);
        let planned = |at: &usize| Planned {
            candidate: considered[*at].candidate.clone(),
            quote: quotes[*at].clone(),
            only_if_gone: false,
        };
        let mut route: Vec<Planned> = decided.route.iter().map(planned).collect();
        let refusal = route
            .is_empty()
            .then(|| refuse(call.query, &considered, self.unknown == Unknown::Refuse));
        let decision = Arc::new(Decision {
            id: decided.id,
            tenant: call.context.tenant().cloned(),
            asked: call.query.model().into(),
            alias: decided.alias.map(Into::into),
            classification: call.query.classification().clone(),
            candidates: considered,
            route: decided.route,
            reason: match &refusal {
                Some(refusal) => Reason::Refused(refusal.kind()),
                None => decided.reason,
            },
            probability: decided.probability,
        });
        match refusal {
            Some(refusal) => Err(Unplanned::new(refusal, decision)),
            None => {
                route.extend(decided.stand_in);
                Ok(Plan::route(route, most, decision, Arc::clone(snapshot)))
            }
        }
    }

    fn unknown_model(&self, call: &Call<'_>, nearest: Option<&str>) -> Result<Plan, Refusal> {
        let model = call.query.model();
        if self.unknown == Unknown::Refuse {
            let mut message = does_not_exist(model);
            // A caller who may not see all names is told none.
            if let Some(nearest) = nearest.filter(|_| call.allowed.is_none()) {
                message.push_str(&format!("; did you mean `{nearest}`?"));
            }
            return Err(no_such_model(message));
        }
        let message = format!("the model `{model}` is not in the catalog");
        self.pass_through(call, RefusalKind::Unsupported, message)
    }

    /// A body that nobody has read, or that is no valid query.
    fn unread(&self, call: &Call<'_>) -> Result<Plan, Refusal> {
        let defect = call.query.defect();
        // What only reads costs nothing and carries nothing.
        if self.unknown == Unknown::PassThrough && call.query.only_reads() {
            return Ok(Plan::pass_through());
        }
        if self.unknown == Unknown::Refuse {
            let refusal = || Refusal::new(RefusalKind::Malformed, "the body must be plain JSON");
            return Err(defect.cloned().unwrap_or_else(refusal));
        }
        self.pass_through(
            call,
            RefusalKind::Unsupported,
            "the request cannot be read here".into(),
        )
        .map_err(|refusal| defect.cloned().unwrap_or(refusal))
    }

    /// On to where it was addressed, unless money or data must not go where nobody knows.
    fn pass_through(
        &self,
        call: &Call<'_>,
        kind: RefusalKind,
        message: String,
    ) -> Result<Plan, Refusal> {
        let why = if call.context.is_hard() {
            "so its cost has no bound, and a budget is open"
        } else if labels::restrict(&self.labels, call) {
            "so its zone is not known, and the data is labelled"
        } else if call.allowed.is_some_and(|allowed| !allowed.is_all())
            || call.wish.is_some_and(Wish::restricts)
        {
            "and which models may answer, or what they may cost, is limited"
        } else {
            return Ok(Plan::pass_through());
        };
        Err(Refusal::new(kind, format!("{message}, {why}")).with_param("model"))
    }
}

pub(super) struct Decided<'a> {
    pub(super) id: DecisionId,
    pub(super) alias: Option<&'a str>,
    pub(super) route: Vec<usize>,
    pub(super) reason: Reason,
    pub(super) probability: f64,
    pub(super) stand_in: Option<Planned>,
}

/// The refusal of a call for a model past its sunset. Who may not use it is not told that it ever was.
fn gone(call: &Call<'_>, model: &Model) -> Refusal {
    let asked = call.query.model();
    no_such_model(match call.may_use(model) {
        true => format!("the model `{asked}` is past its sunset and has no successor"),
        false => does_not_exist(asked),
    })
}

fn does_not_exist(model: &str) -> String {
    format!("the model `{model}` does not exist or you do not have access to it")
}

fn no_such_model(message: String) -> Refusal {
    Refusal::new(RefusalKind::UnknownModel, message).with_param("model")
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector")
            .field("catalog", &self.catalog)
            .field("policy", &self.policy.as_ref().map(|_| format_args!("..")))
            .field("experience", &self.experience)
            .field("health", &self.health.len())
            .field(
                "counter",
                &self.counter.as_ref().map(|_| format_args!("..")),
            )
            .field("labels", &self.labels)
            .field("unknown", &self.unknown)
            .field("sticky", &self.sticky)
            .finish()
    }
}
