use std::{fmt, sync::OnceLock};

/// What tells one conversation from another: a digest of its system prompt and its first user turn, which later
/// turns repeat.
///
/// Two callers with the same opening have the same digest, so it is only ever used per tenant.
#[derive(Clone, Default)]
pub struct Conversation {
    digest: OnceLock<[u8; 16]>,
    /// The opening itself until somebody wants its digest: an answer from a cache takes none.
    opening: Vec<u8>,
    continued: bool,
}

impl Conversation {
    /// The digest. Reckoned when it is first asked for, where the opening is short.
    pub fn digest(&self) -> &[u8; 16] {
        self.digest
            .get_or_init(|| half(&blake3::hash(&self.opening)))
    }

    /// Whether there are turns after the first user turn.
    pub const fn continued(&self) -> bool {
        self.continued
    }
}

fn half(digest: &blake3::Hash) -> [u8; 16] {
    let [first, _] = *digest.as_bytes().as_chunks().0 else {
        return [0; 16];
    };
    first
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("continued", &self.continued)
            .finish_non_exhaustive()
    }
}

/// A longer opening is not kept but hashed as it is read.
const KEPT: usize = 4 * 1_024;

/// Follows a conversation's turns as they are read.
#[derive(Default)]
pub(super) struct Opening {
    kept: Vec<u8>,
    hasher: Option<Box<blake3::Hasher>>,
    complete: bool,
    continued: bool,
}

impl Opening {
    /// A piece of a turn, of whatever role.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if self.complete {
            return;
        }
        if self.hasher.is_none() && self.kept.len() + bytes.len() <= KEPT {
            // With room for what seals a turn, which comes in small pieces.
            if self.kept.capacity() < self.kept.len() + bytes.len() {
                self.kept.reserve(bytes.len() + 64);
            }
            return self.kept.extend_from_slice(bytes);
        }
        let kept = std::mem::take(&mut self.kept);
        self.hasher
            .get_or_insert_default()
            .update(&kept)
            .update(bytes);
    }

    /// The turn is over. Roles are sealed in, so that the words of two turns cannot run together.
    pub(super) fn turn(&mut self, role: &[u8]) {
        self.continued |= self.complete;
        self.update(b"\0");
        self.update(role);
        self.update(b"\0");
        self.complete |= role == b"user";
    }

    /// With what was said above all turns. Where both are short they stand one behind the other as if it had been a
    /// turn; it may have come later in the body.
    #[must_use]
    pub(super) fn after(mut self, system: Self) -> Self {
        if system.kept.is_empty() && system.hasher.is_none() {
            return self;
        }
        if self.hasher.is_none() && system.hasher.is_none() {
            let turns = std::mem::replace(&mut self.kept, system.kept);
            self.kept.extend_from_slice(&turns);
            return self;
        }
        let mut hasher = Box::<blake3::Hasher>::default();
        for part in [&system, &self] {
            let digest = match &part.hasher {
                Some(hasher) => hasher.finalize(),
                None => blake3::hash(&part.kept),
            };
            hasher.update(digest.as_bytes());
        }
        self.hasher = Some(hasher);
        self
    }

    pub(super) fn conversation(&mut self) -> Conversation {
        let digest = self.hasher.take().map(|hasher| half(&hasher.finalize()));
        Conversation {
            digest: digest.map_or_else(OnceLock::new, OnceLock::from),
            opening: std::mem::take(&mut self.kept),
            continued: self.continued,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_opening_is_kept_and_cut_does_not_matter() {
        let of = |pieces: &[&[u8]]| {
            let mut opening = Opening::default();
            pieces.iter().for_each(|piece| opening.update(piece));
            opening.turn(b"user");
            *opening.conversation().digest()
        };
        for length in [0, 1, KEPT - 6, KEPT - 5, KEPT, 10 * KEPT] {
            let text = vec![b'x'; length];
            let (front, back) = text.split_at(length / 3);
            let mut whole = text.clone();
            whole.extend_from_slice(b"\0user\0");
            let expected = half(&blake3::hash(&whole));
            assert_eq!(of(&[&text]), expected, "{length}");
            assert_eq!(of(&[front, back]), expected, "{length}");
        }
    }

    #[test]
    fn a_system_prompt_counts_wherever_it_stands() {
        let opening = |text: &[u8], role: &[u8]| {
            let mut opening = Opening::default();
            opening.update(text);
            opening.turn(role);
            opening
        };
        let of = |system: &[u8], user: &[u8]| {
            let system = opening(system, b"system");
            *opening(user, b"user").after(system).conversation().digest()
        };
        let mut in_order = opening(b"s", b"system");
        in_order.update(b"u");
        in_order.turn(b"user");
        assert_eq!(of(b"s", b"u"), *in_order.conversation().digest());
        let (long, longer) = (vec![b'x'; 2 * KEPT], vec![b'x'; 3 * KEPT]);
        let all = [
            of(b"s", b"u"),
            of(b"t", b"u"),
            of(&long, b"u"),
            of(&longer, b"u"),
            of(b"s", &long),
            of(&long, &long),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }
}
