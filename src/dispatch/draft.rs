use std::{borrow::Cow, sync::Arc};

use http::{HeaderName, HeaderValue, Request, Response, request::Parts};
use tokio::time::Instant;

use super::{
    Attempt, Baton, Key, KeyFuture, Secret, bill::cut_rule, config::Config, deployed::Deployed,
    drain::Drains, form::Form, idle::Idle, meter::Meter, refused, writing::Spoken,
};
use crate::{
    Body,
    budget::{Hold, HoldLabel, Opening},
    catalog::Snapshot,
    context::Context,
    health::{Ailment, Asked, KeyId, Permit},
    money::Usd,
    observe::FailureClass,
    query::{Api, Op, Query, Refusal, RefusalKind},
    select::{Plan, Planned},
};

/// Answers have so many tokens, for what a provider's rate limits take, where the caller's own limit is not lower.
const USUAL: u64 = 1_024;

/// A call on its way to being sent: who is asked is chosen, key and money are not there yet.
pub(super) struct Draft {
    pub(super) config: Arc<Config>,
    pub(super) api: Api,
    pub(super) head: Parts,
    pub(super) query: Arc<Query>,
    pub(super) bytes: bytes::Bytes,
    /// When all of it was here.
    pub(super) here: Option<Instant>,
    pub(super) plan: Plan,
    pub(super) context: Context,
    /// What Fallback says: who is to be asked, and nobody else.
    pub(super) turn: Option<Attempt>,
    /// The place in the plan of the candidate that is chosen.
    pub(super) chosen: usize,
    /// The request in the chosen candidate's format, once it is written.
    pub(super) spoken: Option<Spoken>,
    /// The deployment that is chosen, where the candidate's provider has several.
    pub(super) at: Option<Deployed>,
    /// That the chosen candidate may be asked.
    pub(super) permit: Option<Permit>,
    /// The first candidate that may not be asked now, for something that passes; it is, where nobody else can be.
    resort: Resort,
    /// Why the first candidate that could not be asked could not.
    passed: Option<Passed>,
}

/// Who is asked where nobody is to be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resort {
    None,
    /// The candidate at this place.
    At(usize),
    /// That one is being asked.
    Taken,
}

/// How a call is authorised.
pub(super) enum Authority {
    /// With a key of ours, or none.
    Ours(Option<Secret>),
    /// With what the caller itself sends to this provider.
    Callers((HeaderName, HeaderValue)),
}

/// Why a candidate is passed over, and what that means for the others.
pub(super) struct Passed {
    pub(super) refusal: Refusal,
    pub(super) class: FailureClass,
}

impl Passed {
    /// There is no way to ask it.
    pub(super) fn misconfigured(why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            refusal: Refusal::new(RefusalKind::Misconfigured, why),
            class: FailureClass::Credential,
        }
    }

    /// It cannot take the call.
    pub(super) fn refused(refusal: Refusal) -> Self {
        let class = refused::class(refusal.kind());
        Self { refusal, class }
    }

    /// It may not be asked now. Where it is gone and somebody stands in for it, that one is to be asked.
    pub(super) fn ailing(ailment: &Ailment, stands_in: bool) -> Self {
        let refusal = Refusal::new(RefusalKind::Unavailable, ailment.why().clone());
        let refusal = match ailment.passes() {
            Some(after) => refusal.with_retry_after(after),
            None => refusal,
        };
        Self {
            refusal,
            class: match ailment.is_gone() && stands_in {
                true => FailureClass::ModelGone,
                false => FailureClass::Busy,
            },
        }
    }

    /// Its price is in quarantine. That says nothing of any other candidate.
    pub(super) fn doubted() -> Self {
        let message = "what this call costs is in doubt, and a budget is open";
        Self {
            refusal: Refusal::new(RefusalKind::Unavailable, message),
            class: FailureClass::Unsupported,
        }
    }
}

