//! Anthropic's Messages, and its count of their tokens.

mod block;
mod blocks;
mod config;
mod fields;
mod messages;
mod source;
mod tools;

use serde::de::{Error, MapAccess};
use serde_json::value::RawValue;

use self::{
    blocks::{Blocks, Place},
    config::{Format, Output, Thinking, ToolChoice},
    fields::Field,
    messages::Messages,
    tools::Tools,
};
use super::{
    draft::Draft,
    name::Name,
    object::{Known, Object, parse},
    table::Table,
    values::{self, Stops},
    weigh::{Present, Weigh},
};

/// Reads a request's body.
pub(super) fn read(draft: &mut Draft, body: &str) -> serde_json::Result<()> {
    let top = Top {
        draft,
        body,
        budget: None,
    };
    let Top { draft, budget, .. } = parse(top, body)?;
    // A turn with tools between may think longer than one answer is.
    if budget > draft.query.max_output {
        draft.unbounded("thinking.budget_tokens");
    }
    Ok(())
}

struct Top<'a, 'de> {
    draft: &'a mut Draft,
    body: &'de str,
    /// Most tokens of thinking.
    budget: Option<u32>,
}

impl<'de> Known<'de> for Top<'_, 'de> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &fields::FIELDS;
    const WHAT: &'static str = "a JSON object";

    fn path(&self) -> &'static str {
        ""
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Messages => map.next_value_seed(Messages(draft))?,
            Field::System => {
                draft.enter_system();
                let read = map.next_value_seed(Blocks::new(draft, Place::System))?;
                draft.leave_system(read.any);
            }
            Field::Tools => map.next_value_seed(Tools(draft))?,
            Field::ToolChoice => map.next_value_seed(Object(ToolChoice::new(draft)))?.end(),
            Field::OutputFormat => {
                map.next_value_seed(Object(Format::new(draft, "output_format.")))?
                    .end();
            }
            Field::Temperature => values::temperature(draft, map.next_value()?),
            Field::Sampling(feature) => values::sampling(draft, feature, map.next_value()?),
            Field::Stop => map.next_value_seed(Stops(draft))?,
            Field::ServiceTier => {
                let tier: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(tier)) = tier
                    && draft.query.service_tier.is_none()
                {
                    // Never at the priority tier.
                    let tier = if tier == "standard_only" {
                        "standard".into()
                    } else {
                        tier
                    };
                    draft.query.service_tier = Some(tier.into());
                }
            }
            Field::Speed => {
                let speed: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(speed)) = speed
                    && speed != "standard"
                {
                    // It has a price of its own, as a tier has, and there is no other tier with it.
                    draft.query.service_tier = Some(speed.into());
                }
            }
            Field::InferenceGeo => {
                let geo: Option<Name<'_>> = map.next_value()?;
                draft.query.region = geo.map(|geo| geo.0.into());
            }
            Field::Unbounded(name, feature) => {
                if map.next_value_seed(Present)?.is_some() {
                    draft.unbounded(name);
                    draft.say(feature);
                }
            }
            Field::Harmless => draft.input += map.next_value_seed(Weigh::TOP)?,
            Field::Model
            | Field::MaxTokens
            | Field::Stream
            | Field::Thinking
            | Field::OutputConfig => {
                let raw: &'de RawValue = map.next_value()?;
                self.head(field, raw).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl<'de> Top<'_, 'de> {
    /// The members that a dialect may have to write anew: their places are kept.
    fn head(&mut self, field: Field, raw: &'de RawValue) -> serde_json::Result<()> {
        let draft = &mut *self.draft;
        let text = raw.get();
        let name = match field {
            Field::Model => {
                let Name(model) = serde_json::from_str(text)?;
                draft.model(&model)?;
                "model"
            }
            Field::MaxTokens => {
                draft.max_output("max_tokens", serde_json::from_str(text)?)?;
                "max_tokens"
            }
            Field::Stream => {
                let stream: Option<bool> = serde_json::from_str(text)?;
                draft.query.stream = stream.unwrap_or_default();
                "stream"
            }
            Field::Thinking => {
                self.budget = parse(Thinking::new(draft), text)?.end();
                "thinking"
            }
            _ => {
                parse(Output::new(draft), text)?;
                "output_config"
            }
        };
        self.draft.place(name, text, self.body);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
