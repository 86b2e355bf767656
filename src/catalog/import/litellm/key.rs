use super::super::super::{Kind, Unit};

/// A key of a price, taken apart: `input_cost_per_token_above_272k_tokens_flex` is `input_cost_per_token`, over
/// 272,000 tokens, at flex.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    pub(super) stem: &'a str,
    pub(super) over: Option<u64>,
    pub(super) kept: Kept,
    pub(super) tier: Option<&'static str>,
}

/// For how long a cache is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Briefly,
    AnHour,
    /// Longer than any unit has a word for.
    Longer,
}

const TIERS: [(&str, &str); 5] = [
    ("_batches", "batch"),
    ("_flex", "flex"),
    ("_priority", "priority"),
    ("_balanced", "balanced"),
    ("_ultrafast", "ultrafast"),
];

impl<'a> Key<'a> {
    /// `None` where a part is not understood.
    pub(super) fn read(key: &'a str) -> Option<Self> {
        let mut read = Self {
            stem: key,
            over: None,
            kept: Kept::Briefly,
            tier: None,
        };
        for (suffix, tier) in TIERS {
            if let Some(stem) = key.strip_suffix(suffix) {
                read.stem = stem;
                read.tier = Some(tier);
            }
        }
        while let Some((stem, condition)) = read.stem.rsplit_once("_above_") {
            match condition {
                "1hr" if read.kept == Kept::Briefly => read.kept = Kept::AnHour,
                "12hr" if read.kept == Kept::Briefly => read.kept = Kept::Longer,
                _ if read.over.is_none() => {
                    let thousands = condition.strip_suffix("k_tokens")?;
                    let digits = thousands.bytes().all(|b| b.is_ascii_digit());
                    let thousands: u64 = thousands.parse().ok().filter(|n| digits && *n > 0)?;
                    read.over = Some(thousands.checked_mul(1_000)?);
                }
                _ => return None,
            }
            read.stem = stem;
        }
        let writes = read.stem == "cache_creation_input_token_cost";
        (writes || read.kept == Kept::Briefly).then_some(read)
    }
}

/// What a stem prices.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A unit, in dollars for 10^`n` of them.
    Unit(Unit, u32),
    /// A pixel of an image made; the size is in the model's name.
    Pixel,
    /// It is about money, and a catalog has no word for it.
    NoWord,
}

const fn unit(unit: Unit) -> Option<Meaning> {
    Some(Meaning::Unit(unit, 0))
}

fn tool(name: &'static str, per: u32) -> Option<Meaning> {
    Some(Meaning::Unit(Unit::ToolCall(name.into()), per))
}

fn image(size: Option<&str>) -> Option<Meaning> {
    unit(Unit::Image {
        size: size.map(Into::into),
        quality: None,
    })
}

fn video(resolution: Option<&str>) -> Option<Meaning> {
    unit(Unit::VideoSecond {
        resolution: resolution.map(Into::into),
        audio: None,
    })
}

