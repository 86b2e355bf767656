use std::borrow::Cow;

/// How much is to be thought before the answer, and whether the caller sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reasoning<'a> {
    /// How much.
    pub effort: Option<Effort<'a>>,
    /// Whether the caller's form of the answer shows it; `None` where the caller says nothing.
    pub shown: Option<bool>,
}

/// How much is to be thought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effort<'a> {
    /// Not at all.
    Off,
    /// As much as the model thinks right.
    Adaptive,
    /// A level by its usual word: `minimal`, `low`, `medium`, `high`, `xhigh`, `max`.
    Level(Cow<'a, str>),
    /// At most so many tokens.
    Budget(u32),
}

/// What a model thought, as it stands in a conversation.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thinking<'a> {
    /// The words; empty where they are not shown.
    pub text: Cow<'a, str>,
    /// What the provider wants back with them.
    pub signature: Option<Cow<'a, str>>,
    /// The provider hides the words: `signature` is all there is.
    pub redacted: bool,
}

impl<'a> Thinking<'a> {
    /// Thought in words.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            signature: None,
            redacted: false,
        }
    }

    /// With what the provider wants back.
    #[must_use]
    pub fn signed(mut self, signature: impl Into<Cow<'a, str>>) -> Self {
        self.signature = Some(signature.into());
        self
    }
}
