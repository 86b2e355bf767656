use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess},
};

use super::{
    amount::Amount,
    count::Count,
    counts::{Counts, Place},
    lenient::Lenient,
    object::{Members, ObjectOrNothing},
};
use crate::{catalog::Usage, dispatch::Reported, money::Usd};

/// `usage` as OpenAI and those compatible with it write it, under the names of one of its APIs.
///
/// The tokens of the prompt include what was cached; those of the answer include thinking at most providers, and at
/// some thinking comes on top, which the total tells. What is in the total and nowhere else came out of the model: such
/// tokens are of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WireUsage {
    input: Count,
    output: Count,
    total: Count,
    into: InputDetails,
    out: OutputDetails,
    has_out: bool,
    /// DeepSeek's, Mistral's and Moonshot's, beside the details or instead of them.
    cached: [Count; 3],
    /// OpenRouter's, in dollars.
    cost: Amount,
    /// xAI's, in ticks of 10^-10 dollars.
    ticks: Amount,
    /// What OpenRouter's caller pays to the model's provider by its own account there.
    byok: Option<Upstream>,
}

#[derive(Clone, Copy, Debug, Default)]
struct InputDetails {
    cached: Count,
    cache_write: Count,
    audio: Count,
    image: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct OutputDetails {
    reasoning: Count,
    audio: Count,
    image: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct Upstream(Amount);

/// The members of `usage`, by API.
#[derive(Clone, Copy)]
pub(crate) struct Names([&'static str; 13]);

const SHARED: [&str; 8] = [
    "total_tokens",
    "prompt_cache_hit_tokens",
    "num_cached_tokens",
    "cached_tokens",
    "cost",
    "cost_in_usd_ticks",
    "is_byok",
    "cost_details",
];

impl Names {
    pub(crate) const CHAT: &'static Self = &Self::new(
        "prompt_tokens",
        "completion_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    );
    pub(crate) const RESPONSES: &'static Self = &Self::new(
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "output_tokens_details",
    );

    const fn new(
        input: &'static str,
        output: &'static str,
        into: &'static str,
        out: &'static str,
    ) -> Self {
        let [total, hit, num_cached, cached, cost, ticks, byok, details] = SHARED;
        Self([
            input, output, into, out, total, hit, num_cached, cached, cost, ticks, byok, details,
            "",
        ])
    }
}

const INPUT: Counts<4> = Counts(&[
    "cached_tokens",
    "cache_write_tokens",
    "audio_tokens",
    "image_tokens",
]);
const OUTPUT: Counts<3> = Counts(&["reasoning_tokens", "audio_tokens", "image_tokens"]);

/// `usage` of a Chat Completions answer or a chunk; something of another shape counts as absent.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<WireUsage>, D::Error> {
    Names::CHAT.deserialize(deserializer)
}

/// The same of the Responses and Images APIs.
pub(crate) fn of_responses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<WireUsage>, D::Error> {
    Names::RESPONSES.deserialize(deserializer)
}

impl<'de> DeserializeSeed<'de> for &'static Names {
    type Value = Option<WireUsage>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(ObjectOrNothing(self))
    }
}

impl<'de> Members<'de> for &'static Names {
    type Value = WireUsage;

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<WireUsage, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Details {
            upstream_inference_cost: Amount,
        }
        let mut usage = WireUsage::default();
        let (mut into, mut out, mut byok) = (0, 0, false);
        let mut upstream = Amount::Absent;
        while let Some(at) = map.next_key_seed(Place(&self.0))? {
            match at {
                Some(0) => usage.input.put(map.next_value()?),
                Some(1) => usage.output.put(map.next_value()?),
                Some(2) => {
                    into += 1;
                    if let Some(counts) = map.next_value_seed(INPUT)? {
                        usage.into = InputDetails::of(counts);
                    }
                }
                Some(3) => {
                    out += 1;
                    if let Some(counts) = map.next_value_seed(OUTPUT)? {
                        usage.out = OutputDetails::of(counts);
                        usage.has_out = true;
                    }
                }
                Some(4) => usage.total.put(map.next_value()?),
                Some(at @ 5..=7) => usage.cached[at - 5].put(map.next_value()?),
                Some(8) => usage.cost.put(map.next_value()?),
                Some(9) => usage.ticks.put(map.next_value()?),
                Some(10) => byok |= map.next_value::<Flag>()?.0,
                Some(11) => {
                    let details: Lenient<Details> = map.next_value()?;
                    upstream.put(details.0.unwrap_or_default().upstream_inference_cost);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // Which of two is meant nobody knows.
        if into > 1 || out > 1 {
            usage.input = Count::Invalid;
        }
        usage.byok = byok.then_some(Upstream(upstream));
        Ok(usage)
    }
}

/// Whether something is there that is not `false`.
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self(!matches!(raw.get(), "false" | "null")))
    }
}

