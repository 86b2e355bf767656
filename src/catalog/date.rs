use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, civil, tz::Offset};

const DAY: i64 = 86_400;

/// A day in UTC, as price lists and deprecation pages give them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// A day of the calendar; `None` when there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The day in UTC at an instant. Instants that no calendar reaches give the first or last day there is.
    pub fn of(at: SystemTime) -> Self {
        let seconds = unix_seconds(at).clamp(
            Timestamp::MIN.as_second() + DAY,
            Timestamp::MAX.as_second() - DAY,
        );
        match Timestamp::from_second(seconds) {
            Ok(instant) => Self(Offset::UTC.to_datetime(instant).date()),
            Err(_) => Self(civil::Date::MAX),
        }
    }

    /// Midnight UTC, when the day begins.
    pub fn starts(self) -> SystemTime {
        let seconds = Offset::UTC
            .to_timestamp(self.0.at(0, 0, 0, 0))
            .map_or(i64::MAX, Timestamp::as_second);
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let instant = if seconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        instant.unwrap_or(UNIX_EPOCH)
    }

    /// Seconds from 1970 to midnight UTC, when the day begins.
    pub(crate) fn unix(self) -> i64 {
        // By the calendar: the last days of it are no instants any more.
        let days = civil::date(1970, 1, 1).until(self.0);
        days.map_or(0, |span| i64::from(span.get_days()) * DAY)
    }

    /// Midnight UTC as HTTP writes it; `None` before the year 0, for which it has no words.
    pub(crate) fn http(self) -> Option<String> {
        let written = || self.0.strftime("%a, %d %b %Y 00:00:00 GMT").to_string();
        (self.0.year() >= 0).then(written)
    }

    /// Whole days from this day to `later`; negative when it lies before.
    pub fn days_until(self, later: Self) -> i64 {
        self.0
            .until(later.0)
            .map_or(0, |span| i64::from(span.get_days()))
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    /// Reads `2026-03-13`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i16>().ok())
                .flatten()
                .ok_or(InvalidDate)
        };
        let mut parts = text.splitn(3, '-');
        let mut next = |length| digits(parts.next().unwrap_or(""), length);
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        let small = |value: i16| i8::try_from(value).map_err(|_| InvalidDate);
        Self::new(year, small(month)?, small(day)?).ok_or(InvalidDate)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The text is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such day; write it as 2026-03-13")]
pub struct InvalidDate;

/// Seconds since 1970, negative before, at the ends of `i64` where it does not fit.
pub(super) fn unix_seconds(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration();
            // Towards the past, so that a moment before midnight is still the day before.
            let whole = before
                .as_secs()
                .saturating_add(u64::from(before.subsec_nanos() > 0));
            i64::try_from(whole).map_or(i64::MIN, |seconds| -seconds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_and_nothing_else() {
        let day: Date = "2026-03-13".parse().unwrap();
        assert_eq!(day, Date::new(2026, 3, 13).unwrap());
        assert_eq!(day.to_string(), "2026-03-13");
        for text in [
            "2026-02-30",
            "2026-3-13",
            "26-03-13",
            "",
            "2026-03-13T00",
            "+026-03-13",
            "2026-13-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_begin_at_midnight_utc() {
        let day = Date::new(2026, 3, 13).unwrap();
        assert_eq!(Date::of(day.starts()), day);
        assert_eq!(
            Date::of(day.starts() - Duration::from_nanos(1)),
            Date::new(2026, 3, 12).unwrap()
        );
        assert_eq!(
            Date::of(UNIX_EPOCH - Duration::from_nanos(1)).to_string(),
            "1969-12-31"
        );
        assert_eq!(Date::new(2026, 3, 1).unwrap().days_until(day), 12);
    }

    #[test]
    fn days_are_seconds_and_what_http_writes() {
        for (text, seconds, written) in [
            ("1970-01-01", 0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("1994-11-06", 784_080_000, "Sun, 06 Nov 1994 00:00:00 GMT"),
            ("1969-12-31", -86_400, "Wed, 31 Dec 1969 00:00:00 GMT"),
            (
                "0001-01-01",
                -62_135_596_800,
                "Mon, 01 Jan 0001 00:00:00 GMT",
            ),
            (
                "9999-12-31",
                253_402_214_400,
                "Fri, 31 Dec 9999 00:00:00 GMT",
            ),
        ] {
            let day: Date = text.parse().unwrap();
            assert_eq!(day.unix(), seconds);
            assert_eq!(day.http().as_deref(), Some(written));
        }
        assert_eq!(Date::new(-1, 1, 1).unwrap().http(), None);
    }

    #[test]
    fn far_instants_do_not_panic() {
        for seconds in [0, 1 << 40, 1 << 62, u64::MAX >> 1] {
            if let Some(at) = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) {
                let _ = Date::of(at);
            }
            if let Some(at) = UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)) {
                let _ = Date::of(at);
            }
        }
    }
}
