use serde::Deserialize;

use super::{Report, WireUsage, lenient::List, of_responses, reader::Shaped, word::Word};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// OpenAI's images: tokens, of which those of the answer are an image's unless it says otherwise; and where no tokens
/// are reported, the images themselves.
#[derive(Debug, Default)]
pub(super) struct Images {
    usage: Option<WireUsage>,
    images: u64,
    size: Word,
    quality: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(deserialize_with = "of_responses")]
    usage: Option<WireUsage>,
    data: List<Image>,
    size: Word,
    quality: Word,
}

/// Whatever is in it.
#[derive(Deserialize)]
struct Image {}

impl Shaped for Images {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let answer: Answer = serde_json::from_str(json)?;
        self.usage = answer.usage.or(self.usage);
        self.images = self.images.max(answer.data.0.len() as u64);
        self.size.put(answer.size);
        self.quality.put(answer.quality);
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let wire = self.usage.unwrap_or_default();
        let mut usage = wire.reported(said);
        match &mut usage {
            Reported::Usage(usage) if !wire.tells_output() => {
                usage.image_output = std::mem::take(&mut usage.output);
            }
            Reported::Missing if self.images > 0 => {
                let image = Unit::Image {
                    size: self.size.0.clone(),
                    quality: self.quality.0.clone(),
                };
                usage = Reported::Usage(Usage {
                    extra: vec![(image, self.images)],
                    ..Usage::default()
                });
            }
            _ => {}
        }
        Report {
            usage,
            cost: wire.cost(),
            ..Report::default()
        }
    }
}
