use std::sync::Arc;

use http::Response;

use super::{
    CacheStatus, Directives, Entry, ResponseBody,
    answer::Form,
    config::Config,
    flight::{Flights, Head, Reader, Terms},
    served::{self, Served},
};
use crate::{
    Body, context,
    observe::{Ending, Made},
    query::{Query, Refusal, RefusalKind},
    select,
};

/// What a call asks, besides the request itself.
pub(super) struct Question {
    pub(super) wanted: Form,
    pub(super) terms: Terms,
    pub(super) directives: Directives,
    pub(super) flights: Arc<Flights>,
    pub(super) query: Arc<Query>,
    pub(super) context: context::Context,
}

/// A refusal of this layer's own.
pub(super) fn refused<R>(response: Response<Body>) -> Response<ResponseBody<R>> {
    response.map(|body| ResponseBody::kept(body.as_bytes().cloned().unwrap_or_default()))
}

impl Question {
    pub(super) fn is_fresh(&self, entry: &Entry) -> bool {
        let old = self
            .directives
            .max_age
            .is_some_and(|most| entry.age() > most);
        !old && !entry.ttl().is_zero()
    }

    /// The answer that was kept; or why there is none to give.
    pub(super) fn hit<R>(
        &self,
        entry: &Arc<Entry>,
    ) -> Result<Response<ResponseBody<R>>, CacheStatus> {
        let config: &Config = &self.terms.config;
        let (age, ttl) = (entry.age(), entry.ttl());
        if ttl.is_zero() {
            config.store.remove(&self.terms.key, entry);
        }
        if !self.is_fresh(entry) {
            return Err(CacheStatus::Stale);
        }
        let status = CacheStatus::Hit { age, ttl };
        self.give(entry, status).ok_or(CacheStatus::Miss)
    }

    /// Another call's answer, whole; `None` where it cannot be written as this one wants it.
    pub(super) fn give<R>(
        &self,
        entry: &Entry,
        status: CacheStatus,
    ) -> Option<Response<ResponseBody<R>>> {
        let bytes = entry.written(self.wanted)?;
        let mut response = Response::new(ResponseBody::kept(bytes));
        *response.headers_mut() = entry.headers.clone();
        let anew = (entry.form.is_stream() != self.wanted.is_stream()).then_some(self.wanted);
        let mut served = self.serve(entry.made.as_ref(), status);
        served.head(&mut response, anew);
        self.tell_of_end(&mut response);
        served.end(Ending::Complete, entry.finish_reasons);
        served::say(&mut response, status);
        Some(response)
    }

    /// Another call's answer, which is still on its way.
    pub(super) fn along<R>(&self, head: &Head, reader: Reader) -> Response<ResponseBody<R>> {
        let status = CacheStatus::Collapsed;
        let served = self.serve(head.outcome.as_ref().map(Made::by).as_ref(), status);
        let mut response = Response::new(());
        *response.headers_mut() = head.headers.clone();
        served.head(&mut response, None);
        self.tell_of_end(&mut response);
        served::say(&mut response, status);
        response.map(|()| ResponseBody::shared(reader, Some(served), self.query.api()))
    }

    /// What there is to be told today of the end of the model that the call names, as Select would.
    fn tell_of_end<B>(&self, response: &mut Response<B>) {
        let config = &self.terms.config;
        if let Some(catalog) = &config.catalog {
            let (name, now) = (self.query.model(), config.clock.now());
            select::tell_of(name, &catalog.snapshot(), now, response.headers_mut());
        }
    }

    fn serve(&self, made: Option<&Made>, status: CacheStatus) -> Served {
        served::trace(status, self.query.model());
        let observer = self.terms.config.observer.as_ref();
        Served::new(made, self.context.tenant(), &status, observer)
    }

    pub(super) fn not_cached<R>(&self) -> Response<ResponseBody<R>> {
        let why = "no answer to this is kept, and the request says `only-if-cached`";
        let refusal = Refusal::new(RefusalKind::NotCached, why);
        let mut response = refused(refusal.response(self.query.api()));
        served::trace(CacheStatus::NotCached, self.query.model());
        served::say(&mut response, CacheStatus::NotCached);
        response
    }
}
