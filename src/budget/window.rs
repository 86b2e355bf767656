use std::{fmt, str::FromStr, time::SystemTime};

use jiff::{SignedDuration, Timestamp, ToSpan, ZonedDateTime};
use thiserror::Error;

use super::TimeZone;

/// How long a limit counts before it starts anew: a stretch of the calendar in the budget's time zone.
///
/// Windows of a kind follow each other without gap and without overlap, whatever the zone's clocks do: a day of
/// daylight saving has 23 or 25 hours, and an hour that the clocks show twice is two hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Window {
    /// From one full minute to the next.
    Minute,
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the first of the next.
    Month,
    /// For ever.
    Total,
}

impl Window {
    /// The word in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// When the window that `at` lies in began. A [`Total`](Self::Total) window has begun with the epoch.
    pub fn starts(self, at: SystemTime, zone: &TimeZone) -> SystemTime {
        self.bounds(at, zone).0
    }

    /// When the window that `at` lies in ends, which is the first moment of the next one; `None` for never.
    pub fn ends(self, at: SystemTime, zone: &TimeZone) -> Option<SystemTime> {
        self.bounds(at, zone).1
    }

    /// Beginning and end around `at`. A time that no calendar reaches is in a window without end: nothing is renewed.
    pub(crate) fn bounds(
        self,
        at: SystemTime,
        zone: &TimeZone,
    ) -> (SystemTime, Option<SystemTime>) {
        let endless = (SystemTime::UNIX_EPOCH, None);
        let Ok(now) = Timestamp::try_from(at) else {
            return endless;
        };
        let found = match self {
            Self::Minute => even(now, zone, 60),
            Self::Hour => even(now, zone, 3_600),
            Self::Day => days(now, zone, |day| day, |day| day.tomorrow()),
            Self::Month => days(
                now,
                zone,
                |day| day.first_of_month(),
                |first| first.checked_add(1.month()),
            ),
            Self::Total => return endless,
        };
        found
            .ok()
            .and_then(|(start, end)| {
                Some((
                    SystemTime::try_from(start).ok()?,
                    Some(SystemTime::try_from(end).ok()?),
                ))
            })
            .unwrap_or(endless)
    }
}

/// Windows of `seconds` on the zone's clock face, cut where the zone's offset changes in the middle of one.
fn even(
    now: Timestamp,
    zone: &TimeZone,
    seconds: i64,
) -> Result<(Timestamp, Timestamp), jiff::Error> {
    let zone = zone.inner();
    let offset = zone.to_offset(now);
    let local = now.as_second() + i64::from(offset.seconds());
    let start = Timestamp::from_second(now.as_second() - local.rem_euclid(seconds))?;
    let end = start.checked_add(SignedDuration::from_secs(seconds))?;
    let shifts = |at: Timestamp| zone.to_offset(at) != offset;
    let start = match zone.preceding(now.checked_add(1.nanosecond())?).next() {
        Some(shift) if shifts(start) => shift.timestamp().max(start),
        _ => start,
    };
    let end = match zone.following(now).next() {
        // Looked at just before the end: a shift at the very end is where the next window begins anyway.
        Some(shift) if shift.timestamp() < end && shift.offset() != offset => shift.timestamp(),
        _ => end,
    };
    Ok((start, end))
}

/// Windows that begin with the first moment of a calendar day.
fn days(
    now: Timestamp,
    zone: &TimeZone,
    first: impl Fn(jiff::civil::Date) -> jiff::civil::Date,
    next: impl Fn(jiff::civil::Date) -> Result<jiff::civil::Date, jiff::Error>,
) -> Result<(Timestamp, Timestamp), jiff::Error> {
    let begins = |day: jiff::civil::Date| {
        let midnight = day.to_zoned_datetime(zone.inner().clone())?;
        midnight.start_of_day().map(|at| at.timestamp())
    };
    let today = ZonedDateTime::new(now, zone.inner().clone()).date();
    let mut day = first(today);
    let mut start = begins(day)?;
    loop {
        let following = next(day)?;
        let end = begins(following)?;
        // Where clocks go back across midnight, the old date shows again after the new day has begun, and where a
        // date is left out, two days begin at once.
        if end > now {
            return Ok((start, end));
        }
        (day, start) = (following, end);
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word names no [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no such window; there are minute, hour, day, month and total")]
pub struct UnknownWindow;

impl FromStr for Window {
    type Err = UnknownWindow;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [
            Self::Minute,
            Self::Hour,
            Self::Day,
            Self::Month,
            Self::Total,
        ]
        .into_iter()
        .find(|window| window.as_str() == word)
        .ok_or(UnknownWindow)
    }
}
