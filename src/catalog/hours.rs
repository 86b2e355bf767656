use std::{fmt, time::SystemTime};

use super::date::unix_seconds;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES: u16 = 24 * 60;

/// When in the week a rate holds: spans of hours in UTC, on some days.
///
/// A span that ends before it begins runs over midnight; one that ends when it begins lasts all day. Ends are
/// exclusive. The day is that of the instant asked about, so of `22:00-02:00` on Mondays the first two hours of
/// Monday count and those of Tuesday do not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Hours {
    /// Begin and end in minutes of the day; none is all day.
    spans: Vec<(u16, u16)>,
    /// One bit a day, Monday lowest.
    days: u8,
}

impl Hours {
    /// From spans such as `"16:30-00:30"` and days such as `"sat"`; where either is empty, all hours or all days.
    ///
    /// # Errors
    /// With the first word that is no span or no day.
    pub fn new<'a>(
        spans: impl IntoIterator<Item = &'a str>,
        days: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidHours> {
        let spans = spans
            .into_iter()
            .map(|text| span(text).ok_or_else(|| InvalidHours::Span(shown(text))))
            .collect::<Result<Vec<_>, _>>()?;
        let mut bits = 0;
        for word in days {
            let day = DAYS
                .iter()
                .position(|day| *day == word)
                .ok_or_else(|| InvalidHours::Day(shown(word)))?;
            bits |= 1 << day;
        }
        let days = if bits == 0 { 0b111_1111 } else { bits };
        Ok(Self { spans, days })
    }

    /// The spans, as they are written.
    pub(super) fn spans(&self) -> impl Iterator<Item = String> {
        self.spans.iter().map(|(begin, end)| {
            let (b, e) = ((begin / 60, begin % 60), (end / 60, end % 60));
            format!("{:02}:{:02}-{:02}:{:02}", b.0, b.1, e.0, e.1)
        })
    }

    /// The days, as they are written; none where it is all of them.
    pub(super) fn days(&self) -> impl Iterator<Item = &'static str> {
        let some = self.days != 0b111_1111;
        let days = DAYS.into_iter().enumerate();
        days.filter_map(move |(i, day)| (some && self.days & (1 << i) != 0).then_some(day))
    }

    /// The same in one spelling of several: all hours as no spans.
    pub(super) fn plain(mut self) -> Self {
        if self.spans.iter().any(|(begin, end)| begin == end) {
            self.spans.clear();
        }
        self.spans.sort_unstable();
        self
    }

    /// Whether an instant lies in it.
    pub fn contains(&self, at: SystemTime) -> bool {
        let seconds = unix_seconds(at);
        // 1970-01-01 was a Thursday.
        let day = (seconds.div_euclid(86_400) + 3).rem_euclid(7);
        if self.days & (1 << day) == 0 {
            return false;
        }
        let minute = u16::try_from(seconds.rem_euclid(86_400) / 60).unwrap_or(0);
        self.spans.is_empty()
            || self.spans.iter().any(|&(begin, end)| {
                if begin < end {
                    (begin..end).contains(&minute)
                } else {
                    minute >= begin || minute < end
                }
            })
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (begin, end)) in self.spans.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let (b, e) = ((begin / 60, begin % 60), (end / 60, end % 60));
            write!(f, "{comma}{:02}:{:02}-{:02}:{:02}", b.0, b.1, e.0, e.1)?;
        }
        f.write_str(if self.spans.is_empty() {
            "all day"
        } else {
            " UTC"
        })?;
        for (i, day) in DAYS.iter().enumerate() {
            if self.days != 0b111_1111 && self.days & (1 << i) != 0 {
                write!(f, " {day}")?;
            }
        }
        Ok(())
    }
}

/// The text is no span of hours or no day of the week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHours {
    /// No span.
    #[error("{0:?} is no span of hours; write it as \"16:30-00:30\", in UTC")]
    Span(Box<str>),
    /// No day.
    #[error("{0:?} is no day; write mon, tue, wed, thu, fri, sat or sun")]
    Day(Box<str>),
}

fn shown(text: &str) -> Box<str> {
    text.chars().take(40).collect::<String>().into_boxed_str()
}

fn span(text: &str) -> Option<(u16, u16)> {
    let (begin, end) = text.split_once('-')?;
    Some((minute(begin)?, minute(end)? % MINUTES))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str, most: u16| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
            .filter(|n| *n <= most)
    };
    let total = number(hour, 24)? * 60 + number(minute, 59)?;
    (total <= MINUTES).then_some(total)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Date;
    use super::*;

    /// 2026-11-23 is a Monday.
    fn monday(hour: u64, minute: u64) -> SystemTime {
        Date::new(2026, 11, 23).unwrap().starts() + Duration::from_secs(hour * 3600 + minute * 60)
    }

    #[test]
    fn a_span_may_run_over_midnight() {
        let hours = Hours::new(["16:30-00:30"], []).unwrap();
        assert!(hours.contains(monday(16, 30)) && hours.contains(monday(23, 59)));
        assert!(hours.contains(monday(0, 29)));
        assert!(!hours.contains(monday(0, 30)) && !hours.contains(monday(16, 29)));
    }

    #[test]
    fn days_count() {
        let weekend = Hours::new(["00:00-00:00"], ["sat", "sun"]).unwrap();
        assert!(!weekend.contains(monday(12, 0)));
        assert!(weekend.contains(monday(12, 0) - Duration::from_secs(86_400)));
        let evening = Hours::new(["10:00-24:00"], ["mon"]).unwrap();
        assert!(evening.contains(monday(23, 59)) && !evening.contains(monday(9, 59)));
        assert_eq!(evening.to_string(), "10:00-00:00 UTC mon");
    }

    #[test]
    fn refuses_what_is_no_span() {
        for text in [
            "",
            "1:00-2:00",
            "25:00-01:00",
            "24:01-02:00",
            "10:60-11:00",
            "10:00",
        ] {
            assert!(Hours::new([text], []).is_err(), "{text}");
        }
        assert!(Hours::new([], ["monday"]).is_err());
    }
}
