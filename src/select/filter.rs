use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Allowed, LabelRule, Quote, Spoken, fields, labels};
use crate::{
    catalog::{Alias, Candidate, Effort, Kind, Model, Snapshot},
    context::Context,
    health::{Ailment, Health},
    money::Usd,
    observe::{Considered, Dropped},
    query::{Feature, Features, Op, Query, Refusal, RefusalKind, Wish},
};

/// A call as a [`Selector`](super::Selector) sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What is asked.
    pub query: &'a Query,
    /// Under which scopes, for which tenant, with which data.
    pub context: &'a Context,
    /// What the caller wishes of routing.
    pub wish: Option<&'a Wish>,
    /// The models that the caller may use; all of them where it is `None`.
    pub allowed: Option<&'a Allowed>,
    /// The bytes that the query was read from, for a counter of tokens.
    pub bytes: Option<&'a [u8]>,
}

impl<'a> Call<'a> {
    /// A query in a context, without wishes, and with all models allowed.
    pub const fn new(query: &'a Query, context: &'a Context) -> Self {
        Self {
            query,
            context,
            wish: None,
            allowed: None,
            bytes: None,
        }
    }

    /// With what the caller wishes.
    #[must_use]
    pub const fn wish(mut self, wish: Option<&'a Wish>) -> Self {
        self.wish = wish;
        self
    }

    /// With the models that the caller may use.
    #[must_use]
    pub const fn allowed(mut self, allowed: Option<&'a Allowed>) -> Self {
        self.allowed = allowed;
        self
    }

    /// Whether the caller may use a model, and wants it.
    pub(super) fn may_use(&self, model: &Model) -> bool {
        self.allowed.is_none_or(|allowed| allowed.permits(model))
            && self.wish.is_none_or(|wish| wish.allows(model.name()))
    }

    /// With the bytes that the query was read from. Only a counter of tokens looks at them.
    #[must_use]
    pub const fn bytes(mut self, bytes: Option<&'a [u8]>) -> Self {
        self.bytes = bytes;
        self
    }
}

/// The hard filters, and last of all health. Their order is that of how far a candidate came, for refusals.
pub(super) struct Filter<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) labels: &'a [LabelRule],
    pub(super) dialects: Option<&'a [Spoken]>,
    pub(super) health: &'a [Arc<dyn Health>],
    pub(super) alias: Option<&'a Alias>,
    pub(super) snapshot: &'a Snapshot,
    pub(super) most: Option<Usd>,
    pub(super) hard: bool,
    pub(super) at: SystemTime,
}

impl Filter<'_> {
    /// What the request says and a candidate has no words for. Signed thinking can be left out.
    fn unsaid(&self, words: Features, lacks: Features) -> Features {
        let says = self.call.query.features().without(Feature::Signed);
        let unsaid = says.missing_from(words);
        says.and(lacks).iter().fold(unsaid, Features::with)
    }

    pub(super) fn dropped(&self, candidate: &Candidate, quote: &Quote) -> Option<Dropped> {
        let Call {
            query,
            context,
            wish: _,
            allowed,
            bytes: _,
        } = self.call;
        let model = candidate.model();
        if let Some(why) = model.unroutable_because() {
            return Some(Dropped::NotRoutable(why.to_owned().into()));
        }
        if model.kind() != Kind::Chat {
            return Some(Dropped::NotRoutable("not a chat model".into()));
        }
        let dialect = model.provider().dialect();
        let spoken = self
            .dialects
            .map(|spoken| spoken.iter().find(|one| one.name() == dialect));
        if spoken.is_some_and(|spoken| spoken.is_none()) {
            let why = format!(
                "its provider speaks the dialect `{dialect}`, which this stack does not; give the stack the \
                 dialect, or the provider a compatible address and a dialect that is spoken"
            );
            return Some(Dropped::NotRoutable(why.into()));
        }
        if !self.call.may_use(model) {
            return Some(Dropped::NotAllowed);
        }
        if model.lifecycle().is_gone(self.at) {
            return Some(Dropped::Sunset);
        }
        let provider = model.provider();
        let zone_open = self.alias.is_none_or(|alias| {
            alias.zones().next().is_none() || alias.zones().any(|zone| zone == provider.zone())
        });
        if !zone_open
            || !self
                .labels
                .iter()
                .all(|rule| rule.permits(provider, query, context))
        {
            return Some(Dropped::Zone(provider.zone().into()));
        }
        let missing = query.needs().missing_from(model.can());
        if !missing.is_empty() {
            return Some(Dropped::Cannot(missing));
        }
        let words = spoken.flatten().map(|spoken| spoken.expresses(query.api()));
        let unsaid = self.unsaid(words.unwrap_or(Features::ALL), model.lacks());
        if !unsaid.is_empty() {
            return Some(Dropped::Inexpressible(unsaid));
        }
        if let (Some(asked), Some(level)) = (query.effort(), candidate.effort().map(Effort::level))
            && asked != level
        {
            return Some(Dropped::Policy("another effort was asked for".into()));
        }
        let output = query.max_output().map_or(1, |most| {
            u64::from(most).min(model.max_output().unwrap_or(u64::MAX))
        });
        let tokens = query.tokens().guess().saturating_add(output);
        if let Some(context) = model.context()
            && tokens > context
            && query.api().op() != Op::CountTokens
        {
            return Some(Dropped::TooLong { tokens, context });
        }
        // A member that nobody here knows may choose another model, or another place, at the provider.
        let bound_to = allowed.is_some_and(|allowed| !allowed.is_all())
            || labels::restrict(self.labels, self.call);
        if let Some(field) = query.unbounded().filter(|_| bound_to) {
            return Some(Dropped::Unbounded(field.to_owned().into()));
        }
        if self.hard || self.most.is_some() {
            match (quote.bound.bound(), &quote.unbounded, self.most) {
                (None, why, _) => {
                    let why = why.clone().unwrap_or("price".into());
                    return Some(Dropped::Unbounded(why));
                }
                (Some(bound), _, Some(most)) if bound > most => {
                    return Some(Dropped::TooDear { bound, most });
                }
                _ => {}
            }
        }
        if self.hard && self.snapshot.is_quarantined(model) {
            return Some(Dropped::RateQuarantined);
        }
        None
    }

    /// Why the candidate is not worth asking now: of several reasons the one that lasts the longest.
    pub(super) fn ailment(&self, candidate: &Candidate) -> Option<Ailment> {
        let tenant = self.call.context.tenant();
        let asked = self.health.iter();
        let ailments = asked.filter_map(|health| health.ailment(candidate, tenant));
        ailments.max_by_key(|ailment| ailment.passes().unwrap_or(Duration::MAX))
    }
}

