use std::time::Duration;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::super::{Ending, FellBack, Finished, Outcome};
use crate::{
    catalog::{Candidate, Effort, Usage},
    money::Usd,
};

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    who: Candidate,
    /// Where it was asked, which may be one of its provider's deployments.
    provider: Box<str>,
    ending: &'static str,
    failure: Option<&'static str>,
    finished: Option<Finished>,
    /// Where nobody has metered it.
    cost: Option<Usd>,
    usage: Option<Usage>,
}

impl Attempt {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let finished = outcome.get().cloned();
        let ending = finished.as_ref().map(|finished| finished.ending.as_str());
        Self {
            who: outcome.candidate().clone(),
            provider: outcome.provider().name().into(),
            ending: ending.unwrap_or("open"),
            failure: outcome.failure().map(|failure| failure.class.as_str()),
            finished,
            cost: None,
            usage: None,
        }
    }

    /// One that never was sent.
    pub(super) fn unsent(who: &Candidate, fell: &FellBack<'_>) -> Self {
        Self {
            who: who.clone(),
            provider: who.model().provider().name().into(),
            ending: "unsent",
            failure: Some(fell.failure.class.as_str()),
            finished: None,
            cost: Some(Usd::ZERO),
            usage: None,
        }
    }

    /// A whole answer that was made outside of a stack.
    pub(super) fn answered(who: &Candidate, usage: Option<Usage>, cost: Option<Usd>) -> Self {
        Self {
            who: who.clone(),
            provider: who.model().provider().name().into(),
            ending: Ending::Complete.as_str(),
            failure: None,
            finished: None,
            cost,
            usage,
        }
    }

    /// Whether no other follows.
    pub(super) fn ends(&self) -> bool {
        [Ending::Complete, Ending::Cancelled]
            .iter()
            .any(|ending| self.ending == ending.as_str())
    }

    pub(super) fn cost(&self) -> Option<Usd> {
        let metered = self.finished.as_ref().and_then(|finished| finished.cost);
        metered.or(self.cost)
    }
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", self.who.model().name())?;
        map.serialize_entry("effort", &self.who.effort().map(Effort::level))?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("ending", self.ending)?;
        map.serialize_entry("failure", &self.failure)?;
        map.serialize_entry("cost_usd", &self.cost())?;
        let finished = self.finished.as_ref();
        let usage = finished.and_then(|finished| finished.usage.as_ref());
        map.serialize_entry("usage", &usage.or(self.usage.as_ref()).map(Used))?;
        if let Some(finished) = finished {
            let reasons: Vec<_> = finished.finish_reasons.iter().collect();
            let reasons: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
            map.serialize_entry("exact", &finished.exact)?;
            map.serialize_entry("finish_reasons", &reasons)?;
            map.serialize_entry("served_model", &finished.served_model)?;
            map.serialize_entry("first_content_ms", &finished.first_content.map(millis))?;
            map.serialize_entry("total_ms", &millis(finished.total))?;
        }
        map.end()
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// What was used, by the names of units; what was not is left out.
struct Used<'a>(&'a Usage);

impl Serialize for Used<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let usage = self.0;
        let mut map = serializer.serialize_map(None)?;
        let counts = [
            ("input", usage.input),
            ("cache_read", usage.cache_read),
            ("cache_write_5m", usage.cache_write_5m),
            ("cache_write_30m", usage.cache_write_30m),
            ("cache_write_1h", usage.cache_write_1h),
            ("cache_write", usage.cache_write),
            ("output", usage.output),
            ("reasoning", usage.reasoning),
            ("audio_input", usage.audio_input),
            ("audio_output", usage.audio_output),
            ("image_input", usage.image_input),
            ("image_output", usage.image_output),
        ];
        for (unit, count) in counts.iter().filter(|(_, count)| *count > 0) {
            map.serialize_entry(unit, count)?;
        }
        if !usage.extra.is_empty() {
            let extra = usage.extra.iter();
            let extra: Vec<_> = extra
                .map(|(unit, count)| (unit.to_string(), count))
                .collect();
            map.serialize_entry("extra", &extra)?;
        }
        map.end()
    }
}
