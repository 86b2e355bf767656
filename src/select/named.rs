use std::{sync::Arc, time::SystemTime};

use super::{
    Call, Plan, Selector, Unplanned,
    bound::{bind, is_at_home},
    judged::Judged,
    moving::moved_over,
    selector::Decided,
};
use crate::{
    catalog::{Candidate, Model, Snapshot},
    observe::{DecisionId, Dropped, Reason},
};

impl Selector {
    /// A call that names a model: that one answers, or its successor: past its sunset, as its schedule has it, or where its provider
    /// has said that it is gone.
    pub(super) fn named(
        &self,
        call: &Call<'_>,
        model: &Arc<Model>,
        instead_of: Option<&Arc<Model>>,
        snapshot: &Arc<Snapshot>,
        at: SystemTime,
    ) -> Result<Plan, Unplanned> {
        let own = Candidate::new(Arc::clone(model));
        if call.may_use(model)
            && let Some(next) = self.instead_of_gone(call, model, &own, snapshot, at)
        {
            let pool = [Candidate::new(Arc::clone(next))];
            let judged = self.judge(call, &pool, None, snapshot, at);
            let of = instead_of.unwrap_or(model).name().into();
            let decided = Decided {
                id: DecisionId::random(),
                alias: None,
                route: judged.left(),
                reason: Reason::Successor { of },
                probability: 1.0,
                stand_in: self.stand_in(call, next, snapshot, at),
            };
            return self.decide(call, judged, decided, snapshot);
        }
        let (judged, route, moved) = match self.moving(call, model, snapshot, at) {
            Some(next) => {
                let pool = [Candidate::new(Arc::clone(next)), own];
                let mut judged = self.judge(call, &pool, None, snapshot, at);
                let (route, moved) = self.moved(call, &mut judged);
                (judged, route, moved)
            }
            None => {
                let judged = self.judge(call, &[own], None, snapshot, at);
                let route = judged.left();
                (judged, route, false)
            }
        };
        let of = |model: &Model| model.name().into();
        let (reason, stand_in) = match instead_of {
            // Should its successor fail, the model itself is still there.
            _ if moved => (Reason::MovedOver { of: of(model) }, None),
            Some(asked) => (
                Reason::Successor { of: of(asked) },
                self.stand_in(call, model, snapshot, at),
            ),
            None => (Reason::Named, self.stand_in(call, model, snapshot, at)),
        };
        let decided = Decided {
            id: DecisionId::random(),
            alias: None,
            route,
            reason,
            probability: 1.0,
            stand_in,
        };
        self.decide(call, judged, decided, snapshot)
    }

    /// To whom a schedule has moved the conversation. Who may not use the model itself moves nowhere, and neither does
    /// what refers to things at another provider.
    fn moving<'a>(
        &self,
        call: &Call<'_>,
        model: &Model,
        snapshot: &'a Snapshot,
        at: SystemTime,
    ) -> Option<&'a Arc<Model>> {
        let next = moved_over(model, call.query, call.context.tenant(), snapshot, at)?;
        let leaves = next.provider().name() != model.provider().name();
        (call.may_use(model) && !(leaves && is_at_home(call.query))).then_some(next)
    }

    /// The route of a pool of successor and model, and whether the successor is first. Where it is not, it is not asked
    /// at all: the call names the model.
    fn moved(&self, call: &Call<'_>, judged: &mut Judged) -> (Vec<usize>, bool) {
        let mut route = judged.left();
        bind(call.query, &judged.considered, self.spoken(), &mut route);
        let moved = route.first() == Some(&0);
        if !moved {
            route.retain(|at| *at != 0);
            if let Some(next) = judged.considered.first_mut() {
                let why = "signed thinking goes back to who speaks its format";
                next.dropped.get_or_insert(Dropped::Policy(why.into()));
            }
        }
        (route, moved)
    }
}
