use std::fmt;

/// The words of a query as a classifier sees them: the latest user turn and the system prompt, each cut to its
/// head and tail, and counts of the rest.
///
/// Bounded, so that classification stays linear in a small constant whatever the caller sends. `Debug` prints
/// lengths, never words.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    pub(crate) user: String,
    pub(crate) system: String,
    pub(crate) tools: Vec<Box<str>>,
    pub(crate) turns: u32,
    pub(crate) images: u32,
    pub(crate) bytes: u64,
}

impl Prompt {
    /// How much of the head and of the tail of the latest user turn is kept, each.
    pub const USER_CUT: usize = 8 * 1024;
    /// How much of the head and of the tail of the system prompt is kept, each.
    pub const SYSTEM_CUT: usize = 2 * 1024;

    /// A prompt of one user turn, as an unadorned question would be.
    pub fn new(user: &str) -> Self {
        let mut prompt = Self {
            turns: 1,
            bytes: user.len() as u64,
            ..Self::default()
        };
        push_cut(&mut prompt.user, user, Self::USER_CUT);
        prompt
    }

    /// The same with a system prompt.
    #[must_use]
    pub fn with_system(mut self, system: &str) -> Self {
        self.system.clear();
        self.bytes += system.len() as u64;
        push_cut(&mut self.system, system, Self::SYSTEM_CUT);
        self
    }

    /// The latest user turn; where it was longer than twice [`USER_CUT`](Self::USER_CUT), head and tail with a line
    /// break between.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The system (or developer) prompt, cut alike.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Names of the tools offered, at most 64.
    pub fn tools(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|name| &**name)
    }

    /// Number of messages.
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// Number of images in all turns.
    pub fn images(&self) -> u32 {
        self.images
    }

    /// Bytes of text in all turns, before cutting.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("user_bytes", &self.user.len())
            .field("system_bytes", &self.system.len())
            .field("tools", &self.tools.len())
            .field("turns", &self.turns)
            .field("images", &self.images)
            .field("bytes", &self.bytes)
            .finish()
    }
}

/// Appends `text`, or its head and tail when it is longer than twice `cut`.
pub(crate) fn push_cut(into: &mut String, text: &str, cut: usize) {
    if text.len() <= 2 * cut {
        into.push_str(text);
        return;
    }
    let mut head = cut;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - cut;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    into.push_str(&text[..head]);
    into.push('\n');
    into.push_str(&text[tail..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_turns_keep_head_and_tail_on_character_boundaries() {
        let text = format!("head {} tail", "é".repeat(20_000));
        let prompt = Prompt::new(&text);
        assert!(prompt.user().starts_with("head é") && prompt.user().ends_with("é tail"));
        assert!(prompt.user().len() <= 2 * Prompt::USER_CUT + 1);
        assert_eq!(prompt.bytes(), text.len() as u64);
    }

    #[test]
    fn debug_shows_no_words() {
        assert!(!format!("{:?}", Prompt::new("secret").with_system("hush")).contains("secret"));
    }
}
