/// How the usage in an answer is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageFault {
    /// There is none.
    Missing,
    /// It is `null`.
    Null,
    /// Every count is 0.
    Zero,
    /// Counts are below 0.
    Negative,
    /// Counts are the greatest that 64 bits with a sign hold.
    Huge,
    /// Counts have fractions.
    Float,
    /// Counts are texts.
    Text,
    /// Every chunk of a stream has the usage so far.
    Cumulative,
    /// The last chunk with the usage comes twice.
    Twice,
    /// The answer names another model.
    Model(String),
    /// The answer names another service tier.
    Tier(String),
}

/// Unusual portions in which a stream's bytes may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// Each byte alone.
    Bytes,
    /// All events at once, those of the end included.
    Merged,
    /// Comments for keeping the connection alive before each event.
    Comments,
    /// Lines that end with CR LF.
    CrLf,
    /// Lines that end with CR alone.
    Cr,
    /// A byte order mark first.
    Bom,
}
