//! OpenAI's Chat Completions.

mod choice;
mod fields;
mod image_url;
mod messages;
mod modalities;
mod part;
mod tools;

use serde::{
    Deserialize,
    de::{DeserializeSeed, Error, MapAccess},
};
use serde_json::value::RawValue;

use self::{
    choice::Choice, fields::Field, messages::Messages, modalities::Modalities, tools::Tools,
};
use super::{
    draft::Draft,
    name::Name,
    object::{Known, parse},
    table::Table,
    values::{self, Stops},
    weigh::{self, Present, Weigh},
};
use crate::query::{Capability, Feature};

/// Reads a request's body.
pub(super) fn read(draft: &mut Draft, body: &str) -> serde_json::Result<()> {
    parse(Top { draft, body }, body).map(drop)
}

struct Top<'a, 'de> {
    draft: &'a mut Draft,
    body: &'de str,
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
            Field::Tools => map.next_value_seed(Tools(draft))?,
            Field::Functions => {
                let weight = map.next_value_seed(Present)?;
                draft.input += weight.unwrap_or_default();
                if weigh::is_filled(weight) {
                    draft.tools();
                }
            }
            Field::ToolChoice => map.next_value_seed(Choice(draft))?,
            Field::ParallelToolCalls => {
                draft.input += weigh::NUMBER;
                let parallel: Option<bool> = map.next_value()?;
                draft.say_if(Feature::SerialTools, parallel == Some(false));
            }
            // A chat template may write some of it into the prompt.
            Field::Harmless => draft.input += map.next_value_seed(Weigh::TOP)?,
            Field::Foreign | Field::LogitBias | Field::Thinking => {
                let weight = map.next_value_seed(Present)?;
                draft.input += weight.unwrap_or_default();
                let feature = match field {
                    Field::LogitBias => Feature::LogitBias,
                    Field::Thinking => Feature::Reasoning,
                    _ => Feature::Unknown,
                };
                draft.say_if(feature, weigh::is_filled(weight));
            }
            Field::Temperature => values::temperature(draft, map.next_value()?),
            Field::Sampling(feature) => values::sampling(draft, feature, map.next_value()?),
            Field::Stop => map.next_value_seed(Stops(draft))?,
            Field::WebSearch => {
                if map.next_value_seed(Present)?.is_some() {
                    draft.need(Capability::WebSearch);
                    draft.say(Feature::HostedTools);
                    draft.unbounded("web_search_options");
                }
            }
            Field::Prediction => {
                // Predicted tokens that are not taken over are billed as output.
                if let Some(weight) = map.next_value_seed(Present)? {
                    draft.query.predicted = weight;
                    draft.need(Capability::Prediction);
                    draft.say(Feature::Prediction);
                }
            }
            Field::TopLogprobs => {
                if map.next_value::<Option<u32>>()?.is_some_and(|n| n > 0) {
                    draft.need(Capability::Logprobs);
                    draft.say(Feature::Logprobs);
                }
            }
            Field::Logprobs => {
                if map.next_value::<Option<bool>>()? == Some(true) {
                    draft.need(Capability::Logprobs);
                    draft.say(Feature::Logprobs);
                }
            }
            Field::Modalities => map.next_value_seed(Modalities(draft))?,
            Field::ServiceTier => {
                let tier: Option<Name<'_>> = map.next_value()?;
                draft.query.service_tier = tier.map(|tier| tier.0.into());
            }
            Field::ReasoningEffort => {
                let effort: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(effort)) = effort {
                    draft.effort(&effort);
                }
            }
            Field::ResponseFormat => {
                let raw: &'de RawValue = map.next_value()?;
                self.response_format(raw).map_err(A::Error::custom)?;
            }
            Field::Model
            | Field::Stream
            | Field::StreamOptions
            | Field::MaxTokens(_)
            | Field::N => {
                let raw: &'de RawValue = map.next_value()?;
                self.head(field, raw).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl Top<'_, '_> {
    /// The members that a dialect may have to write anew: their places are kept.
    fn head(&mut self, field: Field, raw: &RawValue) -> serde_json::Result<()> {
        let draft = &mut *self.draft;
        let text = raw.get();
        let name = match field {
            Field::Model => {
                let Name(model) = serde_json::from_str(text)?;
                draft.model(&model)?;
                "model"
            }
            Field::Stream => {
                draft.query.stream =
                    serde_json::from_str::<Option<bool>>(text)?.unwrap_or_default();
                "stream"
            }
            Field::StreamOptions => {
                #[derive(Deserialize)]
                struct Options {
                    include_usage: Option<bool>,
                }
                // Unknown options go on too, so they are to be as shallow as everything else.
                Weigh::TOP.deserialize(&mut serde_json::Deserializer::from_str(text))?;
                let options: Option<Options> = serde_json::from_str(text)?;
                draft.query.include_usage = options
                    .and_then(|options| options.include_usage)
                    .unwrap_or_default();
                "stream_options"
            }
            Field::MaxTokens(name) => {
                let most: Option<u32> = serde_json::from_str(text)?;
                draft.max_output(name, most)?;
                name
            }
            _ => {
                let n = serde_json::from_str::<Option<u32>>(text)?.unwrap_or(1);
                draft.choices("n", n)?;
                "n"
            }
        };
        draft.place(name, text, self.body);
        Ok(())
    }

    fn response_format(&mut self, raw: &RawValue) -> serde_json::Result<()> {
        #[derive(Deserialize)]
        struct Format<'a> {
            #[serde(borrow)]
            r#type: Name<'a>,
        }
        let format: Option<Format<'_>> = serde_json::from_str(raw.get())?;
        let draft = &mut *self.draft;
        match format.as_ref().map(|format| &*format.r#type.0) {
            Some("json_schema") => {
                draft.need(Capability::JsonSchema);
                draft.say(Feature::JsonSchema);
            }
            Some("json_object") => {
                draft.need(Capability::JsonObject);
                draft.say(Feature::JsonObject);
            }
            Some("text") | None => {}
            Some(_) => draft.say(Feature::Unknown),
        }
        draft.input +=
            Weigh::TOP.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::tests::check, *};

    #[test]
    fn every_name_is_found_where_it_stands() {
        check(&fields::FIELDS);
    }
}
