use std::sync::{Arc, atomic::AtomicBool};

use tower::Layer;

use super::RequireScope;

/// Notices calls without an open budget scope. See the [module docs](crate::budget::require).
#[derive(Clone, Debug)]
pub struct RequireScopeLayer {
    required: bool,
    seen: Arc<Seen>,
}

/// What has come by so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) scope: AtomicBool,
    pub(super) warned: AtomicBool,
}

impl RequireScopeLayer {
    /// Refuses calls without an open scope.
    pub fn new() -> Self {
        Self {
            required: true,
            seen: Arc::default(),
        }
    }

    /// Lets them pass, and warns once where others had one.
    pub fn warns() -> Self {
        Self {
            required: false,
            seen: Arc::default(),
        }
    }
}

impl Default for RequireScopeLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RequireScopeLayer {
    type Service = RequireScope<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireScope::with(inner, self.required, Arc::clone(&self.seen))
    }
}
