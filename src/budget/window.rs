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
    pub(crate) const ALL: [Self; 5] = [
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Total,
    ];

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
    let mut bounds = (start, end);
    if zone.to_offset(start) != offset
        && let Some(shift) = zone.preceding(now.checked_add(1.nanosecond())?).next()
    {
        bounds.0 = shift.timestamp().max(start);
    }
    if zone.to_offset(end.checked_sub(1.nanosecond())?) != offset
        && let Some(shift) = zone.following(now).next()
    {
        bounds.1 = shift.timestamp().min(end);
    }
    Ok(bounds)
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
        Self::ALL
            .into_iter()
            .find(|window| window.as_str() == word)
            .ok_or(UnknownWindow)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> SystemTime {
        text.parse::<Timestamp>().unwrap().try_into().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::named(name).unwrap()
    }

    /// Rows: the zone, a moment, when its window begins and ends.
    fn check(window: Window, rows: &[[&str; 4]]) {
        for &[name, now, starts, ends] in rows {
            let bounds = window.bounds(at(now), &zone(name));
            assert_eq!(bounds, (at(starts), Some(at(ends))), "{name} {now}");
        }
    }

    #[rustfmt::skip]
    const DAYS: [[&str; 4]; 8] = [
        ["UTC", "2026-03-31T23:59:59.9Z", "2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z"],
        ["UTC", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"],
        ["Asia/Kolkata", "2026-04-01T18:30:00Z", "2026-04-01T18:30:00Z", "2026-04-02T18:30:00Z"],
        // 23 and 25 hours.
        ["Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
        ["Europe/Berlin", "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
        // No midnight at all on that day.
        ["America/Sao_Paulo", "2015-10-18T12:00:00Z", "2015-10-18T03:00:00Z", "2015-10-19T02:00:00Z"],
        // No 30th of December there.
        ["Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"],
        // Clocks went back from 00:01 of the new day to 23:01 of the old one: the new day does not begin twice.
        ["America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"],
    ];

    #[rustfmt::skip]
    const MONTHS: [[&str; 4]; 2] = [
        ["UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"],
        ["Europe/Berlin", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z"],
    ];

    #[rustfmt::skip]
    const HOURS: [[&str; 4]; 7] = [
        // An hour that is shown twice is two.
        ["Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"],
        ["Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"],
        ["Asia/Kolkata", "2026-10-25T01:45:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
        // A shift of half an hour cuts an hour, and so does one at a minute past.
        ["Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"],
        ["Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"],
        ["America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z"],
        ["America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-07T02:31:00Z", "2010-11-07T03:30:00Z"],
    ];

    #[test]
    fn windows_follow_the_zones_clock() {
        check(Window::Day, &DAYS);
        check(Window::Month, &MONTHS);
        check(Window::Hour, &HOURS);
    }

    #[test]
    fn what_no_calendar_reaches_is_never_renewed() {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        for window in [Window::Minute, Window::Day, Window::Month, Window::Total] {
            assert_eq!(window.ends(far, &TimeZone::UTC), None);
        }
        assert!(TimeZone::named("Europe/Atlantis").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Everything in a window has the same window, and the next one begins where it ends.
        #[test]
        fn windows_tile_time(
            seconds in 0u64..4_000_000_000,
            inside in 0u64..1_000_000,
            name in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Asia/Kolkata",
                "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Havana",
            ]),
            window in prop::sample::select(vec![Window::Minute, Window::Hour, Window::Day, Window::Month]),
        ) {
            let zone = zone(name);
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let (start, end) = window.bounds(now, &zone);
            let end = end.unwrap();
            prop_assert!(start <= now && now < end);
            let length = end.duration_since(start).unwrap();
            let within = start + length.mul_f64(inside as f64 / 1_000_000.0);
            prop_assert_eq!(window.bounds(within.min(end - Duration::from_nanos(1)), &zone), (start, Some(end)));
            prop_assert_eq!(window.starts(end, &zone), end);
        }
    }
}
