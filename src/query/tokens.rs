/// How many tokens a request's input can be at most, and how many it probably is.
///
/// The bound needs no vocabulary: a byte-level tokenizer makes at most one token of a byte, so text counts its bytes,
/// tools and schemas the bytes of their longest spelling, and each message and call a stated overhead for the chat
/// template. Images count [`TokenCount::PER_IMAGE`] each, whatever their size, where a model does not say how it counts
/// them. What a chat template adds on its own beyond that is a model's `prompt_overhead`. It does not hold for a tokenizer that
/// rewrites text into longer text first; none of the built-in catalog's is known to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenCount {
    /// Most tokens of text: messages, tools and schemas.
    pub input_bound: u64,
    /// How many of these are bytes of messages' text, which a tokenizer could count.
    pub text_bytes: u64,
    /// Most tokens of audio in.
    pub audio_bound: u64,
    /// Images in.
    pub images: u32,
    /// The best guess of text tokens: about four bytes of Latin script each, three of others.
    pub estimate: u64,
}

impl TokenCount {
    /// More than any provider that is known counts for one image at its highest detail: GPT-4o mini's 48 169.
    pub const PER_IMAGE: u64 = 49_152;
    /// What an image is guessed to take.
    pub const GUESS_PER_IMAGE: u64 = 1_000;

    /// Most tokens of the whole input.
    pub const fn bound(&self) -> u64 {
        self.input_bound + self.audio_bound + self.images as u64 * Self::PER_IMAGE
    }

    /// The best guess of the whole input.
    pub const fn guess(&self) -> u64 {
        self.estimate + self.images as u64 * Self::GUESS_PER_IMAGE
    }
}