/// What a stem prices in a model of a kind; `None` where nobody here knows. `makes` is whether the model has a price
/// for images made under a key of their own.
pub(super) fn meaning(key: &Key<'_>, kind: Option<Kind>, makes: bool) -> Option<Meaning> {
    let stem = key.stem;
    let sound = matches!(kind, Some(Kind::Speech | Kind::Transcription));
    if let Some(resolution) = stem.strip_prefix("output_cost_per_second_") {
        let plain = resolution.bytes().all(|b| b.is_ascii_alphanumeric());
        return (plain && kind == Some(Kind::Video))
            .then(|| video(Some(resolution)))
            .flatten();
    }
    if let Some(size) = stem.strip_prefix("output_cost_per_image_")
        && size.starts_with(|c: char| c.is_ascii_digit())
        && size.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
    {
        return image(Some(size));
    }
    match stem {
        "input_cost_per_token" => unit(Unit::Input),
        "output_cost_per_token" => unit(Unit::Output),
        "output_cost_per_reasoning_token" => unit(Unit::Reasoning),
        "cache_read_input_token_cost" | "input_cost_per_token_cache_hit" => unit(Unit::CacheRead),
        "cache_creation_input_token_cost" => match key.kept {
            Kept::Briefly => unit(Unit::CacheWrite5m),
            Kept::AnHour => unit(Unit::CacheWrite1h),
            Kept::Longer => Some(Meaning::NoWord),
        },
        "input_cost_per_audio_token" => unit(Unit::AudioInput),
        "output_cost_per_audio_token" => unit(Unit::AudioOutput),
        "input_cost_per_image_token" => unit(Unit::ImageInput),
        "output_cost_per_image_token" => unit(Unit::ImageOutput),
        "output_cost_per_video_token" => unit(Unit::VideoOutput),
        "output_cost_per_image" => image(None),
        // For what makes images, the price of one given in, unless it is the only one there is.
        "input_cost_per_image" if kind == Some(Kind::Image) && !makes => image(None),
        "input_cost_per_pixel" | "output_cost_per_pixel" => Some(Meaning::Pixel),
        "output_cost_per_second" | "output_cost_per_video_per_second"
            if kind == Some(Kind::Video) =>
        {
            video(None)
        }
        "input_cost_per_second" | "output_cost_per_second" if sound => unit(Unit::AudioSecond),
        "input_cost_per_audio_per_second" => unit(Unit::AudioSecond),
        "input_cost_per_character" => unit(Unit::Character),
        "ocr_cost_per_page" => unit(Unit::Page),
        "input_cost_per_query" | "input_cost_per_request" => unit(Unit::Request),
        "google_maps_grounding_cost_per_query" => tool("google_maps", 0),
        "code_interpreter_cost_per_session" => tool("code_interpreter", 0),
        "file_search_cost_per_1k_calls" => tool("file_search", 3),
        "annotation_cost_per_page"
        | "cache_creation_input_audio_token_cost"
        | "cache_read_input_audio_token_cost"
        | "cache_read_input_image_token_cost"
        | "citation_cost_per_token"
        | "computer_use_input_cost_per_1k_tokens"
        | "computer_use_output_cost_per_1k_tokens"
        | "cost_per_second"
        | "explicit_cache_read_input_token_cost"
        | "file_search_cost_per_gb_per_day"
        | "guardrail_cost_per_unit"
        | "input_cost_per_image"
        | "input_cost_per_second"
        | "input_cost_per_text_message"
        | "input_cost_per_video_per_second"
        | "input_cost_per_video_token"
        | "ocr_cost_per_credit"
        | "output_cost_per_character"
        | "output_cost_per_second"
        | "output_cost_per_video_per_second"
        | "regional_endpoint_uplift_multiplier"
        | "vector_store_cost_per_gb_per_day" => Some(Meaning::NoWord),
        _ => None,
    }
}

/// Whether a key prices tokens, whatever the model makes.
pub(super) fn is_price(key: &Key<'_>) -> bool {
    meaning(key, None, false).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<(&str, Option<u64>, Kept, Option<&str>)> {
        Key::read(text).map(|key| (key.stem, key.over, key.kept, key.tier))
    }

    #[test]
    fn suffixes_come_in_any_order_that_lists_have() {
        let write = "cache_creation_input_token_cost";
        assert_eq!(
            key("input_cost_per_token_above_272k_tokens_flex"),
            Some((
                "input_cost_per_token",
                Some(272_000),
                Kept::Briefly,
                Some("flex")
            ))
        );
        assert_eq!(
            key("cache_creation_input_token_cost_above_1hr_above_200k_tokens"),
            Some((write, Some(200_000), Kept::AnHour, None))
        );
        assert_eq!(
            key("cache_creation_input_token_cost_above_12hr_above_272k_tokens_batches"),
            Some((write, Some(272_000), Kept::Longer, Some("batch")))
        );
    }

    #[test]
    fn parts_that_are_not_understood_spoil_the_key() {
        for text in [
            "input_cost_per_token_above_1hr",
            "input_cost_per_token_above_200k_tokens_above_1k_tokens",
            "input_cost_per_token_above_+5k_tokens",
            "input_cost_per_token_above_0k_tokens",
            "input_cost_per_token_above_99999999999999999k_tokens",
            "input_cost_per_video_per_second_above_15s_interval",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
        let slow = Key::read("input_cost_per_token_slow").unwrap();
        assert_eq!(meaning(&slow, Some(Kind::Chat), false), None);
    }

    #[test]
    fn seconds_depend_on_what_is_made() {
        let key = Key::read("output_cost_per_second").unwrap();
        let of = |kind| meaning(&key, Some(kind), false);
        assert_eq!(of(Kind::Video), video(None));
        assert_eq!(of(Kind::Speech), unit(Unit::AudioSecond));
        assert_eq!(of(Kind::Chat), Some(Meaning::NoWord));
    }
}
