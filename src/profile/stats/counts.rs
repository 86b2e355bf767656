use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::observe::FailureClass;

/// Sums that fade with time: what is a half-life old counts half.
///
/// They are as of the time [`at`](Self::at). Sums of two processes are [added](Self::add).
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    at: f64,
    sums: [f64; What::COUNT],
}

/// What is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Attempts.
    Calls,
    /// Those that were left before their end.
    Cancelled,
    /// Answers that refuse.
    Refusals,
    /// Answers that were cut at the limit of their length.
    Lengths,
    /// Answers of which the length is known.
    Measured,
    /// Their tokens.
    Tokens,
    /// The squares of those.
    SquaredTokens,
    /// Answers of which the first content was timed.
    Begun,
    /// Seconds until then.
    FirstContent,
    /// Answers of which the speed was measured.
    Streamed,
    /// Tokens a second.
    Speed,
    /// Attempts of which the cost is known.
    Paid,
    /// That, in USD.
    Cost,
    /// Attempts that have failed, by class.
    Failed(FailureClass),
}

/// The words for stores and people, in the order of the sums.
const NAMES: [&str; What::COUNT] = [
    "calls",
    "cancelled",
    "refusals",
    "lengths",
    "measured",
    "tokens",
    "squared_tokens",
    "begun",
    "first_content_s",
    "streamed",
    "tokens_per_second",
    "paid",
    "cost_usd",
    "failed_caller",
    "failed_unsupported",
    "failed_context_too_long",
    "failed_filtered",
    "failed_credential",
    "failed_rate",
    "failed_provider",
    "failed_model_gone",
    "failed_malformed",
    "failed_budget",
    "failed_limit",
    "failed_busy",
    "failed_timeout",
];

pub(super) const CLASSES: [FailureClass; 13] = [
    FailureClass::Caller,
    FailureClass::Unsupported,
    FailureClass::ContextTooLong,
    FailureClass::Filtered,
    FailureClass::Credential,
    FailureClass::Rate,
    FailureClass::Provider,
    FailureClass::ModelGone,
    FailureClass::Malformed,
    FailureClass::Budget,
    FailureClass::Limit,
    FailureClass::Busy,
    FailureClass::Timeout,
];

impl What {
    const COUNT: usize = 13 + CLASSES.len();

    const fn place(self) -> usize {
        match self {
            Self::Calls => 0,
            Self::Cancelled => 1,
            Self::Refusals => 2,
            Self::Lengths => 3,
            Self::Measured => 4,
            Self::Tokens => 5,
            Self::SquaredTokens => 6,
            Self::Begun => 7,
            Self::FirstContent => 8,
            Self::Streamed => 9,
            Self::Speed => 10,
            Self::Paid => 11,
            Self::Cost => 12,
            Self::Failed(class) => 13 + class as usize,
        }
    }
}

impl Counts {
    /// Nothing yet, as of a time in seconds since 1970.
    pub const fn new(at: f64) -> Self {
        Self {
            at,
            sums: [0.0; What::COUNT],
        }
    }

    /// The time that they are as of, in seconds since 1970.
    pub const fn at(&self) -> f64 {
        self.at
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.sums.iter().all(|sum| *sum == 0.0)
    }

    pub(crate) const fn get(&self, what: What) -> f64 {
        self.sums[what.place()]
    }

    /// Counts what was seen now.
    pub(crate) fn count(&mut self, what: What, amount: f64) {
        if amount.is_finite() && amount >= 0.0 {
            let sum = &mut self.sums[what.place()];
            *sum = (*sum + amount).min(f64::MAX);
        }
    }

    /// Lets it fade to a later time; to an earlier one nothing changes.
    pub fn fade(&mut self, to: f64, half_life: Duration) {
        let passed = to - self.at;
        if passed > 0.0 {
            let share = (-passed / half_life.as_secs_f64().max(1.0)).exp2();
            self.sums.iter_mut().for_each(|sum| *sum *= share);
            self.at = to;
        }
    }

