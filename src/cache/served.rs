use std::{fmt, sync::Arc};

use http::{
    HeaderName, HeaderValue, Response,
    header::{AGE, CONTENT_TYPE},
};

use super::{CacheStatus, answer::Form, status::CACHE_STATUS};
use crate::{
    context::Tenant,
    observe::{Cached, DecisionId, Ending, Event, FinishReasons, Made, Observer, semconv, tell},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A call that is answered with another one's answer: its head, and what is told of it at its end.
pub(super) struct Served {
    cached: Cached,
    served_model: Option<Box<str>>,
    observer: Option<Arc<dyn Observer>>,
    told: bool,
}

impl Served {
    pub(super) fn new(
        made: Option<&Made>,
        tenant: Option<&Tenant>,
        status: &CacheStatus,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Self {
        let outcome = made.map(Made::again);
        Self {
            cached: Cached {
                id: DecisionId::random(),
                tenant: tenant.cloned(),
                age: match status {
                    CacheStatus::Hit { age, .. } => Some(*age),
                    _ => None,
                },
                outcome,
            },
            served_model: made.and_then(|made| made.served_model.clone()),
            observer: observer.cloned(),
            told: false,
        }
    }

    /// What belongs to this call alone, in the head of its answer. `form` is given where the answer is written anew.
    pub(super) fn head<B>(&self, response: &mut Response<B>, form: Option<Form>) {
        let headers = response.headers_mut();
        if let Some(form) = form {
            headers.insert(CONTENT_TYPE, form.content_type());
        }
        if let Ok(id) = HeaderValue::try_from(self.cached.id.to_string()) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(age) = self.cached.age {
            headers.insert(AGE, HeaderValue::from(age.as_secs()));
        }
        if let Some(outcome) = &self.cached.outcome {
            response.extensions_mut().insert(outcome.clone());
        }
    }

    /// The call has ended, at no cost. Only the first word counts.
    pub(super) fn end(&mut self, ending: Ending, finish_reasons: FinishReasons) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        if let Some(outcome) = &self.cached.outcome {
            outcome.finish_free(ending, finish_reasons, self.served_model.take());
        }
        if let Some(observer) = &self.observer {
            tell(&**observer, &Event::Cached(&self.cached));
        }
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("cached", &self.cached)
            .finish_non_exhaustive()
    }
}

impl Drop for Served {
    /// Its caller has left.
    fn drop(&mut self) {
        self.end(Ending::Cancelled, FinishReasons::NONE);
    }
}

/// Says on an answer what the cache did.
pub(super) fn say<B>(response: &mut Response<B>, status: CacheStatus) {
    // The one that is nearest to the provider comes first.
    response.headers_mut().append(CACHE_STATUS, status.header());
    response.extensions_mut().insert(status);
}

/// Tells of it in the trace.
pub(super) fn trace(status: CacheStatus, model: &str) {
    tracing::debug!(
        { semconv::REQUEST_MODEL } = model,
        status = status.as_str(),
        detail = match status {
            CacheStatus::Bypassed(why) => why.as_str(),
            _ => "",
        },
        "cache"
    );
}
