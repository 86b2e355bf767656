use serde::de::{DeserializeSeed, Error, MapAccess};
use serde_json::value::RawValue;

use super::{
    super::{
        draft::Draft,
        object::{Known, parse},
        table::Table,
        values::{self, Stops, Text},
        weigh::{self, Present, Weigh},
    },
    modalities::Modalities,
    number::{Number, whole},
    thinking::Thinking,
};
use crate::query::{Capability, Feature};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    MaxOutputTokens,
    ThinkingConfig,
    CandidateCount,
    Stop,
    Temperature,
    /// A number that says how tokens are drawn.
    Sampling(Feature),
    MimeType,
    Schema,
    ResponseLogprobs,
    Logprobs,
    Modalities,
    /// By its name: it costs what nobody here knows, and says such a thing.
    Unbounded(&'static str, Feature),
    Harmless,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    ("audioTimestamp", Field::Harmless),
    ("candidateCount", Field::CandidateCount),
    ("enableEnhancedCivicAnswers", Field::Harmless),
    ("frequencyPenalty", Field::Sampling(Feature::Penalties)),
    (
        "imageConfig",
        Field::Unbounded("generationConfig.imageConfig", Feature::MediaOutput),
    ),
    ("logprobs", Field::Logprobs),
    ("maxOutputTokens", Field::MaxOutputTokens),
    ("mediaResolution", Field::Harmless),
    // Another model may be what answers.
    (
        "modelSelectionConfig",
        Field::Unbounded("generationConfig.modelSelectionConfig", Feature::Unknown),
    ),
    ("presencePenalty", Field::Sampling(Feature::Penalties)),
    ("responseJsonSchema", Field::Schema),
    ("responseLogprobs", Field::ResponseLogprobs),
    ("responseMimeType", Field::MimeType),
    ("responseModalities", Field::Modalities),
    ("responseSchema", Field::Schema),
    (
        "routingConfig",
        Field::Unbounded("generationConfig.routingConfig", Feature::Unknown),
    ),
    ("seed", Field::Harmless),
    ("speechConfig", Field::Harmless),
    ("stopSequences", Field::Stop),
    ("temperature", Field::Temperature),
    ("thinkingConfig", Field::ThinkingConfig),
    ("topK", Field::Sampling(Feature::TopK)),
    ("topP", Field::Sampling(Feature::TopP)),
]);

/// What form the answer is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
    Other,
}

/// `generationConfig`.
pub(super) struct Generation<'a, 'de> {
    draft: &'a mut Draft,
    body: &'de str,
    /// Whether a dialect may write it anew.
    places: bool,
    form: Form,
    schema: bool,
}

impl<'a, 'de> Generation<'a, 'de> {
    pub(super) const fn new(draft: &'a mut Draft, body: &'de str, places: bool) -> Self {
        Self {
            draft,
            body,
            places,
            form: Form::Plain,
            schema: false,
        }
    }

    /// Judges what was read: the form and its schema come in any order.
    pub(super) fn end(self) {
        let draft = self.draft;
        match (self.form, self.schema) {
            (Form::Plain, false) => {}
            (Form::Json, false) => {
                draft.need(Capability::JsonObject);
                draft.say(Feature::JsonObject);
            }
            (form, _) => {
                draft.need(Capability::JsonSchema);
                draft.say(Feature::JsonSchema);
                draft.say_if(Feature::Unknown, form == Form::Other);
            }
        }
    }

    /// The members that a dialect may have to write anew: their places are kept.
    fn head(&mut self, field: Field, raw: &'de RawValue) -> serde_json::Result<()> {
        let text = raw.get();
        let name = if field == Field::MaxOutputTokens {
            const NAME: &str = "generationConfig.maxOutputTokens";
            let most = Number.deserialize(&mut serde_json::Deserializer::from_str(text))?;
            let most = whole::<serde_json::Error>(most)?;
            let Ok(most) = most.map(u32::try_from).transpose() else {
                return Err(self.draft.refuse(NAME, "must be at least 1"));
            };
            self.draft.max_output(NAME, most)?;
            NAME
        } else {
            parse(Thinking::new(self.draft), text)?.end();
            "generationConfig.thinkingConfig"
        };
        if self.places {
            self.draft.place(name, text, self.body);
        }
        Ok(())
    }
}

impl<'de> Known<'de> for Generation<'_, 'de> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "an object that says how to answer";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "generationConfig."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::MaxOutputTokens | Field::ThinkingConfig => {
                let raw: &'de RawValue = map.next_value()?;
                self.head(field, raw).map_err(A::Error::custom)?;
            }
            Field::CandidateCount => {
                if let Some(n) = whole::<A::Error>(map.next_value_seed(Number)?)? {
                    let n = u32::try_from(n).unwrap_or_default();
                    draft.choices("generationConfig.candidateCount", n)?;
                }
            }
            Field::Stop => map.next_value_seed(Stops(draft))?,
            Field::Temperature => values::temperature(draft, map.next_value_seed(Number)?),
            Field::Sampling(feature) => {
                values::sampling(draft, feature, map.next_value_seed(Number)?);
            }
            Field::MimeType => {
                let form = |mime: &str| match mime.to_ascii_lowercase().as_str() {
                    "" | "text/plain" => Form::Plain,
                    "application/json" => Form::Json,
                    _ => Form::Other,
                };
                self.form = map.next_value_seed(Text(form))?.unwrap_or(Form::Plain);
            }
            Field::Schema => {
                if let Some(weight) = map.next_value_seed(Present)? {
                    draft.input += weight;
                    self.schema = true;
                }
            }
            Field::ResponseLogprobs => {
                if map.next_value::<Option<bool>>()? == Some(true) {
                    draft.need(Capability::Logprobs);
                    draft.say(Feature::Logprobs);
                }
            }
            Field::Logprobs => {
                if map.next_value_seed(Number)?.is_some_and(|n| n != 0.0) {
                    draft.need(Capability::Logprobs);
                    draft.say(Feature::Logprobs);
                }
            }
            Field::Modalities => map.next_value_seed(Modalities(draft))?,
            Field::Unbounded(name, feature) => {
                let weight = map.next_value_seed(Present)?;
                if weigh::is_filled(weight) {
                    draft.unbounded(name);
                    draft.say(feature);
                }
            }
            Field::Harmless => draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}
