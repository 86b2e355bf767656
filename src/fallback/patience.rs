use std::time::Duration;

use crate::{catalog::Candidate, health::Monitor};

/// How long the first content of an answer is waited for: for ever, for so long, or for as long as it takes in a share
/// of the candidate's own answers.
///
/// ```
/// use std::time::Duration;
/// use tower_genai::fallback::{FallbackLayer, Patience};
///
/// let layer = FallbackLayer::new()
///     .first_content_timeout(Patience::percentile(99))
///     .hedge_after(Duration::from_secs(2));
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience(Kind);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Endless,
    Exactly(Duration),
    Percentile(u8),
}

impl Patience {
    /// For ever.
    pub const fn endless() -> Self {
        Self(Kind::Endless)
    }

    /// For so long.
    pub const fn exactly(time: Duration) -> Self {
        Self(Kind::Exactly(time))
    }

    /// For as long as the first content takes in so many of a hundred of the candidate's streams, 1 to 99 (others count
    /// as the nearer of the two). For ever while too few are known, where nobody
    /// [monitors](super::FallbackLayer::monitor) them, and for answers that are not streamed, of which the first content
    /// comes with the last.
    pub const fn percentile(of_hundred: u8) -> Self {
        let of_hundred = match of_hundred {
            0 => 1,
            100.. => 99,
            of_hundred => of_hundred,
        };
        Self(Kind::Percentile(of_hundred))
    }

    pub(super) const fn is_endless(self) -> bool {
        matches!(self.0, Kind::Endless)
    }

    /// How long it is for an answer of this candidate's.
    pub(super) fn with(
        self,
        candidate: Option<&Candidate>,
        stream: bool,
        monitor: Option<&Monitor>,
    ) -> Option<Duration> {
        match self.0 {
            Kind::Endless => None,
            Kind::Exactly(time) => Some(time),
            Kind::Percentile(_) if !stream => None,
            Kind::Percentile(of_hundred) => {
                monitor?.first_content(candidate?, f64::from(of_hundred) / 100.0)
            }
        }
    }
}

impl From<Duration> for Patience {
    fn from(time: Duration) -> Self {
        Self::exactly(time)
    }
}

impl From<Option<Duration>> for Patience {
    fn from(time: Option<Duration>) -> Self {
        time.map_or(Self::endless(), Self::exactly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_between_the_least_and_the_most() {
        for (asked, is) in [(0, 1), (1, 1), (50, 50), (99, 99), (100, 99), (255, 99)] {
            assert_eq!(Patience::percentile(asked).0, Kind::Percentile(is));
        }
    }

    #[test]
    fn what_is_not_known_is_not_waited_for_in_vain() {
        let monitor = Monitor::new();
        let second = Duration::from_secs(1);
        for stream in [false, true] {
            let of = |patience: Patience| patience.with(None, stream, Some(&monitor));
            assert_eq!(of(second.into()), Some(second));
            assert_eq!(of(Some(second).into()), Some(second));
            assert_eq!(of(None.into()), None);
            assert_eq!(of(Patience::percentile(99)), None);
        }
    }
}
