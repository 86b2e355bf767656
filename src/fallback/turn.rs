use crate::{
    catalog::Candidate,
    dispatch::Attempt,
    select::{Plan, Planned},
};

/// An attempt whose turn it is.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// What Dispatch is told of it; `None` without a plan.
    pub(super) attempt: Option<Attempt>,
    /// Where in the plan its candidate stands.
    pub(super) place: usize,
    /// Which attempt of the call it is, from 1.
    pub(super) number: u32,
}

impl Turn {
    /// The attempt with which a call begins.
    pub(super) fn first(plan: Option<&Plan>) -> Self {
        let attempt = plan.and_then(|plan| {
            let (first, others) = plan.candidates().split_first()?;
            let others = others.iter().any(|one| !one.only_if_gone);
            Some(Attempt::new(first.candidate.clone(), 0, 1).yielding(others))
        });
        Self {
            attempt,
            place: 0,
            number: 1,
        }
    }

    /// Who is asked; `None` without a plan.
    pub(super) fn candidate(&self) -> Option<&Candidate> {
        self.attempt.as_ref().map(Attempt::candidate)
    }

    /// The provider that is asked, for failures that nobody has put a name to.
    pub(super) fn provider(&self) -> &str {
        self.candidate().map_or("unknown", provider)
    }

    /// Whether the request is certainly still here: what asks is not ready.
    pub(super) fn is_queued(&self) -> bool {
        self.attempt.as_ref().is_some_and(Attempt::is_queued)
    }

    /// Whether the candidate can be asked at another deployment.
    pub(super) fn elsewhere(&self) -> bool {
        self.attempt.as_ref().is_some_and(Attempt::elsewhere)
    }

    pub(super) fn insists(&self) -> bool {
        self.attempt.as_ref().is_some_and(Attempt::insists)
    }
}

pub(super) fn provider(candidate: &Candidate) -> &str {
    candidate.model().provider().name()
}

/// The provider of a place in the plan.
pub(super) fn provider_of(planned: &Planned) -> &str {
    provider(&planned.candidate)
}
