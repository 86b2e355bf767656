use std::fmt;

use http::{Request, request::Parts};
use tower::{Service, ServiceExt, util::Oneshot};

use crate::{dispatch::Attempt, query::Classified};

/// The service and what every attempt sends it.
pub(super) struct Calls<S, B> {
    service: S,
    head: Parts,
    body: B,
}

impl<S, B> Calls<S, B> {
    pub(super) const fn new(service: S, head: Parts, body: B) -> Self {
        Self {
            service,
            head,
            body,
        }
    }
}

impl<S, B> Calls<S, B>
where
    S: Service<Request<B>> + Clone,
    B: Classified,
{
    /// Begins an attempt with this body.
    pub(super) fn first(&self, body: B, turn: Option<Attempt>) -> Oneshot<S, Request<B>> {
        let mut head = self.head.clone();
        if let Some(turn) = turn {
            head.extensions.insert(turn);
        }
        let request = Request::from_parts(head, body);
        self.service.clone().oneshot(request)
    }

    /// Begins another attempt; `None` where the body cannot be sent again.
    pub(super) fn again(&self, turn: Option<Attempt>) -> Option<Oneshot<S, Request<B>>> {
        Some(self.first(self.body.again()?, turn))
    }
}

impl<S, B> fmt::Debug for Calls<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}