    /// Adds what others have counted, as of the later one's time.
    pub fn add(&mut self, other: &Self, half_life: Duration) {
        let mut other = other.clone();
        let now = self.at.max(other.at);
        self.fade(now, half_life);
        other.fade(now, half_life);
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum = (*sum + more).min(f64::MAX);
        }
    }

    /// The sums in their order, for stores that add them up by themselves; [`from_sums`](Self::from_sums) reads them.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// From sums in their order. More of them than are known are passed over, and those that are missing are nought.
    /// `None` where one is no number from nought up.
    pub fn from_sums(at: f64, sums: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut counts = Self::new(at);
        let mut sums = sums.into_iter();
        for (place, sum) in counts.sums.iter_mut().zip(&mut sums) {
            *place = sum;
        }
        let is_sum = |sum: &f64| sum.is_finite() && *sum >= 0.0;
        (at.is_finite() && counts.sums.iter().all(is_sum)).then_some(counts)
    }

    /// As members of a JSON object by their names; those that are nought are left out.
    pub(crate) fn write(&self, object: &mut Map<String, Value>) {
        object.insert("at".into(), json!(self.at.round()));
        for (name, sum) in NAMES.iter().zip(&self.sums) {
            if *sum > 0.0 {
                object.insert((*name).into(), json!(sum));
            }
        }
    }

    /// From members of a JSON object.
    ///
    /// # Errors
    /// With the name of a member that is no number from nought up.
    pub(crate) fn read(object: &Map<String, Value>) -> Result<Self, &'static str> {
        let number = |name: &'static str| match object.get(name) {
            None => Ok(0.0),
            Some(value) => {
                let number = value.as_f64();
                number
                    .filter(|number| number.is_finite() && *number >= 0.0)
                    .ok_or(name)
            }
        };
        let mut counts = Self::new(number("at")?);
        for (place, name) in counts.sums.iter_mut().zip(NAMES) {
            *place = number(name)?;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn what_is_a_half_life_old_counts_half() {
        let mut counts = Counts::new(0.0);
        counts.count(What::Calls, 8.0);
        counts.fade(86_400.0, DAY);
        assert_eq!(counts.get(What::Calls), 4.0);
        counts.fade(0.0, DAY);
        assert_eq!((counts.get(What::Calls), counts.at()), (4.0, 86_400.0));
        let mut later = Counts::new(2.0 * 86_400.0);
        later.count(What::Calls, 1.0);
        later.add(&counts, DAY);
        assert_eq!(later.get(What::Calls), 3.0);
        counts.add(&Counts::new(3.0 * 86_400.0), DAY);
        assert_eq!(counts.get(What::Calls), 1.0);
    }

    #[test]
    fn names_and_places_agree() {
        assert_eq!(NAMES[What::Cost.place()], "cost_usd");
        for class in CLASSES {
            let place = What::Failed(class).place();
            assert_eq!(NAMES[place], format!("failed_{}", class.as_str()));
        }
    }

    #[test]
    fn json_comes_back_and_nonsense_is_named() {
        let mut counts = Counts::new(12.0);
        counts.count(What::Tokens, 300.5);
        counts.count(What::Tokens, f64::NAN);
        counts.count(What::Tokens, -1.0);
        counts.count(What::Failed(FailureClass::Timeout), 2.0);
        let mut object = Map::new();
        counts.write(&mut object);
        assert_eq!(Counts::read(&object).as_ref(), Ok(&counts));
        object.insert("cost_usd".into(), json!(-1));
        assert_eq!(Counts::read(&object), Err("cost_usd"));
        object.insert("cost_usd".into(), json!("1"));
        assert_eq!(Counts::read(&object), Err("cost_usd"));
        let sums = counts.sums().to_vec();
        assert_eq!(Counts::from_sums(12.0, sums), Some(counts));
        assert_eq!(Counts::from_sums(12.0, [f64::NAN]), None);
        assert_eq!(Counts::from_sums(12.0, [-1.0]), None);
    }
}
