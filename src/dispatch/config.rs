use std::{any::Any, fmt, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, header::AUTHORIZATION, request::Parts};

use super::{Credential, Dialect, Sent, drain::Drains, kept::Kept, meter::Watcher};
use crate::{
    catalog::Provider,
    context::Clock,
    health::Monitor,
    query::{Refusal, RefusalKind},
};

/// Where vendors' clients put their keys.
const KEYS: [HeaderName; 4] = [
    AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
    HeaderName::from_static("api-key"),
];

/// What all calls of a [`Dispatch`](super::Dispatch) share.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) dialects: Vec<Arc<dyn Dialect>>,
    pub(super) credential: Arc<dyn Credential>,
    pub(super) observer: Option<Watcher>,
    pub(super) clock: Clock,
    pub(super) drain: Drains,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) callers_keys: bool,
    pub(super) kept: Kept,
    pub(super) monitor: Option<Monitor>,
    pub(super) sent_by: Option<Arc<ReadSent>>,
}

/// Reads from an error of a type that the app knows whether the request was sent.
pub(super) type ReadSent = dyn Fn(&dyn Any) -> Option<Sent> + Send + Sync;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("dialects", &self.dialects)
            .field("observer", &self.observer)
            .field("clock", &self.clock)
            .field("drain", &self.drain)
            .field("idle_timeout", &self.idle_timeout)
            .field("callers_keys", &self.callers_keys)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Whether a request may have been sent that the client says failed.
    pub(super) fn sent<E: 'static>(&self, error: &E) -> Sent {
        let known = self.sent_by.as_ref().and_then(|read| read(error));
        known.unwrap_or_else(|| Sent::of(error))
    }

    pub(super) fn dialect(&self, provider: &Provider) -> Result<Arc<dyn Dialect>, Refusal> {
        let found = self
            .dialects
            .iter()
            .find(|dialect| dialect.name() == provider.dialect());
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = self.dialects.iter().map(|dialect| dialect.name()).collect();
            let message = format!(
                "provider `{}` speaks the dialect `{}`, and this stack speaks {}",
                provider.name(),
                provider.dialect(),
                known.join(", ")
            );
            Refusal::new(RefusalKind::Misconfigured, message)
        })
    }

    /// The caller's own key, where the caller addressed this very provider with it.
    pub(super) fn callers(
        &self,
        provider: &Provider,
        head: &Parts,
    ) -> Option<(HeaderName, HeaderValue)> {
        let base = provider.base_url();
        let same = self.callers_keys
            && head.uri.scheme().is_some()
            && head.uri.scheme() == base.scheme()
            && head.uri.authority() == base.authority()
            && is_below(head.uri.path(), base.path());
        let own = KEYS.iter().find_map(|name| {
            let value = head.headers.get(name).filter(|_| same)?;
            Some((name.clone(), value.clone()))
        });
        let (name, mut own) = own?;
        own.set_sensitive(true);
        Some((name, own))
    }
}

/// Whether a path is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    let rest = path.strip_prefix(base.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
