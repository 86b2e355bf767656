use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, HeaderValue, Response};

use super::DecisionId;
use crate::{
    catalog::Candidate,
    context::Tenant,
    money::{Cost, Usd},
    profile::Estimate,
    query::{Capabilities, Classification, Features, RefusalKind},
};

/// Why a call goes where it goes: who was considered, who dropped out and why, and what was predicted.
///
/// Cheap to make: candidates are shared with the catalog, and words are rendered when somebody reads them. It travels
/// in the request's [`Plan`](crate::select::Plan) and the answer's [`Outcome`](super::Outcome).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// Its name, which is the answer's request id.
    pub id: DecisionId,
    /// Who is calling, where that is known.
    pub tenant: Option<Tenant>,
    /// The model or alias that the caller named.
    pub asked: Box<str>,
    /// The alias by which the call was routed; `None` where a model was named.
    pub alias: Option<Box<str>>,
    /// What the classifier said of the query.
    pub classification: Classification,
    /// Everyone in the pool, in the catalog's order.
    pub candidates: Vec<Considered>,
    /// Places in `candidates`, in the order in which they are to be tried.
    pub route: Vec<usize>,
    /// Why the first of the route is first.
    pub reason: Reason,
    /// With which probability the first of the route was chosen; 1 where nothing was left to chance.
    pub probability: f64,
}

impl Decision {
    /// The candidates to be tried, in order.
    pub fn routed(&self) -> impl Iterator<Item = &Considered> {
        self.route.iter().filter_map(|at| self.candidates.get(*at))
    }

    /// Why the first candidate is first, and what experience says of it, as in `fastest that qualifies; expected 0.71 ± 0.12
    /// from 38 similar calls`.
    pub fn explanation(&self) -> String {
        let first = self.routed().next();
        match first.and_then(|first| first.estimate) {
            Some(estimate) => format!("{}; expected {estimate}", self.reason),
            None => self.reason.to_string(),
        }
    }