/// How far a candidate came before it dropped out.
const fn stage(dropped: &Dropped) -> u8 {
    match dropped {
        Dropped::NotRoutable(_) => 0,
        Dropped::NotAllowed => 1,
        Dropped::Sunset => 2,
        Dropped::Zone(_) => 3,
        Dropped::Cannot(_) | Dropped::Inexpressible(_) => 4,
        Dropped::TooLong { .. } => 5,
        Dropped::Unbounded(_) => 6,
        Dropped::TooDear { .. } => 7,
        Dropped::Unhealthy(_) | Dropped::RateQuarantined => 8,
        Dropped::Unscored
        | Dropped::BelowThreshold { .. }
        | Dropped::Unsure { .. }
        | Dropped::Policy(_) => 9,
    }
}

/// The refusal of a call for which no candidate is left: what stopped the one that came furthest.
pub(super) fn refuse(query: &Query, considered: &[Considered], to_strangers: bool) -> Refusal {
    let furthest = considered
        .iter()
        .filter_map(|one| one.dropped.as_ref())
        .max_by_key(|d| stage(d));
    let model = query.model();
    let refusal = |kind, what: String| {
        Refusal::new(
            kind,
            format!("no model can answer this call for `{model}`: {what}"),
        )
    };
    match furthest {
        None => refusal(RefusalKind::UnknownModel, "its pool is empty".into()).with_param("model"),
        // The app itself is told what to mend.
        Some(Dropped::NotRoutable(why)) if !to_strangers => {
            refusal(RefusalKind::UnknownModel, why.to_string()).with_param("model")
        }
        Some(Dropped::NotAllowed | Dropped::Sunset | Dropped::NotRoutable(_)) => Refusal::new(
            RefusalKind::UnknownModel,
            format!("the model `{model}` does not exist or you do not have access to it"),
        )
        .with_param("model"),
        Some(dropped @ Dropped::Cannot(missing)) => {
            let field = missing
                .iter()
                .next()
                .map_or("model", |one| fields::of(one, query.api()));
            refusal(RefusalKind::Unsupported, dropped.to_string()).with_param(field)
        }
        Some(dropped @ Dropped::Inexpressible(unsaid)) => {
            let field = match unsaid.iter().next() {
                // What nobody knows, or keeps elsewhere, is known by its name.
                Some(feature @ (Feature::Unknown | Feature::State)) => {
                    let named = query.unbounded().map(ToOwned::to_owned);
                    named.map_or(feature.field(query.api()).into(), Cow::Owned)
                }
                Some(feature) => feature.field(query.api()).into(),
                None => Cow::Borrowed("model"),
            };
            refusal(RefusalKind::Unsupported, dropped.to_string()).with_param(field)
        }
        Some(dropped @ Dropped::TooLong { .. }) => {
            refusal(RefusalKind::ContextTooLong, dropped.to_string())
                .with_param(fields::turns(query.api()))
        }
        Some(dropped @ Dropped::Unbounded(field)) => {
            let param = if field == "price" {
                "model".into()
            } else {
                field.clone()
            };
            let what =
                format!("{dropped}, and a limit on its cost is set; leave it out, or price it");
            refusal(RefusalKind::Unsupported, what).with_param(param)
        }
        Some(dropped @ Dropped::TooDear { .. }) => {
            refusal(RefusalKind::TooDear, dropped.to_string())
        }
        // What ails a provider is its operator's business.
        Some(Dropped::Unhealthy(_)) => refusal(
            RefusalKind::Unavailable,
            "none that could is well now".into(),
        ),
        Some(Dropped::RateQuarantined) => refusal(
            RefusalKind::Unavailable,
            "what it costs at the one that could is in doubt, and a budget is open".into(),
        ),
        Some(dropped) => refusal(RefusalKind::Unsupported, dropped.to_string()).with_param("model"),
    }
}
