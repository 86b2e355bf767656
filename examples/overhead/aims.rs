use super::{Compared, Measured};

/// What is aimed at, and what was reached in this run.
pub(crate) struct Aim {
    pub(crate) what: String,
    /// At most this much.
    pub(crate) most: f64,
    pub(crate) unit: &'static str,
    /// `None` where it could not be measured.
    pub(crate) reached: Option<f64>,
}

impl Aim {
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.reached.map(|reached| reached <= self.most)
    }
}

pub(crate) fn aims(measured: &Measured) -> Vec<Aim> {
    let mut aims = Vec::new();
    for one in &measured.compared {
        let (name, in_flight) = (one.name, one.in_flight);
        let mut aim = |what: &str, most, unit, reached| {
            aims.push(Aim {
                what: format!("{name}, {in_flight} in flight: {what}"),
                most,
                unit,
                reached,
            });
        };
        let ratio = Some(one.ratio[0]);
        match name {
            "plain" => {
                aim("CPU of the stack", 10.0, "us", one.cpu_more_us);
                aim("p50 by the bare client's", 1.3, "times", ratio);
            }
            "streamed" => aim("p50 by the bare client's", 1.15, "times", ratio),
            "hit" => aim("CPU", 5.0, "us", one.stack.cpu_us),
            "failover" => aim("p50 by one plain call's", 2.2, "times", ratio),
            _ => {}
        }
    }
    aims.push(Aim {
        what: "resident memory at the end".to_owned(),
        most: 20.0,
        unit: "MB",
        reached: measured.memory.end,
    });
    // What waits for a delayed acknowledgement waits 40 ms.
    let alone = |one: &&Compared| one.streamed && one.in_flight == 1;
    aims.push(Aim {
        what: "streamed, 1 in flight: longest gap of 99 % of streams".to_owned(),
        most: 20.0,
        unit: "ms",
        reached: measured
            .compared
            .iter()
            .find(alone)
            .map(|one| one.stack.gap_p99_ms),
    });
    aims
}
