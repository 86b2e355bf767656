use std::{fmt, str::FromStr};

use thiserror::Error;

/// The clock that a budget's windows follow: an IANA zone such as `Europe/Berlin`. The default is UTC.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// Coordinated universal time; needs no database.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The zone of this name in the system's time zone database.
    ///
    /// # Errors
    /// When the database has no such zone, or there is no database.
    pub fn named(name: &str) -> Result<Self, UnknownTimeZone> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        jiff::tz::TimeZone::get(name)
            .map(Self)
            .map_err(|_| UnknownTimeZone(name.chars().take(80).collect()))
    }

    pub(super) fn inner(&self) -> &jiff::tz::TimeZone {
        &self.0
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({self})")
    }
}

/// The system knows no time zone of this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no time zone `{0}` in the system's database; names look like `Europe/Berlin`")]
pub struct UnknownTimeZone(Box<str>);
