use tower::Layer;

use super::Signals;
use crate::profile::Profile;

/// Layer that tells a [`Profile`] what an answer's own form says of it. See the [module docs](crate::signals) for an example.
#[derive(Clone, Debug)]
pub struct SignalsLayer {
    profile: Option<Profile>,
}

impl SignalsLayer {
    /// Tells this profile, which Select has consulted.
    pub const fn new(profile: Profile) -> Self {
        Self {
            profile: Some(profile),
        }
    }

    /// A layer that does nothing.
    pub const fn off() -> Self {
        Self { profile: None }
    }
}

impl<S> Layer<S> for SignalsLayer {
    type Service = Signals<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Signals::with(inner, self.profile.clone())
    }
}
