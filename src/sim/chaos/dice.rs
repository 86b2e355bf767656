use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fastrand::Rng;

/// How often what goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) status: f64,
    pub(crate) delay: (f64, Duration),
    pub(crate) cut: (f64, u64),
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) status: bool,
    pub(crate) delay: Option<Duration>,
    pub(crate) cut: Option<u64>,
}

/// A seeded sequence that all clones draw from.
#[derive(Clone)]
pub(crate) struct Dice {
    rng: Arc<Mutex<Rng>>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Arc::new(Mutex::new(Rng::with_seed(seed))),
        }
    }

    pub(crate) fn roll(&self, rates: &Rates) -> Fate {
        let [status, delay, cut] = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            // Always three numbers, so that one rate does not move the others' draws.
            [rng.f64(), rng.f64(), rng.f64()]
        };
        Fate {
            status: status < rates.status,
            delay: (delay < rates.delay.0).then_some(rates.delay.1),
            cut: (cut < rates.cut.0).then_some(rates.cut.1),
        }
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice(..)")
    }
}
