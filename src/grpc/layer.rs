use std::{fmt, sync::Arc};

use tower::Layer;

use super::{Grpc, Manner, Rpc, rpc::Own};

/// Serves gRPC callers of Google's `GenerativeService`, and of methods of one's own, by a stack. See the
/// [module docs](crate::grpc).
#[derive(Clone)]
pub struct GrpcLayer {
    manner: Manner,
    own: Vec<Arc<dyn Own>>,
}

impl GrpcLayer {
    /// With messages of 32 MiB at most.
    pub const fn new() -> Self {
        Self {
            manner: Manner {
                most: 32 << 20,
                breaks: false,
            },
            own: Vec::new(),
        }
    }

    /// Sets how many bytes a message may have.
    #[must_use]
    pub const fn most(mut self, bytes: usize) -> Self {
        self.manner.most = bytes;
        self
    }

    /// Breaks off where an answer does. For what stands for a provider.
    #[cfg(feature = "sim")]
    pub(crate) const fn breaking(mut self) -> Self {
        self.manner.breaks = true;
        self
    }

    /// Serves a method of one's own too. Of two with one path the one that was given first counts.
    #[must_use]
    pub fn method(mut self, method: impl Rpc) -> Self {
        self.own.push(Arc::new(method));
        self
    }
}

impl Default for GrpcLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for GrpcLayer {
    type Service = Grpc<S>;

    fn layer(&self, inner: S) -> Grpc<S> {
        Grpc::with(inner, self.manner, self.own.iter().cloned().collect())
    }
}

impl fmt::Debug for GrpcLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own: Vec<&str> = self.own.iter().map(|own| own.path()).collect();
        f.debug_struct("GrpcLayer")
            .field("most", &self.manner.most)
            .field("own", &own)
            .finish()
    }
}
