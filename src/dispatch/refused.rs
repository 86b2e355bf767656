use std::time::Duration;

use crate::{
    budget::{Refused, RefusedKind},
    observe::FailureClass,
    query::{Refusal, RefusalKind},
};

/// What a refusal before anything was sent means for the other candidates of the plan.
pub(super) const fn class(kind: RefusalKind) -> FailureClass {
    match kind {
        RefusalKind::Spent | RefusalKind::Held | RefusalKind::Unavailable => FailureClass::Budget,
        RefusalKind::Misconfigured => FailureClass::Credential,
        _ => FailureClass::Unsupported,
    }
}

/// A refused hold, in words. What others have spent from a shared budget is not the caller's to know.
pub(super) fn in_words(refused: &Refused) -> Refusal {
    let name = refused.scope().name();
    let asked = refused.asked();
    let (kind, what) = match refused.kind() {
        RefusedKind::Spent if refused.never_fits() => (
            RefusalKind::Spent,
            "more than that budget ever allows; send a lower limit of output or a shorter prompt",
        ),
        RefusedKind::Spent => (RefusalKind::Spent, "more than is left there"),
        RefusedKind::Held => (
            RefusalKind::Held,
            "and calls in flight hold what is left there",
        ),
        _ => (
            RefusalKind::Unavailable,
            "and what is left there cannot be told now",
        ),
    };
    let message = format!("budget `{name}`: this call can cost {asked} USD, {what}");
    let refusal = Refusal::new(kind, message).with_scope(name.to_owned());
    match (kind, refused.retry_after()) {
        (RefusalKind::Held, _) => refusal.with_retry_after(Duration::from_secs(1)),
        (_, Some(after)) if !refused.never_fits() => refusal.with_retry_after(after),
        _ => refusal,
    }
}
