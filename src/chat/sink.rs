use super::Delta;

/// Takes the pieces of an answer as they are read.
pub trait Sink {
    /// The next piece.
    fn take(&mut self, delta: Delta<'_>);

    /// Whether anybody listens. Where nobody does, a reader may spare itself the making of pieces.
    fn listens(&self) -> bool {
        true
    }
}

/// Nobody listens.
impl Sink for () {
    fn take(&mut self, _: Delta<'_>) {}

    fn listens(&self) -> bool {
        false
    }
}

/// For tests and tools: keeps what a closure makes of each piece.
impl<F: FnMut(Delta<'_>)> Sink for F {
    fn take(&mut self, delta: Delta<'_>) {
        self(delta);
    }
}
