/// What decides between candidates that are good enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefer {
    /// The least expected cost.
    #[default]
    Cost,
    /// The least expected time.
    Latency,
    /// The most quality for the money, see [`Alias::value_of`](crate::catalog::Alias::value_of).
    Value,
    /// The most quality.
    Quality,
}

impl Prefer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cost, Self::Latency, Self::Value, Self::Quality];

    /// The word in a catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Latency => "latency",
            Self::Value => "value",
            Self::Quality => "quality",
        }
    }
}
