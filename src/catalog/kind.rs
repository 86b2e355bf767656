use std::fmt;

/// What a model makes. Only models of one kind compete for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Text, in a conversation.
    #[default]
    Chat,
    /// Vectors.
    Embedding,
    /// Images.
    Image,
    /// Videos.
    Video,
    /// Speech from text.
    Speech,
    /// Text from speech.
    Transcription,
    /// Whatever an inference server makes of tensors.
    Inference,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Chat,
        Self::Embedding,
        Self::Image,
        Self::Video,
        Self::Speech,
        Self::Transcription,
        Self::Inference,
    ];

    /// The word in a catalog, as in `for = "image"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embedding => "embedding",
            Self::Image => "image",
            Self::Video => "video",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Inference => "inference",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
