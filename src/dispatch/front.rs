/// The front of a streamed answer: what its caller would get of it before something is said.
///
/// Counted by events and their bytes as the provider has made them, so that it does not matter how they fall into
/// chunks.
#[derive(Debug, Default)]
pub(super) struct Front {
    events: usize,
    bytes: usize,
    over: bool,
}

impl Front {
    /// As much is held back; with that the answer counts as begun.
    const MOST_EVENTS: usize = 64;
    /// As much and no more is held back.
    const MOST_BYTES: usize = 64 * 1024;

    /// Whether the answer itself has begun.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// The answer itself has begun.
    pub(super) const fn end(&mut self) {
        self.over = true;
    }

    /// One more event, which is so long in the caller's form. Says whether that is more than is held back.
    pub(super) const fn add(&mut self, bytes: usize) -> bool {
        if self.over {
            return false;
        }
        self.events += 1;
        self.bytes += bytes;
        self.over = self.events >= Self::MOST_EVENTS || self.bytes > Self::MOST_BYTES;
        self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_events_or_bytes_are_held_back() {
        let mut front = Front::default();
        assert!((1..64).all(|_| !front.add(8)));
        assert!(front.add(8) && front.is_over());
        assert!(!front.add(8), "said once");
        let mut front = Front::default();
        assert!(!front.add(64 * 1024));
        assert!(front.add(1));
        let mut front = Front::default();
        front.end();
        assert!(!front.add(1 << 20));
    }
}
