use super::{Refused, RefusedKind};
use crate::query::{Refusal, RefusalKind};

impl From<&Refused> for Refusal {
    /// In words for the caller, for whom it is not to know what others have spent from a shared budget.
    fn from(refused: &Refused) -> Self {
        let name = refused.scope().name();
        let asked = refused.asked();
        let money = |what: &str| format!("budget `{name}`: this call can cost {asked} USD, {what}");
        let (kind, message) = match refused.kind() {
            RefusedKind::Spent if refused.never_fits() => (
                RefusalKind::Spent,
                money(
                    "more than that budget ever allows; send a lower limit of output or a shorter prompt",
                ),
            ),
            RefusedKind::Spent => (RefusalKind::Spent, money(&more_than_is_left(refused))),
            RefusedKind::Held => (
                RefusalKind::Held,
                money("and calls in flight hold what is left there"),
            ),
            // No waiting helps what never fits.
            RefusedKind::Rate if refused.never_fits() => (
                RefusalKind::Spent,
                format!("{refused}; send a lower limit of output or a shorter prompt"),
            ),
            RefusedKind::Rate => (RefusalKind::RateLimited, refused.to_string()),
            RefusedKind::Full => (RefusalKind::Unavailable, refused.to_string()),
            _ => (
                RefusalKind::Unavailable,
                money("and what is left there cannot be told now"),
            ),
        };
        let refusal = Self::new(kind, message).with_scope(name.to_owned());
        match refused.retry_after() {
            Some(after) if !refused.never_fits() => refusal.with_retry_after(after),
            _ => refusal,
        }
    }
}

/// Says of which limit, and until when.
fn more_than_is_left(refused: &Refused) -> String {
    let Some(allowance) = refused.allowance() else {
        return "more than is left there".into();
    };
    let window = allowance.window();
    // The limit of a budget that callers share says, with what is asked, what the others have spent.
    let of = match refused.scope().key() {
        Some(_) => format!(
            "more than is left there of {} USD (window: {window})",
            allowance.limit()
        ),
        None => format!("more than is left there (window: {window})"),
    };
    match allowance.renews_at().map(jiff::Timestamp::try_from) {
        Some(Ok(at)) => format!("{of}; it is renewed at {at}"),
        _ => of,
    }
}
