use std::fmt;

/// Why a figure of a list is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// Zero: lists write it where they do not know.
    Zero,
    /// Below zero.
    Negative,
    /// Not a number, or without end.
    NotFinite,
    /// More than can be counted.
    TooLarge,
    /// Something else than a number.
    NoNumber,
    /// The list has the model and no longer this.
    Missing,
    /// Free here on purpose, and no longer in the list.
    FromFree,
    /// Grew by more than the accepted factor.
    Raised,
    /// Fell by more than the accepted factor.
    Lowered,
    /// A token of answer for less than a tenth of one of prompt.
    OutputBelowInput,
    /// Reading the cache costs more than the prompt itself.
    CacheAboveInput,
    /// Long prompts cost less than short ones.
    LongBelowShort,
    /// Batch or flex costs more than the ordinary tier, or priority less.
    TierUpsideDown,
    /// What cost more than something like it would cost less, or the other way round: the list has one of two prices
    /// that belong together.
    Reversed,
    /// For any size, quality or resolution, and below what one of them costs: it is that of some default. Only this
    /// rate stays out.
    BelowDetail,
    /// Beyond what anything costs, up or down: dollars per token where they should be per million, say.
    OutOfRange,
    /// The list has the model twice, at different prices.
    Ambiguous,
    /// The list is older than the day on which the catalog's price was checked.
    OlderList,
}

impl Doubt {
    /// A short word for tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Negative => "negative",
            Self::NotFinite => "not_finite",
            Self::TooLarge => "too_large",
            Self::NoNumber => "no_number",
            Self::Missing => "missing",
            Self::FromFree => "from_free",
            Self::Raised => "raised",
            Self::Lowered => "lowered",
            Self::OutputBelowInput => "output_below_input",
            Self::CacheAboveInput => "cache_above_input",
            Self::LongBelowShort => "long_below_short",
            Self::TierUpsideDown => "tier_upside_down",
            Self::Reversed => "reversed",
            Self::BelowDetail => "below_detail",
            Self::OutOfRange => "out_of_range",
            Self::Ambiguous => "ambiguous",
            Self::OlderList => "older_list",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Zero => "is zero",
            Self::Negative => "is negative",
            Self::NotFinite => "is not finite",
            Self::TooLarge => "is too large to count",
            Self::NoNumber => "is no number",
            Self::Missing => "is gone from the list",
            Self::FromFree => "was free",
            Self::Raised => "rose too far",
            Self::Lowered => "fell too far",
            Self::OutputBelowInput => "answers cost less than a tenth of prompts",
            Self::CacheAboveInput => "reading the cache costs more than the prompt",
            Self::LongBelowShort => "long prompts cost less than short ones",
            Self::TierUpsideDown => "the tier costs more, or less, than it can",
            Self::Reversed => "turns the order of two prices round",
            Self::BelowDetail => "is below what one size or quality costs",
            Self::OutOfRange => "is beyond what anything costs",
            Self::Ambiguous => "the list has two prices",
            Self::OlderList => "the list is older than our price",
        })
    }
}