impl InputDetails {
    const fn of(counts: [Count; 4]) -> Self {
        let [cached, cache_write, audio, image] = counts;
        Self {
            cached,
            cache_write,
            audio,
            image,
        }
    }
}

impl OutputDetails {
    const fn of(counts: [Count; 3]) -> Self {
        let [reasoning, audio, image] = counts;
        Self {
            reasoning,
            audio,
            image,
        }
    }
}

impl WireUsage {
    /// In buckets that do not overlap. `said` is whether content came: then no output at all cannot be.
    pub(crate) fn reported(self, said: bool) -> Reported {
        if self.input == Count::Absent && self.output == Count::Absent {
            return Reported::Missing;
        }
        match self.usage() {
            Some(usage) if usage.prompt() > 0 && (usage.answer() > 0 || !said) => {
                Reported::Usage(usage)
            }
            _ => Reported::Implausible,
        }
    }

    /// The sums as they stand there, and what a cache served of the prompt, for callers: what does not go together is not believed, and told all the same.
    #[cfg(feature = "openai")]
    pub(crate) fn sums(self) -> Option<Usage> {
        let (prompt, output) = (self.input.or_zero()?, self.output.or_zero()?);
        let cached = self.into.cached.or_zero().filter(|n| *n <= prompt);
        let cached = cached.unwrap_or(0);
        Some(Usage {
            cache_read: cached,
            ..Usage::text(prompt - cached, output)
        })
    }

    /// What the provider says that the call costs.
    pub(crate) fn cost(self) -> Option<Usd> {
        match (self.ticks, self.cost, self.byok) {
            (Amount::Absent, cost, None) => cost.usd(0),
            // Then the cost is only the fee, and the provider sends a bill of its own.
            (Amount::Absent, cost, Some(Upstream(upstream))) => {
                cost.usd(0)?.checked_add(upstream.usd(0)?)
            }
            (ticks, _, _) => ticks.usd(-10),
        }
    }

    /// Whether tokens of images in the answer are told from others.
    pub(crate) const fn tells_output(&self) -> bool {
        self.has_out
    }

