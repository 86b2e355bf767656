use serde::Deserialize;

use super::{Report, amount::Amount, reader::Shaped};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// Black Forest Labs: what the answer to the submission says of the cost, in credits of a cent, and of megapixels,
/// which count whole.
#[derive(Debug, Default)]
pub(super) struct Bfl(Submitted);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Submitted {
    cost: Amount,
    input_mp: Amount,
    output_mp: Amount,
}

impl Shaped for Bfl {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let submitted: Submitted = serde_json::from_str(json)?;
        // What is asked for later says nothing of them.
        if submitted.cost != Amount::Absent || submitted.output_mp != Amount::Absent {
            self.0 = submitted;
        }
        Ok(())
    }

    fn report(&self, _: bool) -> Report {
        let Submitted {
            cost,
            input_mp,
            output_mp,
        } = self.0;
        let given = match input_mp {
            Amount::Absent => Some(0),
            given => given.count(),
        };
        let usage = match (output_mp, output_mp.count().filter(|mp| *mp > 0), given) {
            (Amount::Absent, _, _) => Reported::Missing,
            (_, Some(made), Some(given)) => {
                let units = [
                    (Unit::MegapixelFirst, 1),
                    (Unit::Megapixel, made - 1),
                    (Unit::MegapixelInput, given),
                ];
                Reported::Usage(Usage {
                    extra: units.into_iter().filter(|(_, n)| *n > 0).collect(),
                    ..Usage::default()
                })
            }
            _ => Reported::Implausible,
        };
        Report {
            usage,
            cost: cost.usd(-2),
            ..Report::default()
        }
    }
}
