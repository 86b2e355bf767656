use serde::Deserialize;

use super::{Report, amount::Amount, lenient::Lenient, reader::Shaped};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// Kling's finished task: units of its own, written as text, of which a part counts whole.
#[derive(Debug, Default)]
pub(super) struct Kling(Amount);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    data: Lenient<Task>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Task {
    final_unit_deduction: Amount,
}

impl Shaped for Kling {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let answer: Answer = serde_json::from_str(json)?;
        if let Some(task) = answer.data.0
            && task.final_unit_deduction != Amount::Absent
        {
            self.0 = task.final_unit_deduction;
        }
        Ok(())
    }

    fn report(&self, _: bool) -> Report {
        let usage = match (self.0, self.0.count().filter(|units| *units > 0)) {
            (Amount::Absent, _) => Reported::Missing,
            (_, Some(units)) => Reported::Usage(Usage {
                extra: vec![(Unit::Credit, units)],
                ..Usage::default()
            }),
            (_, None) => Reported::Implausible,
        };
        Report {
            usage,
            ..Report::default()
        }
    }
}
