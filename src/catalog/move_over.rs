use super::Date;

/// How calls that name a model move to its successor before its sunset: each day a share of the conversations, which only
/// grows.
///
/// Who has moved stays there: whether a conversation is within the share is the same at every turn and in every process.
/// In the pools of aliases the model stays until its sunset.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MoveOver {
    /// From none on the day of `deprecated` to all on that of `sunset`, the same share more each day.
    Linear,
    /// Shares from 0 to 1, each with the day from which it holds; none before the first.
    Steps(Vec<(Date, f64)>),
}

impl MoveOver {
    /// The share on a day, 0 to 1.
    pub(super) fn share(&self, deprecated: Option<Date>, sunset: Option<Date>, today: Date) -> f64 {
        match self {
            Self::Linear => {
                let Some((from, until)) = deprecated.zip(sunset) else {
                    return 0.0;
                };
                if today >= until {
                    return 1.0;
                }
                // No model is deprecated for so long that a day of it is lost in an f64.
                let days = |until| from.days_until(until).max(0) as f64;
                (days(today) / days(until).max(1.0)).min(1.0)
            }
            Self::Steps(steps) => {
                let begun = steps.iter().rev().find(|(from, _)| *from <= today);
                begun.map_or(0.0, |(_, share)| *share)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_rises_by_the_same_share_each_day() {
        let (from, until) = (Some(day("2026-12-01")), Some(day("2026-12-11")));
        let share = |today| MoveOver::Linear.share(from, until, day(today));
        for (today, expected) in [
            ("2020-01-01", 0.0),
            ("2026-12-01", 0.0),
            ("2026-12-02", 0.1),
            ("2026-12-06", 0.5),
            ("2026-12-10", 0.9),
            ("2026-12-11", 1.0),
            ("9999-12-31", 1.0),
        ] {
            assert_eq!(share(today), expected, "{today}");
        }
        assert_eq!(MoveOver::Linear.share(from, None, day("2027-01-01")), 0.0);
        assert_eq!(MoveOver::Linear.share(None, until, day("2026-01-01")), 0.0);
        // On one day there is no line, only before and after.
        let share = |today| MoveOver::Linear.share(from, from, day(today));
        assert_eq!([share("2026-11-30"), share("2026-12-01")], [0.0, 1.0]);
    }

    #[test]
    fn a_step_holds_until_the_next() {
        let steps = MoveOver::Steps(vec![(day("2026-12-01"), 0.1), (day("2027-01-01"), 0.5)]);
        for (today, expected) in [
            ("2026-11-30", 0.0),
            ("2026-12-01", 0.1),
            ("2026-12-31", 0.1),
            ("2027-01-01", 0.5),
            ("9999-12-31", 0.5),
        ] {
            assert_eq!(steps.share(None, None, day(today)), expected, "{today}");
        }
    }
}