/// What is known of a chosen candidate's key.
pub(super) enum Choice {
    Ready(Authority),
    Later(KeyFuture),
}

/// What a refusal says of the call that it ends.
pub(super) struct Facts {
    pub(super) api: Api,
    pub(super) plan: Plan,
    pub(super) provider: Option<Arc<str>>,
    /// Whether the candidate can be asked at another deployment.
    pub(super) elsewhere: bool,
}

impl Facts {
    /// An answer of ours with the decision's name.
    pub(super) fn named<B>(&self, mut response: Response<B>) -> Response<B> {
        if let Some(decision) = self.plan.decision() {
            decision.name(&mut response);
        }
        response
    }
}

/// A request ready to be sent, with all that follows it.
pub(super) struct Sending {
    pub(super) request: Request<Body>,
    pub(super) meter: Meter,
    pub(super) api: Api,
    pub(super) stream: bool,
    pub(super) form: Form,
    pub(super) secret: Option<Secret>,
    pub(super) drain: Drains,
    pub(super) idle: Idle,
    /// What is left to whoever goes on with the answer, or was by whom this one goes on with.
    pub(super) baton: Option<Baton>,
    pub(super) ours: bool,
    pub(super) config: Arc<Config>,
}

impl Draft {
    /// All of the request was here then.
    pub(super) fn since(mut self, here: Instant) -> Self {
        self.here = Some(here);
        self
    }

    pub(super) fn new(
        config: Arc<Config>,
        api: Api,
        mut head: Parts,
        query: Arc<Query>,
        bytes: bytes::Bytes,
        plan: Plan,
        context: Context,
    ) -> Self {
        // One of another call's, which its extensions have brought along, says nothing of this plan.
        let of_plan = |turn: &Attempt| {
            let planned = plan.candidates().get(turn.place());
            planned.is_some_and(|planned| planned.candidate == *turn.candidate())
        };
        let turn = head.extensions.remove().filter(of_plan);
        let chosen = turn.as_ref().map_or(0, Attempt::place);
        Self {
            config,
            api,
            head,
            query,
            bytes,
            here: None,
            plan,
            context,
            turn,
            chosen,
            spoken: None,
            at: None,
            permit: None,
            resort: Resort::None,
            passed: None,
        }
    }

    /// Takes the first candidate of the plan for which there is, or may be, a key.
    pub(super) fn choose(&mut self) -> Result<Choice, Passed> {
        loop {
            let planned = self.plan.candidates().get(self.chosen);
            // Whether a model is gone shows when it is asked.
            let Some(planned) =
                planned.filter(|planned| self.turn.is_some() || !planned.only_if_gone)
            else {
                // Without Fallback nobody else sees to it that somebody is asked.
                match self.resort {
                    Resort::At(place) => {
                        self.chosen = place;
                        self.resort = Resort::Taken;
                        continue;
                    }
                    Resort::None | Resort::Taken => break,
                }
            };
            let candidate = planned.candidate.clone();
            self.at = self.deployed(&candidate);
            let provider = self.provider_of(&candidate);
            let key = match self.config.dialect(provider) {
                Err(refusal) => Key::Missing(refusal.message().to_owned()),
                Ok(_) => match self.config.callers(provider, &self.head) {
                    Some(own) => return Ok(Choice::Ready(Authority::Callers(own))),
                    None => self.config.credential.key(provider, self.context.tenant()),
                },
            };
            match key {
                Key::Ready(key) => return Ok(Choice::Ready(Authority::Ours(key))),
                Key::Later(key) => return Ok(Choice::Later(key)),
                Key::Missing(why) => self.skip(Passed::misconfigured(why)),
            }
        }
        let passed = self.passed.take();
        Err(passed.unwrap_or_else(|| Passed::misconfigured("the plan has no candidates")))
    }

