use super::Spoken;
use crate::{
    catalog::Candidate,
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

/// Whether a call refers to thinking that a model has signed.
pub(super) fn is_signed(query: &Query) -> bool {
    query.features().has(Feature::Signed)
}

/// Whether a candidate speaks the format of the caller's, in which thinking was signed.
pub(super) fn reads(query: &Query, spoken: &[Spoken], candidate: &Candidate) -> bool {
    let dialect = candidate.model().provider().dialect();
    let mut spoken = spoken.iter();
    spoken.any(|spoken| spoken.name() == dialect && spoken.is_native(query.api()))
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
    if is_signed(query)
        && let Some(spoken) = dialects
    {
        route.sort_by_key(|at| !reads(query, spoken, &considered[*at].candidate));
    }
    if is_at_home(query)
        && let Some(first) = route.first().copied()
    {
        let home = provider(first).name();
        route.retain(|at| provider(*at).name() == home);
    }
}
