use super::Spoken;
use crate::{
    observe::Considered,
    query::{Feature, Features, Query},
};

/// State that lives at one provider: nobody else can read it.
const AT_ONE_PROVIDER: Features = Features::NONE
    .with(Feature::State)
    .with(Feature::HostedTools);

/// Whether a call refers to what lives at one provider.
pub(crate) fn is_at_home(query: &Query) -> bool {
    !query.features().and(AT_ONE_PROVIDER).is_empty()
}

/// Keeps a call where what it refers to is: files, containers and tools of a provider's at the provider that comes first,
/// signed thinking at first with those who speak the caller's own format.
pub(super) fn bind(
    query: &Query,
    considered: &[Considered],
    dialects: Option<&[Spoken]>,
    route: &mut Vec<usize>,
) {
    let provider = |at: usize| considered[at].candidate.model().provider();
    let features = query.features();
    if features.has(Feature::Signed)
        && let Some(dialects) = dialects
    {
        let reads = |at: &usize| {
            let dialect = provider(*at).dialect();
            let mut spoken = dialects.iter();
            spoken.any(|spoken| spoken.name() == dialect && spoken.is_native(query.api()))
        };
        route.sort_by_key(|at| !reads(at));
    }
    if is_at_home(query)
        && let Some(first) = route.first().copied()
    {
        let home = provider(first).name();
        route.retain(|at| provider(*at).name() == home);
    }
}
