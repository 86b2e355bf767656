use tower_genai::catalog::Date;

/// Something that a day brings, or has brought.
pub(crate) struct Event {
    pub(crate) date: Date,
    pub(crate) what: What,
    /// The model, or the alias.
    pub(crate) of: String,
}

pub(crate) enum What {
    /// A model's service begins.
    Released,
    /// A model is deprecated from here on.
    Deprecated,
    /// A model moves: from here on this share of conversations, or more each day.
    Moves { share: Option<f64>, to: String },
    /// A model is gone from here on.
    Ends,
    /// An alias has one model less.
    Loses { model: String, left: usize },
    /// An alias has none any more.
    Empty,
}

impl What {
    /// For JSON.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Deprecated => "deprecated",
            Self::Moves { .. } => "moves",
            Self::Ends => "ends",
            Self::Loses { .. } => "alias_loses",
            Self::Empty => "alias_empty",
        }
    }

    /// The order of what happens on one day.
    pub(crate) const fn order(&self) -> u8 {
        match self {
            Self::Released => 0,
            Self::Deprecated => 1,
            Self::Moves { .. } => 2,
            Self::Ends => 3,
            Self::Loses { .. } => 4,
            Self::Empty => 5,
        }
    }

    /// Whether it is about an alias, and not a model.
    pub(crate) const fn is_of_alias(&self) -> bool {
        matches!(self, Self::Loses { .. } | Self::Empty)
    }
}
