use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess},
};

use super::{
    count::Count,
    counts::{Counts, Place},
    object::{Members, ObjectOrNothing},
};
use crate::{catalog::Usage, dispatch::Reported};

/// `usage` as OpenAI and those compatible with it write it.
///
/// `prompt_tokens` includes what was cached; `completion_tokens` includes thinking at most providers, and at some
/// thinking comes on top, which `total_tokens` tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WireUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt: PromptDetails,
    completion: CompletionDetails,
    /// DeepSeek's.
    prompt_cache_hit_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct PromptDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
    audio_tokens: Count,
    image_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default)]
struct CompletionDetails {
    reasoning_tokens: Count,
    audio_tokens: Count,
    image_tokens: Count,
}

const USAGE: [&str; 6] = [
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_cache_hit_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
];
const PROMPT: Counts<4> = Counts(&[
    "cached_tokens",
    "cache_write_tokens",
    "audio_tokens",
    "image_tokens",
]);
const COMPLETION: Counts<3> = Counts(&["reasoning_tokens", "audio_tokens", "image_tokens"]);

/// `usage` of an answer or a chunk; something of another shape counts as absent.
pub(super) fn lenient<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<WireUsage>, D::Error> {
    deserializer.deserialize_any(ObjectOrNothing(Wire))
}

struct Wire;

impl<'de> Members<'de> for Wire {
    type Value = WireUsage;

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<WireUsage, A::Error> {
        let mut usage = WireUsage::default();
        let (mut prompts, mut completions) = (0, 0);
        while let Some(at) = map.next_key_seed(Place(&USAGE))? {
            match at {
                Some(0) => usage.prompt_tokens.put(map.next_value()?),
                Some(1) => usage.completion_tokens.put(map.next_value()?),
                Some(2) => usage.total_tokens.put(map.next_value()?),
                Some(3) => usage.prompt_cache_hit_tokens.put(map.next_value()?),
                Some(4) => {
                    prompts += 1;
                    if let Some(counts) = map.next_value_seed(PROMPT)? {
                        usage.prompt = PromptDetails::of(counts);
                    }
                }
                Some(5) => {
                    completions += 1;
                    if let Some(counts) = map.next_value_seed(COMPLETION)? {
                        usage.completion = CompletionDetails::of(counts);
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // Which of two is meant nobody knows.
        if prompts > 1 || completions > 1 {
            usage.prompt_tokens = Count::Invalid;
        }
        Ok(usage)
    }
}

impl PromptDetails {
    const fn of(counts: [Count; 4]) -> Self {
        let [
            cached_tokens,
            cache_write_tokens,
            audio_tokens,
            image_tokens,
        ] = counts;
        Self {
            cached_tokens,
            cache_write_tokens,
            audio_tokens,
            image_tokens,
        }
    }
}

impl CompletionDetails {
    const fn of(counts: [Count; 3]) -> Self {
        let [reasoning_tokens, audio_tokens, image_tokens] = counts;
        Self {
            reasoning_tokens,
            audio_tokens,
            image_tokens,
        }
    }
}

impl WireUsage {
    /// In buckets that do not overlap. `said` is whether content came: then no output at all cannot be.
    pub(super) fn reported(self, said: bool) -> Reported {
        if self.prompt_tokens == Count::Absent && self.completion_tokens == Count::Absent {
            return Reported::Missing;
        }
        match self.usage() {
            Some(usage) if usage.prompt() > 0 && (usage.answer() > 0 || !said) => {
                Reported::Usage(usage)
            }
            _ => Reported::Implausible,
        }
    }

    fn usage(self) -> Option<Usage> {
        let prompt = self.prompt_tokens.or_zero()?;
        let completion = self.completion_tokens.or_zero()?;
        let (into, out) = (self.prompt, self.completion);
        let cache_read = into
            .cached_tokens
            .or_zero()?
            .max(self.prompt_cache_hit_tokens.or_zero()?);
        let cache_write = into.cache_write_tokens.or_zero()?;
        let fresh = prompt.checked_sub(cache_read)?.checked_sub(cache_write)?;
        // Of what a cache served, some may have been speech or images: that is not counted twice.
        let audio_input = into
            .audio_tokens
            .or_zero()
            .filter(|n| *n <= prompt)?
            .min(fresh);
        let reasoning = out.reasoning_tokens.or_zero()?;
        let audio_output = out.audio_tokens.or_zero()?;
        let image_input = into.image_tokens.or_zero().filter(|n| *n <= prompt)?;
        let image_input = image_input.min(fresh - audio_input);
        let image_output = out.image_tokens.or_zero()?;
        let apart = reasoning > 0
            && self.total_tokens == Count::Of(prompt.checked_add(completion)? + reasoning);
        let inside = if apart { 0 } else { reasoning };
        Some(Usage {
            input: fresh - audio_input - image_input,
            cache_read,
            cache_write_5m: cache_write,
            output: completion
                .checked_sub(inside)?
                .checked_sub(audio_output)?
                .checked_sub(image_output)?,
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
}