    fn usage(self) -> Option<Usage> {
        let prompt = self.input.or_zero()?;
        let completion = self.output.or_zero()?;
        let (into, out) = (self.into, self.out);
        let mut cache_read = into.cached.or_zero()?;
        for cached in self.cached {
            cache_read = cache_read.max(cached.or_zero()?);
        }
        let cache_write = into.cache_write.or_zero()?;
        let fresh = prompt.checked_sub(cache_read)?.checked_sub(cache_write)?;
        // Of what a cache served, some may have been speech or images: that is not counted twice.
        let audio_input = into.audio.or_zero().filter(|n| *n <= prompt)?.min(fresh);
        let reasoning = out.reasoning.or_zero()?;
        let audio_output = out.audio.or_zero()?;
        let image_input = into.image.or_zero().filter(|n| *n <= prompt)?;
        let image_input = image_input.min(fresh - audio_input);
        let image_output = out.image.or_zero()?;
        let parts = prompt.checked_add(completion)?;
        let rest = match self.total {
            Count::Of(total) => total.saturating_sub(parts),
            _ => 0,
        };
        let apart = reasoning > 0
            && match self.total {
                Count::Of(total) if total >= parts => rest >= reasoning,
                // More thinking than there is answer cannot be a part of it.
                _ => reasoning > completion,
            };
        let (inside, unnamed) = match apart {
            true => (0, rest.saturating_sub(reasoning)),
            false => (reasoning, rest),
        };
        Some(Usage {
            input: fresh - audio_input - image_input,
            cache_read,
            cache_write,
            output: completion
                .checked_sub(inside)?
                .checked_sub(audio_output)?
                .checked_sub(image_output)?
                .checked_add(unnamed)?,
            reasoning,
            audio_input,
            audio_output,
            image_input,
            image_output,
            ..Usage::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Reported {
        let mut json = serde_json::Deserializer::from_str(json);
        lenient(&mut json).unwrap().unwrap().reported(true)
    }

    #[test]
    fn buckets_do_not_overlap() {
        let usage = read(
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
                "prompt_tokens_details":{"cached_tokens":60},
                "completion_tokens_details":{"reasoning_tokens":30}}"#,
        );
        let expected = Usage {
            input: 40,
            cache_read: 60,
            output: 20,
            reasoning: 30,
            ..Usage::default()
        };
        assert_eq!(usage, Reported::Usage(expected));
    }

    #[test]
    fn thinking_that_the_total_adds_is_apart() {
        let usage = read(
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":180,
                "completion_tokens_details":{"reasoning_tokens":30}}"#,
        );
        let expected = Usage {
            input: 100,
            output: 50,
            reasoning: 30,
            ..Usage::default()
        };
        assert_eq!(usage, Reported::Usage(expected));
    }

    #[test]
    fn what_only_the_total_has_is_of_the_answer() {
        for (total, reasoning, output, thought) in [
            (150, 0, 50, 0),
            (900, 0, 800, 0),
            // Thinking on top, and something else.
            (190, 30, 60, 30),
            // Thinking within, and something else.
            (160, 30, 30, 30),
            // A sum that is too small says nothing.
            (1, 30, 20, 30),
            (0, 60, 50, 60),
        ] {
            let usage = read(&format!(
                r#"{{"prompt_tokens":100,"completion_tokens":50,"total_tokens":{total},
                    "completion_tokens_details":{{"reasoning_tokens":{reasoning}}}}}"#
            ));
            let expected = Usage {
                reasoning: thought,
                ..Usage::text(100, output)
            };
            assert_eq!(usage, Reported::Usage(expected), "{total} {reasoning}");
        }
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        for json in [
            r#"{"prompt_tokens":0,"completion_tokens":0}"#,
            r#"{"prompt_tokens":-5,"completion_tokens":1}"#,
            r#"{"prompt_tokens":"12","completion_tokens":1}"#,
            r#"{"prompt_tokens":9223372036854775808,"completion_tokens":1}"#,
            r#"{"prompt_tokens":1.5,"completion_tokens":1}"#,
            r#"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":11}}"#,
            r#"{"prompt_tokens":10,"completion_tokens":0}"#,
            r#"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens":11}"#,
            r#"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{},"prompt_tokens_details":{}}"#,
        ] {
            assert_eq!(read(json), Reported::Implausible, "{json}");
        }
        assert_eq!(read(r#"{"prompt_tokens":null}"#), Reported::Missing);
        assert_eq!(read("{}"), Reported::Missing);
        let whole = r#"{"prompt_tokens":10.0,"completion_tokens":1.0}"#;
        assert_eq!(read(whole), Reported::Usage(Usage::text(10, 1)));
    }

    #[test]
    fn a_key_of_the_caller_s_adds_what_its_provider_bills() {
        for (json, nanos) in [
            (
                r#"{"cost":0.000102,"is_byok":false,"cost_details":{"upstream_inference_cost":0.5}}"#,
                Some(102_000),
            ),
            (
                r#"{"cost":0.05,"is_byok":true,"cost_details":{"upstream_inference_cost":1}}"#,
                Some(1_050_000_000),
            ),
            (r#"{"cost":0.05,"is_byok":true}"#, None),
            (r#"{"cost":0.05,"cost":0.01}"#, None),
            (r#"{"cost":"free"}"#, None),
            (
                r#"{"cost_in_usd_ticks":30920000,"cost":1}"#,
                Some(3_092_000),
            ),
            (r#"{"cost_in_usd_ticks":-1,"cost":1}"#, None),
            ("{}", None),
        ] {
            let mut reader = serde_json::Deserializer::from_str(json);
            let cost = lenient(&mut reader).unwrap().unwrap().cost();
            assert_eq!(cost.map(Usd::nanos), nanos, "{json}");
        }
    }
}
