use tower::Layer;

use super::Grpc;

/// Serves gRPC callers of Google's `GenerativeService` by a stack. See the [module docs](crate::grpc).
#[derive(Clone, Copy, Debug)]
pub struct GrpcLayer {
    most: usize,
}

impl GrpcLayer {
    /// With messages of 32 MiB at most.
    pub const fn new() -> Self {
        Self { most: 32 << 20 }
    }

    /// Sets how many bytes a message may have.
    #[must_use]
    pub const fn most(mut self, bytes: usize) -> Self {
        self.most = bytes;
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
        Grpc::with(inner, self.most)
    }
}
