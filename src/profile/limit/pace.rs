use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::context::Tenant;

/// Of so many tenants it is known how much they have said lately.
const TENANTS: usize = 16_384;

/// How many scores each tenant may give in a minute.
pub(crate) struct Pace {
    per_minute: f64,
    left: Cache<(Tenant, bool), Arc<Mutex<Left>>>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    scores: f64,
    at: Instant,
}

impl Pace {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: f64::from(per_minute),
            left: Cache::new(TENANTS),
        }
    }

    /// Takes one score, if there is one left. Said by somebody and seen by ourselves count apart, so that neither keeps the
    /// other out. Who has no tenant is the app itself.
    pub(crate) fn take(&self, tenant: Option<&Tenant>, said: bool, now: Instant) -> bool {
        let Some(tenant) = tenant else {
            return true;
        };
        let full = Left {
            scores: self.per_minute,
            at: now,
        };
        let key = (tenant.clone(), said);
        let made = self.left.get_or_insert_with(&key, || {
            Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(full)))
        });
        let left = match made {
            Ok(left) => left,
            Err(never) => match never {},
        };
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(left.at).as_secs_f64();
        left.scores = (left.scores + passed * self.per_minute / 60.0).min(self.per_minute);
        left.at = left.at.max(now);
        let granted = left.scores >= 1.0;
        if granted {
            left.scores -= 1.0;
        }
        granted
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("per_minute", &self.per_minute)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn scores_come_back_with_time_and_each_tenant_has_its_own() {
        let (pace, start) = (Pace::new(3), Instant::now());
        let (a, b) = (Tenant::new("a").unwrap(), Tenant::new("b").unwrap());
        let take = |who: &Tenant, seconds| {
            pace.take(Some(who), true, start + Duration::from_secs(seconds))
        };
        for _ in 0..3 {
            assert!(take(&a, 0));
        }
        assert!(!take(&a, 0) && !take(&a, 19) && take(&b, 19));
        assert!(take(&a, 20) && !take(&a, 20));
        assert!(pace.take(Some(&a), false, start));
        for _ in 0..1_000 {
            assert!(pace.take(None, true, start));
        }
        // An hour's rest is worth a minute's scores.
        for _ in 0..3 {
            assert!(take(&a, 4_000));
        }
        assert!(!take(&a, 4_000));
    }

    #[test]
    fn none_is_none() {
        let tenant = Tenant::new("a").unwrap();
        assert!(!Pace::new(0).take(Some(&tenant), true, Instant::now()));
    }
}