    /// Asks whether the chosen candidate may be asked now, with this key.
    pub(super) fn admit(&mut self, authority: &Authority) -> Result<(), Passed> {
        // How long a prompt is, other servers say than those that answer it.
        let counts = self.api.op() == Op::CountTokens;
        let Some(monitor) = self.config.monitor.as_ref().filter(|_| !counts) else {
            return Ok(());
        };
        let key = match authority {
            Authority::Ours(None) => KeyId::default(),
            Authority::Ours(Some(secret)) => secret.id(),
            Authority::Callers((_, value)) => KeyId::of(value.as_bytes()),
        };
        let candidate = &self.planned().candidate;
        let insist = match &self.turn {
            Some(turn) => turn.insists(),
            None => self.resort == Resort::Taken,
        };
        let tenant = self.context.tenant();
        let at = self.provider_of(candidate);
        let asked = Asked {
            input: self.query.tokens().guess(),
            output: self.planned().quote.most_output.unwrap_or(USUAL).min(USUAL),
        };
        match monitor.admit(candidate, at, key, tenant, asked, insist) {
            Ok(permit) => {
                self.permit = Some(permit);
                Ok(())
            }
            Err(ailment) => {
                if self.turn.is_none() && self.resort == Resort::None {
                    self.resort = Resort::At(self.chosen);
                }
                let next = self.plan.candidates().get(self.chosen + 1);
                let stands_in = next.is_some_and(|next| next.only_if_gone);
                Err(Passed::ailing(&ailment, stands_in))
            }
        }
    }

    /// The chosen candidate cannot be asked after all.
    pub(super) fn skip(&mut self, why: Passed) {
        self.passed.get_or_insert(why);
        self.spoken = None;
        self.permit = None;
        self.at = None;
        self.chosen = match self.turn {
            Some(_) => usize::MAX,
            None => self.chosen + 1,
        };
    }

    /// What a refusal on the way needs of the call.
    pub(super) fn facts(&self) -> Facts {
        let candidates = self.plan.candidates();
        let at = self.turn.as_ref().map_or(self.chosen, Attempt::place);
        let asked = candidates.get(at).or(candidates.last());
        Facts {
            api: self.api,
            plan: self.plan.clone(),
            provider: asked.map(|asked| asked.candidate.model().provider().name().into()),
            elsewhere: self.turn.as_ref().is_some_and(Attempt::elsewhere),
        }
    }

    /// Who is asked, at what cost.
    pub(super) fn planned(&self) -> &Planned {
        match &self.spoken {
            Some(spoken) => &spoken.planned,
            None => &self.plan.candidates()[self.chosen],
        }
    }

    /// Whether the chosen candidate's price is in quarantine, and that matters. The plan may be older than what put it
    /// there.
    pub(super) fn is_doubted(&self) -> bool {
        let model = self.planned().candidate.model();
        let quarantined = |snapshot: &Arc<Snapshot>| snapshot.is_quarantined(model);
        self.context.is_hard() && self.plan.snapshot().is_some_and(quarantined)
    }

    /// Asks for the money.
    pub(super) fn hold(&self) -> Result<Opening, Refusal> {
        let scopes = self.context.scopes();
        let model = self.planned().candidate.model();
        let bound = match self.planned().quote.bound.bound() {
            Some(bound) => bound,
            None if self.context.is_hard() => {
                let field = self
                    .planned()
                    .quote
                    .unbounded
                    .clone()
                    .unwrap_or("price".into());
                let message = format!(
                    "the cost of this call cannot be bounded ({field}), and a budget is open"
                );
                return Err(Refusal::new(RefusalKind::Unsupported, message).with_param(field));
            }
            None => Usd::ZERO,
        };
        let label = HoldLabel::new(model.name(), model.provider().name());
        let rule = cut_rule(model.provider());
        let uncounted = self.turn.as_ref().is_none_or(Attempt::is_uncounted);
        Ok(Hold::open(scopes, bound, label, rule)
            .requests(u64::from(uncounted))
            .tokens(self.planned().quote.most_tokens))
    }
}
