use std::fmt;

/// What tells one conversation from another: a digest of its system prompt and its first user turn, which later
/// turns repeat. Two callers with the same opening have the same digest, so it is only ever used per tenant.
#[derive(Clone, Default)]
pub struct Conversation {
    hasher: blake3::Hasher,
    closed: bool,
    continued: bool,
}

impl Conversation {
    /// The digest.
    pub fn digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        digest.copy_from_slice(&self.hasher.finalize().as_bytes()[..16]);
        digest
    }

    /// Whether there are turns after the first user turn.
    pub const fn continued(&self) -> bool {
        self.continued
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if !self.closed {
            self.hasher.update(bytes);
        }
    }

    /// Ends a message, so that its text and the next one's cannot run together.
    pub(crate) fn seal(&mut self, role: &[u8]) {
        self.continued |= self.closed;
        self.update(b"\0");
        self.update(role);
        self.update(b"\0");
    }

    /// The first user turn is complete; later turns no longer count.
    pub(crate) const fn close(&mut self) {
        self.closed = true;
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversation(..)")
    }
}
