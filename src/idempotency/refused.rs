use std::time::Duration;

use super::IdempotencyStatus;
use crate::query::{Refusal, RefusalKind};

/// When to ask again after a call that is under way, or for room.
const SOON: Duration = Duration::from_secs(1);

/// Why a call with a key is not made, and has no answer to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The key is another request's.
    Reused,
    /// The first with this key is under way.
    InFlight,
    /// It was made and broke off.
    Failed,
    /// It was answered, and the answer is not kept.
    NotKept,
    /// There is no room for another key.
    Full,
}

impl Refused {
    pub(super) const fn status(self) -> IdempotencyStatus {
        match self {
            Self::Reused => IdempotencyStatus::Reused,
            Self::InFlight => IdempotencyStatus::InFlight,
            Self::Failed => IdempotencyStatus::Failed,
            Self::NotKept => IdempotencyStatus::NotKept,
            Self::Full => IdempotencyStatus::Full,
        }
    }

    /// What its caller is told.
    pub(super) fn refusal(self) -> Refusal {
        let (kind, message) = match self {
            Self::Reused => (
                RefusalKind::KeyReused,
                "this Idempotency-Key was used for another request: its path, its body, its wishes or its labels differ",
            ),
            Self::InFlight => (
                RefusalKind::InFlight,
                "the call with this Idempotency-Key is still under way; ask again for its answer",
            ),
            Self::Failed => (
                RefusalKind::Upstream,
                "the call with this Idempotency-Key was made and broke off, and may have been charged: it is not made \
                 again, and another key makes another call",
            ),
            Self::NotKept => (
                RefusalKind::NotKept,
                "the call with this Idempotency-Key was made, and its answer was too large to be kept: it is not made \
                 again, and another key makes another call",
            ),
            Self::Full => (
                RefusalKind::Unavailable,
                "too many calls with an Idempotency-Key are under way to remember another",
            ),
        };
        let refusal = Refusal::new(kind, message);
        match self {
            Self::InFlight | Self::Full => refusal.with_retry_after(SOON),
            Self::Reused => refusal.with_param("Idempotency-Key"),
            Self::Failed | Self::NotKept => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Api;

    #[test]
    fn who_is_to_ask_again_is_told_so() {
        for (why, api, status, again, after) in [
            (Refused::Reused, Api::OpenAiChat, 422, "false", None),
            (
                Refused::InFlight,
                Api::AnthropicMessages,
                409,
                "true",
                Some("1"),
            ),
            (Refused::Failed, Api::GeminiGenerate, 502, "false", None),
            (Refused::NotKept, Api::OpenAiChat, 409, "false", None),
            (Refused::Full, Api::OpenAiChat, 503, "true", Some("1")),
        ] {
            let response = why.refusal().response(api);
            assert_eq!(response.status(), status, "{why:?}");
            assert_eq!(response.headers()["x-should-retry"], again, "{why:?}");
            let said = response.headers().get("retry-after");
            assert_eq!(said.map(|value| value.to_str().unwrap()), after, "{why:?}");
        }
    }
}
