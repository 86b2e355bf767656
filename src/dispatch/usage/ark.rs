use serde::Deserialize;

use super::{Report, count::Count, lenient::Lenient, reader::Shaped, word::Word};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// Volcengine Ark's tasks that make videos: their tokens are those of the video.
#[derive(Debug, Default)]
pub(super) struct Ark {
    tokens: Count,
    tier: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Task {
    usage: Lenient<Wire>,
    service_tier: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    completion_tokens: Count,
    total_tokens: Count,
}

impl Shaped for Ark {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let task: Task = serde_json::from_str(json)?;
        if let Some(usage) = task.usage.0 {
            self.tokens = match usage.completion_tokens {
                Count::Absent => usage.total_tokens,
                tokens => tokens,
            };
        }
        self.tier.put(task.service_tier);
        Ok(())
    }

    fn report(&self, _: bool) -> Report {
        let usage = match self.tokens {
            Count::Absent => Reported::Missing,
            Count::Of(tokens) if tokens > 0 => Reported::Usage(Usage {
                extra: vec![(Unit::VideoOutput, tokens)],
                ..Usage::default()
            }),
            Count::Of(_) | Count::Invalid => Reported::Implausible,
        };
        Report {
            usage,
            tier: self.tier.0.clone(),
            ..Report::default()
        }
    }
}
