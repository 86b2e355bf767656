use std::{sync::Arc, time::Duration};

use tower::Layer;

use super::{Cache, MemoryStore, Store, config::Config};
use crate::{catalog::Catalog, context::Clock, observe::Observer};

/// Layer that gives answers that were given before, and asks once for calls that ask the same at the same time.
///
/// See the [module docs](crate::cache) for an example. Services made by one layer share its store; calls are
/// shared among the clones of one service.
#[derive(Clone, Debug)]
pub struct CacheLayer {
    config: Arc<Config>,
}

impl CacheLayer {
    /// With 64 MiB of memory, answers kept for an hour, and none of more than 4 MiB.
    pub fn new() -> Self {
        Self::with_store(MemoryStore::new(64 << 20))
    }

    fn with_store(store: MemoryStore) -> Self {
        let config = Config {
            off: false,
            store: Arc::new(store),
            ttl: Duration::from_secs(60 * 60),
            largest: 4 << 20,
            catalog: None,
            clock: Clock::system(),
            single_tenant: false,
            any_temperature: false,
            tool_calls: false,
            ignored: Vec::new(),
            observer: None,
        };
        Self {
            config: Arc::new(config),
        }
    }

    /// A layer that does nothing: every call goes on to the inner service.
    pub fn off() -> Self {
        let nothing = MemoryStore::new(0);
        Self::with_store(nothing).with(|config| config.off = true)
    }

    /// Where answers are kept. Default: a [`MemoryStore`] of 64 MiB.
    #[must_use]
    pub fn store(self, store: impl Store + 'static) -> Self {
        self.with(|config| config.store = Arc::new(store))
    }

    /// For how long an answer may be given again. Default: an hour.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        self.with(|config| config.ttl = ttl)
    }

    /// The largest answer that is kept, in bytes, and how far one that shares an answer under way may lag behind.
    /// Default: 4 MiB.
    #[must_use]
    pub fn largest(self, bytes: usize) -> Self {
        self.with(|config| config.largest = bytes)
    }

    /// By which catalog models' names have their meaning: the one that Select goes by. When a reload changes what a name
    /// means (an alias's definition, a model's provider, a successor), answers that were given before are not found any
    /// more. Without a catalog, and for names that it does not know, a name means what it means where the request is
    /// addressed to.
    #[must_use]
    pub fn catalog(self, catalog: Catalog) -> Self {
        self.with(|config| config.catalog = Some(catalog))
    }

    /// The clock by which models of the catalog are deprecated, move over and pass their sunset. Entries age by tokio's.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|config| config.clock = clock)
    }

    /// Whether all calls without a tenant are made for one and the same caller, and may share answers. Default: no,
    /// they bypass the cache.
    #[must_use]
    pub fn single_tenant(self, single: bool) -> Self {
        self.with(|config| config.single_tenant = single)
    }

    /// Whether the answer to a call that asks for chance, by a temperature above zero and no seed, is kept too: then
    /// asking again gives the same again. Default: no.
    #[must_use]
    pub fn any_temperature(self, any: bool) -> Self {
        self.with(|config| config.any_temperature = any)
    }

    /// Whether answers that call tools are kept. Default: no, since a tool may have effects.
    #[must_use]
    pub fn tool_calls(self, keep: bool) -> Self {
        self.with(|config| config.tool_calls = keep)
    }

    /// Top-level members of the request's body that do not matter for the answer, such as `user` or `metadata`, besides
    /// those that concern only how it is delivered. Anything else, known or not, makes another question. Adds to what
    /// was named before.
    #[must_use]
    pub fn ignoring<N: Into<Box<str>>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(|config| config.ignored.extend(names.into_iter().map(Into::into)))
    }

    /// Who is told of calls that are answered with another one's answer.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        self.with(|config| config.observer = Some(Arc::new(observer)))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl Default for CacheLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for CacheLayer {
    type Service = Cache<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cache::with(inner, Arc::clone(&self.config))
    }
}
