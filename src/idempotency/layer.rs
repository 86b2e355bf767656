use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tower::Layer;

use super::{Idempotency, config::Config, store::Store};
use crate::observe::Observer;

/// Layer that makes a call with an `Idempotency-Key` once, and gives its answer again.
///
/// See the [module docs](crate::idempotency) for an example. Services made by one layer share what is remembered.
#[derive(Clone, Debug)]
pub struct IdempotencyLayer {
    config: Arc<Config>,
}

impl IdempotencyLayer {
    /// Most calls that run on at a time without their callers, of all services made by one layer.
    pub const RUNNING_ON: usize = 1_024;

    /// With 64 MiB of memory, answers of at most 1 MiB, remembered for 24 hours; calls that their callers have left run
    /// on for at most five minutes.
    pub fn new() -> Self {
        let config = Config {
            off: false,
            store: Arc::new(Store::new(64 << 20)),
            largest: 1 << 20,
            ttl: Duration::from_secs(24 * 60 * 60),
            run_on: Duration::from_secs(5 * 60),
            running_on: Arc::new(Semaphore::new(Self::RUNNING_ON)),
            single_tenant: false,
            observer: None,
        };
        Self {
            config: Arc::new(config),
        }
    }

    /// A layer that does nothing: every call goes on to the inner service, with its key if it has one.
    pub fn off() -> Self {
        Self::new().with(|config| config.off = true)
    }

    /// How many bytes of memory keys and answers may take in all. What was remembered before is let go. Default: 64 MiB.
    #[must_use]
    pub fn bytes(self, bytes: usize) -> Self {
        self.with(|config| config.store = Arc::new(Store::new(bytes)))
    }

    /// The largest answer that is kept, in bytes, its head included. A larger one goes to its caller, and is remembered
    /// as given. Default: 1 MiB.
    #[must_use]
    pub fn largest(self, bytes: usize) -> Self {
        self.with(|config| config.largest = bytes)
    }

    /// For how long a key is remembered, from the end of its call. Default: 24 hours.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        self.with(|config| config.ttl = ttl)
    }

    /// For how long a call that its caller has left may run on. Zero cancels it at once. Default: five minutes.
    #[must_use]
    pub fn run_on(self, most: Duration) -> Self {
        self.with(|config| config.run_on = most)
    }

    /// Whether all calls without a tenant are made by one and the same caller, and may share keys. Default: no, their keys
    /// are passed over.
    #[must_use]
    pub fn single_tenant(self, single: bool) -> Self {
        self.with(|config| config.single_tenant = single)
    }

    /// Who is told of calls that are answered with an earlier answer.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        self.with(|config| config.observer = Some(Arc::new(observer)))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl Default for IdempotencyLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for IdempotencyLayer {
    type Service = Idempotency<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Idempotency::with(inner, Arc::clone(&self.config))
    }
}
