use serde::Deserialize;

use super::{Report, WireUsage, lenient, reader::Shaped, word::Word};

/// OpenAI's Chat Completions: `usage` and `service_tier` of the answer, or of the last chunk that has them.
#[derive(Debug, Default)]
pub(super) struct Chat {
    usage: Option<WireUsage>,
    tier: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(deserialize_with = "lenient")]
    usage: Option<WireUsage>,
    service_tier: Word,
}

impl Shaped for Chat {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let answer: Answer = serde_json::from_str(json)?;
        self.usage = answer.usage.or(self.usage);
        self.tier.put(answer.service_tier);
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let usage = self.usage.unwrap_or_default();
        Report {
            usage: usage.reported(said),
            cost: usage.cost(),
            tier: self.tier.0.clone(),
            ..Report::default()
        }
    }
}
