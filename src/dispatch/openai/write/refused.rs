use crate::query::{Api, Feature, Refusal, RefusalKind};

/// What cannot be said in this format, by the caller's own field.
pub(super) fn unsupported(feature: Feature, api: Api, what: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Unsupported, what).with_param(feature.field(api))
}

/// What is no valid conversation.
pub(super) fn malformed(api: Api, what: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Malformed, what).with_param(Feature::Prefill.field(api))
}
