use super::draft::Passed;
use crate::{
    budget::{Measure, Refused},
    observe::FailureClass,
    query::{Refusal, RefusalKind},
};

/// What a refusal before anything was sent means for the other candidates of the plan.
pub(super) const fn class(kind: RefusalKind) -> FailureClass {
    match kind {
        RefusalKind::Spent | RefusalKind::Held => FailureClass::Budget,
        RefusalKind::RateLimited | RefusalKind::Unavailable => FailureClass::Limit,
        RefusalKind::Misconfigured => FailureClass::Credential,
        _ => FailureClass::Unsupported,
    }
}

/// What a refused hold means for the other candidates: one that uses fewer tokens may fit where this one did not.
pub(super) fn passed(refused: &Refused) -> Passed {
    let refusal = Refusal::from(refused);
    let tokens = refused
        .rate()
        .is_some_and(|rate| rate.measure() == Measure::Tokens);
    let class = match tokens {
        true => FailureClass::Unsupported,
        false => class(refusal.kind()),
    };
    Passed { refusal, class }
}
