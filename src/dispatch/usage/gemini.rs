use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Report,
    count::Count,
    lenient::{Lenient, List},
    reader::Shaped,
    word::Word,
};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// Gemini's `usageMetadata`, which each answer of a stream has, with the sums so far.
///
/// Only speech and images are told apart, since only they have rates of their own; video and documents count as text.
#[derive(Debug, Default)]
pub(super) struct Gemini {
    usage: Option<Wire>,
    searches: u64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    usage_metadata: Lenient<Wire>,
    candidates: List<Candidate>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Candidate {
    grounding_metadata: Lenient<Grounding>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Grounding {
    web_search_queries: Option<Box<RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    tool_use_prompt_token_count: Count,
    total_token_count: Count,
    prompt_tokens_details: List<Modality>,
    cache_tokens_details: List<Modality>,
    candidates_tokens_details: List<Modality>,
    traffic_type: Word,
    service_tier: Word,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Modality {
    modality: Word,
    token_count: Count,
}

fn of(details: &List<Modality>, modality: &str) -> Option<u64> {
    let mut alike = details.0.iter().filter(|one| one.modality.is(modality));
    alike.try_fold(0, |sum: u64, one| {
        sum.checked_add(one.token_count.or_zero()?)
    })
}

impl Wire {
    fn usage(&self) -> Option<Usage> {
        let prompt = self.prompt_token_count.or_zero()?;
        let cache_read = self.cached_content_token_count.or_zero()?;
        let candidates = self.candidates_token_count.or_zero()?;
        let reasoning = self.thoughts_token_count.or_zero()?;
        let by_tools = self.tool_use_prompt_token_count.or_zero()?;
        let fresh = prompt.checked_sub(cache_read)?;
        let apart = |modality| {
            let all = of(&self.prompt_tokens_details, modality)?;
            all.checked_sub(of(&self.cache_tokens_details, modality)?)
        };
        let audio_input = apart("AUDIO")?.min(fresh);
        let image_input = apart("IMAGE")?.min(fresh - audio_input);
        // On Vertex thoughts have been a part of the candidates, on the Gemini API they are not: the total tells.
        let without = prompt.checked_add(candidates)?.checked_add(by_tools)?;
        let inside = match self.total_token_count {
            Count::Of(total) if total == without => reasoning,
            _ => 0,
        };
        let audio_output = of(&self.candidates_tokens_details, "AUDIO")?;
        let image_output = of(&self.candidates_tokens_details, "IMAGE")?;
        Some(Usage {
            input: (fresh - audio_input - image_input).checked_add(by_tools)?,
            cache_read,
            output: candidates
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

    fn tier(&self) -> Option<Box<str>> {
        let traffic = match self.traffic_type.0.as_deref() {
            None | Some("TRAFFIC_TYPE_UNSPECIFIED") => return self.service_tier.0.clone(),
            Some("ON_DEMAND") => "standard",
            Some("ON_DEMAND_PRIORITY") => "priority",
            Some("ON_DEMAND_FLEX") => "flex",
            Some(other) => other,
        };
        Some(traffic.to_ascii_lowercase().into())
    }
}

impl Shaped for Gemini {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let answer: Answer = serde_json::from_str(json)?;
        if let Some(usage) = answer.usage_metadata.0 {
            self.usage = Some(usage);
        }
        let grounded = answer.candidates.0.into_iter();
        let queries = grounded.filter_map(|one| {
            let queries = one.grounding_metadata.0?.web_search_queries?;
            serde_json::from_str::<Vec<Word>>(queries.get()).ok()
        });
        // An empty query is not charged.
        let searches = queries.flatten().filter(|query| query.0.is_some()).count();
        self.searches = self.searches.max(searches as u64);
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let Some(wire) = &self.usage else {
            return Report::default();
        };
        let absent = wire.prompt_token_count == Count::Absent
            && wire.candidates_token_count == Count::Absent;
        let usage = match wire.usage() {
            _ if absent => Reported::Missing,
            Some(mut usage) if usage.prompt() > 0 && (usage.answer() > 0 || !said) => {
                if self.searches > 0 {
                    let searches = (Unit::ToolCall("web_search".into()), self.searches);
                    usage.extra.push(searches);
                }
                Reported::Usage(usage)
            }
            _ => Reported::Implausible,
        };
        Report {
            usage,
            tier: wire.tier(),
            ..Report::default()
        }
    }
}
