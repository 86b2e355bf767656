use std::fmt;

/// What tells one conversation from another: a digest of its system prompt and its first user turn, which later
/// turns repeat.
///
/// Two callers with the same opening have the same digest, so it is only ever used per tenant.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Conversation {
    digest: [u8; 16],
    continued: bool,
}

impl Conversation {
    /// The digest.
    pub const fn digest(&self) -> &[u8; 16] {
        &self.digest
    }

    /// Whether there are turns after the first user turn.
    pub const fn continued(&self) -> bool {
        self.continued
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("continued", &self.continued)
            .finish_non_exhaustive()
    }
}

/// Follows a conversation's turns as they are read.
#[derive(Default)]
pub(super) struct Opening {
    hasher: blake3::Hasher,
    complete: bool,
    continued: bool,
}

impl Opening {
    /// A piece of a turn, of whatever role.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if !self.complete {
            self.hasher.update(bytes);
        }
    }

    /// The turn is over. Roles are sealed in, so that the words of two turns cannot run together.
    pub(super) fn turn(&mut self, role: &[u8]) {
        self.continued |= self.complete;
        self.update(b"\0");
        self.update(role);
        self.update(b"\0");
        self.complete |= role == b"user";
    }

    pub(super) fn conversation(&self) -> Conversation {
        let mut digest = [0; 16];
        digest.copy_from_slice(&self.hasher.finalize().as_bytes()[..16]);
        Conversation {
            digest,
            continued: self.continued,
        }
    }
}
