use std::sync::Arc;

use super::draft::Draft;
use crate::{
    catalog::{Candidate, Provider},
    context::Tenant,
    health::Seat,
    query::Feature,
};

/// The deployment that a call goes to, and its place there.
#[derive(Debug)]
pub(super) struct Deployed {
    pub(super) provider: Arc<Provider>,
    pub(super) seat: Option<Seat>,
}

impl Draft {
    /// Chooses one of the candidate's deployments, where there are several.
    ///
    /// A call that refers to what is kept at the provider goes to the first one, since the accounts of others know
    /// nothing of it.
    pub(super) fn deployed(&self, candidate: &Candidate) -> Option<Deployed> {
        let model = candidate.model();
        let all = model.provider().deployments();
        let streamed = self.query.stream();
        let been = self.turn.as_ref().map_or(0, |turn| turn.been());
        let kept_there = self.query.features().has(Feature::State);
        let monitor = self.config.monitor.as_ref();
        let at = match monitor {
            _ if all.is_empty() => return None,
            _ if kept_there => 0,
            Some(monitor) => {
                let tenant = self.context.tenant();
                monitor.deployment(model, tenant, streamed, self.conversation(), been)
            }
            // Nobody knows how they are doing: the first at which this call has not been.
            None => (been.trailing_ones() as usize) % all.len(),
        };
        let provider = Arc::clone(all.get(at)?);
        if let Some(turn) = &self.turn {
            match kept_there {
                true => (0..all.len()).for_each(|at| turn.goes_to(at)),
                false => turn.goes_to(at),
            }
        }
        let seat = monitor.map(|monitor| monitor.seat(model, &provider, streamed));
        Some(Deployed { provider, seat })
    }

    /// Where the candidate is asked.
    pub(super) fn provider_of<'a>(&'a self, candidate: &'a Candidate) -> &'a Arc<Provider> {
        match &self.at {
            Some(at) => &at.provider,
            None => candidate.model().provider(),
        }
    }

    /// What is likely to find its prompt in a provider's cache: the conversation, of one tenant.
    fn conversation(&self) -> Option<u64> {
        let digest = self.query.conversation().digest();
        let mut hasher = blake3::Hasher::new();
        hasher.update(digest);
        let tenant = self.context.tenant().map(Tenant::as_str);
        hasher.update(tenant.unwrap_or_default().as_bytes());
        let hash = hasher.finalize();
        let first = hash.as_bytes().first_chunk()?;
        Some(u64::from_le_bytes(*first))
    }
}