    /// Whether the call is nobody's: its answer is only compared with another one's.
    pub const fn is_shadow(&self) -> bool {
        matches!(self.reason, Reason::Shadow { .. })
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Decision {
    /// Gives a response that refuses the call the decision's name, and the decision as an extension.
    pub(crate) fn name<B>(self: &Arc<Self>, response: &mut Response<B>) {
        if let Ok(id) = HeaderValue::try_from(self.id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response.extensions_mut().insert(Arc::clone(self));
    }
}

/// One candidate of the pool, as it was judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Considered {
    /// The model at an effort.
    pub candidate: Candidate,
    /// Its predicted quality on the query's task, 0..=1; `None` where nothing is known.
    pub quality: Option<f64>,
    /// What experience says of its quality, where a [`Profile`](crate::profile::Profile) was consulted; then `quality` is
    /// the mean of this.
    pub estimate: Option<Estimate>,
    /// With which probability it would have come first; `None` where it is not in the route, or nobody knows.
    pub probability: Option<f64>,
    /// What the call probably costs there.
    pub guess: Option<Usd>,
    /// What it can cost there at most.
    pub bound: Cost,
    /// Why it is not in the route; `None` where it is.
    pub dropped: Option<Dropped>,
    /// What ails it, where it is in the route all the same: behind all who are well, or where nobody is.
    pub ailing: Option<Cow<'static, str>>,
}

impl Considered {
    /// What the call probably costs there; without a price, the most there is.
    pub(crate) fn cost(&self) -> Usd {
        self.guess.unwrap_or(Usd::MAX)
    }
}

/// Why a candidate dropped out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Dropped {
    /// It lacks what the request needs.
    Cannot(Capabilities),
    /// Its provider's format has no words for something that the request says, or the model refuses it.
    Inexpressible(Features),
    /// It is not for this kind of call, or has no API; says why.
    NotRoutable(Cow<'static, str>),
    /// The prompt, and what was asked as output, is longer than its context.
    TooLong {
        /// Tokens wanted.
        tokens: u64,
        /// Tokens that fit.
        context: u64,
    },
    /// It can cost more than is allowed.
    TooDear {
        /// What the call can cost there.
        bound: Usd,
        /// What is allowed.
        most: Usd,
    },
    /// What it costs cannot be bounded, and a hard budget is open. Names the field, or the price, at fault.
    Unbounded(Cow<'static, str>),
    /// It runs in a zone where this call's data may not go.
    Zone(Box<str>),
    /// The caller may not use it.
    NotAllowed,
    /// Its provider has switched it off.
    Sunset,
    /// It is not answering well now; says what was seen.
    Unhealthy(Cow<'static, str>),
    /// A call there has cost more than its price allows, and a hard budget is open: see
    /// [`Quarantine`](crate::catalog::Quarantine).
    RateQuarantined,
    /// It has no score on the task, and others have.
    Unscored,
    /// Its predicted quality is below what is asked.
    BelowThreshold {
        /// The least that qualifies.
        needed: f64,
    },
    /// It is expected to reach what is asked, and not as surely as the alias wants.
    Unsure {
        /// The least that qualifies.
        needed: f64,
    },
    /// The policy left it out; says why.
    Policy(Cow<'static, str>),
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cannot(missing) => {
                f.write_str("cannot: ")?;
                for (at, capability) in missing.iter().enumerate() {
                    write!(f, "{}{capability}", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Inexpressible(unsaid) => {
                f.write_str("has no words for: ")?;
                for (at, feature) in unsaid.iter().enumerate() {
                    write!(f, "{}{feature}", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::NotRoutable(why) => write!(f, "not routable: {why}"),
            Self::TooLong { tokens, context } => {
                write!(f, "too long: about {tokens} tokens, context {context}")
            }
            Self::TooDear { bound, most } => {
                write!(f, "too dear: can cost {bound} USD, allowed {most}")
            }
            Self::Unbounded(what) if what == "price" => f.write_str("its price is not known"),
            Self::Unbounded(field) => write!(f, "what `{field}` costs is not known"),
            Self::Zone(zone) => write!(f, "zone {zone} is closed to this data"),
            Self::NotAllowed => f.write_str("not allowed for this caller"),
            Self::Sunset => f.write_str("past its sunset"),
            Self::Unhealthy(what) => write!(f, "unhealthy: {what}"),
            Self::RateQuarantined => {
                f.write_str("its price is in quarantine: a call has cost more than it allows")
            }
            Self::Unscored => f.write_str("no score on this task"),
            Self::BelowThreshold { needed } => write!(f, "below the threshold {needed:.4}"),
            Self::Unsure { needed } => {
                write!(
                    f,
                    "too little is known of it to rely on the threshold {needed:.4}"
                )
            }
            Self::Policy(why) => write!(f, "{why}"),
        }
    }
}

/// Why the first candidate of a route is first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The caller named the model.
    Named,
    /// The caller named a model past its sunset, or that its provider says is gone; its successor answers.
    Successor {
        /// The model that was named.
        of: Arc<str>,
    },
    /// The caller named a model that is moving to its successor by its schedule, and this conversation has moved.
    MovedOver {
        /// The model that it would have been.
        of: Arc<str>,
    },
    /// The policy ranked it first; says by what.
    Policy(Cow<'static, str>),
    /// The conversation is with it already, and it still qualifies.
    Sticky,
    /// The tenant's share of calls that go to dearer candidates is used up: what any call of the same needs gets. See
    /// [`Alias::max_upgrade_share`](crate::catalog::Alias::max_upgrade_share).
    Capped,
    /// The only one left in the pool.
    OnlyOne,
    /// Nobody who is well is left in the pool; this one is expected to be well the soonest.
    LastResort,
    /// Nobody is left, and the call was refused.
    Refused(RefusalKind),
    /// The answer is for nobody: another call's is compared with it. See [`shadow`](crate::shadow).
    Shadow {
        /// The decision of that other call.
        of: DecisionId,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("named by the caller"),
            Self::Successor { of } => write!(f, "successor of {of}, which is not served any more"),
            Self::MovedOver { of } => write!(f, "successor of {of}, which moves over by schedule"),
            Self::Policy(why) => f.write_str(why),
            Self::Sticky => f.write_str("the conversation is with it already"),
            Self::Capped => f.write_str(
                "the share of calls that go to dearer models is used up; what any call would get",
            ),
            Self::OnlyOne => f.write_str("the only candidate left"),
            Self::LastResort => {
                f.write_str("nobody well is left, and this one recovers the soonest")
            }
            Self::Refused(_) => f.write_str("refused: no candidate is left"),
            Self::Shadow { of } => write!(f, "to be compared with the answer of {of}"),
        }
    }
}
