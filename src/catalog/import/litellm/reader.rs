use super::{
    super::{
        super::{Date, Hours, Kind, Unit},
        Doubt, Format, ImportError, Imported, ImportedModel, NoteKind, Provenance, Slot, amount,
        draft::{Draft, once},
        imported::Log,
        json::{Document, Node},
    },
    key::{Key, Meaning, is_price, meaning},
    member::{factor, specific, window},
    name::{Named, join},
};
use crate::query::Capability;

/// Reads LiteLLM's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiteLlm;

/// Entries that are about the list itself.
const NO_MODELS: [&str; 2] = ["sample_spec", "fallback_generalizations"];

/// What is known, and says nothing about prices or anything else that a catalog has.
const PASSED_OVER: [&str; 35] = [
    "audio_transcription_config",
    "bedrock_converse_supports_strict_tools",
    "bedrock_output_config_effort_ceiling",
    "comment",
    "default_reasoning_effort",
    "gemini_audio_only_live",
    "gemini_native_audio",
    "input_dbu_cost_per_token",
    "max_tokens",
    "metadata",
    "output_dbu_cost_per_token",
    "output_vector_size",
    "prompt_cache_min_tokens",
    "reasoning_contexts",
    "reasoning_effort_levels",
    "reasoning_modes",
    "rpm",
    "search_free_requests",
    "source",
    "supported_audio_formats",
    "supported_endpoints",
    "supported_modalities",
    "supported_output_modalities",
    "supported_regions",
    "thinking_always_on",
    "token_count_framing",
    "token_count_model",
    "token_count_tokenizer",
    "tpm",
    "use_openai_responses_path",
    "uses_embed_content",
    "vertex_ai_audio_api",
    "web_search_billing_unit",
    "tool_use_system_prompt_tokens",
    "max_pdf_size_mb",
];

const CAN: [(&str, Capability); 9] = [
    ("supports_function_calling", Capability::Tools),
    ("supports_vision", Capability::Vision),
    ("supports_audio_input", Capability::Audio),
    ("supports_audio_output", Capability::AudioOutput),
    ("supports_pdf_input", Capability::Files),
    ("supports_response_schema", Capability::JsonSchema),
    ("supports_reasoning", Capability::Reasoning),
    ("supports_computer_use", Capability::ComputerUse),
    ("supports_web_search", Capability::WebSearch),
];

impl LiteLlm {
    /// Reads the bytes of `model_prices_and_context_window.json`; `name` is for messages.
    ///
    /// # Errors
    /// When it is no JSON, or no object of objects of which one names a `litellm_provider`.
    pub fn read(self, name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        let document = Document::read(name, bytes)?;
        let root = document.root();
        let Some(entries) = root.members() else {
            return Err(document.error(root, "is no object of models, as LiteLLM's list is"));
        };
        let mut log = Log::default();
        let (entries, repeated) = once(entries);
        for (name, node) in repeated {
            log.note(&name, "", NoteKind::Repeated, node.place().0);
        }
        let mut models = Vec::new();
        let mut sized = Vec::new();
        for (name, node) in entries {
            if NO_MODELS.contains(&&*name) {
                continue;
            }
            match entry(&name, node, &mut log) {
                Some((model, false)) => models.push(model),
                Some((model, true)) => sized.push(model),
                None => log.note(&name, "", NoteKind::Misshapen, node.place().0),
            }
        }
        if models.is_empty() && sized.is_empty() {
            return Err(document.error(root, "has no model with a `litellm_provider`"));
        }
        join(&mut models, sized, &mut log);
        Ok(Imported {
            provenance: Provenance::new(Format::LiteLlm, &document.file, bytes),
            models,
            log,
        })
    }
}

/// A model, and whether it is one size of images of another.
fn entry(name: &str, node: Node<'_, '_>, log: &mut Log) -> Option<(ImportedModel, bool)> {
    let members = node.members()?;
    let provider = members.iter().find(|(key, _)| key == "litellm_provider");
    let provider = provider.and_then(|(_, node)| node.text())?;
    let named = Named::read(name, &provider);
    let mut model = ImportedModel::new(Format::LiteLlm, &provider, name, named.id);
    model.line = node.place().0;
    let mut draft = Draft::new(model, log);
    let members = draft.members("", node);
    let mode = members.iter().find(|(key, _)| key == "mode");
    draft.model.kind = mode
        .and_then(|(_, node)| node.text())
        .and_then(|mode| kind(&mode));
    let makes = members
        .iter()
        .any(|(key, _)| key.starts_with("output_cost_per_image"))
        || members.iter().any(|(key, node)| {
            key == "output_cost_per_token" && node.digits().is_some_and(|n| n != "0" && n != "0.0")
        });
    let reader = Reader {
        makes,
        named: &named,
    };
    for (key, node) in members {
        reader.member(&mut draft, &key, node);
    }
    Some((draft.finish(), named.size.is_some()))
}

fn kind(mode: &str) -> Option<Kind> {
    match mode {
        "chat" | "completion" | "responses" => Some(Kind::Chat),
        "embedding" => Some(Kind::Embedding),
        "image_generation" | "image_edit" => Some(Kind::Image),
        "video_generation" => Some(Kind::Video),
        "audio_speech" => Some(Kind::Speech),
        "audio_transcription" => Some(Kind::Transcription),
        _ => None,
    }
}

struct Reader<'n> {
    makes: bool,
    named: &'n Named<'n>,
}

impl Reader<'_> {
    fn member(&self, draft: &mut Draft<'_>, key: &str, node: Node<'_, '_>) {
        match key {
            "litellm_provider" | "mode" => {
                draft.fact(key, node, node.text());
            }
            "max_input_tokens" => draft.model.context = limit(draft, key, node),
            "max_output_tokens" => draft.model.max_output = limit(draft, key, node),
            "deprecation_date" => {
                let day = node.text().and_then(|text| text.parse::<Date>().ok());
                draft.model.ends = draft.fact(key, node, day);
            }
            "search_context_cost_per_query" => {
                for (size, node) in draft.members(key, node) {
                    let slot = Slot::new(Unit::ToolCall("web_search".into()));
                    if size.starts_with("search_context_size_") {
                        draft.price(slot, key, node, 0, 1);
                    } else {
                        draft.note(&format!("{key}.{size}"), NoteKind::Unknown, node);
                    }
                }
            }
            "tiered_pricing" => self.tiers(draft, node),
            "off_peak_pricing" => self.off_peak(draft, node),
            "provider_specific_entry" => specific(draft, node),
            _ => {
                if let Some(region) = key.strip_prefix("regional_processing_uplift_multiplier_") {
                    factor(draft, region, key, node);
                } else if let Some((_, capability)) = CAN.iter().find(|(name, _)| *name == key) {
                    let yes = draft.fact(key, node, node.flag());
                    draft.can(*capability, yes);
                } else if PASSED_OVER.contains(&key) || key.starts_with("supports_") {
                    draft.log.understood += 1;
                } else {
                    self.price(draft, key, node, |slot| slot);
                }
            }
        }
    }

    /// A price by its key, under the conditions that `under` adds.
    fn price(
        &self,
        draft: &mut Draft<'_>,
        key: &str,
        node: Node<'_, '_>,
        under: impl Fn(Slot) -> Slot,
    ) {
        let read = Key::read(key);
        let meaning = read
            .as_ref()
            .and_then(|read| meaning(read, draft.model.kind, self.makes));
        let (Some(read), Some(meaning)) = (read, meaning) else {
            return draft.note(key, NoteKind::Unknown, node);
        };
        let (unit, per, times) = match (meaning, self.named.size) {
            (Meaning::Unit(unit, per), _) => (self.of_this_size(unit), per, 1),
            (Meaning::Pixel, Some((width, height))) => {
                let unit = Unit::Image {
                    size: None,
                    quality: None,
                };
                (self.of_this_size(unit), 0, width * height)
            }
            // Lists write zeros to things that have no price of the kind.
            (Meaning::Pixel, None) | (Meaning::NoWord, _) => {
                let nothing = node.digits().map(|text| amount::read(&text, 0));
                if nothing != Some(Err(Doubt::Zero)) {
                    draft.note(key, NoteKind::NoWord, node);
                }
                return;
            }
        };
        let mut slot = under(Slot::new(unit));
        slot.tier = read.tier.map(Into::into).or(slot.tier);
        slot.over = read.over.or(slot.over);
        draft.price(slot, key, node, per, times);
    }

    /// An image, of the size and quality that the model's name has.
    fn of_this_size(&self, unit: Unit) -> Unit {
        match (unit, self.named.size) {
            (
                Unit::Image {
                    size: None,
                    quality: None,
                },
                Some((width, height)),
            ) => Unit::Image {
                size: Some(format!("{width}x{height}").into()),
                quality: self.named.quality.map(Into::into),
            },
            (unit, _) => unit,
        }
    }

    /// Prices by length of prompt, each from where its range begins.
    fn tiers(&self, draft: &mut Draft<'_>, node: Node<'_, '_>) {
        let key = "tiered_pricing";
        for item in draft.fact(key, node, node.items()).unwrap_or_default() {
            let members = draft.members(key, item);
            let range = members.iter().find(|(key, _)| key == "range");
            let from = range
                .and_then(|(_, range)| range.items())
                .and_then(|ends| ends.first().copied());
            let over = match from.map(|from| (from.whole(), from.digits())) {
                Some((Some(over), _)) => Some(over),
                Some((None, Some(zero))) if amount::read(&zero, 0) == Err(Doubt::Zero) => None,
                _ => {
                    draft.note("tiered_pricing.range", NoteKind::Misshapen, item);
                    continue;
                }
            };
            for (key, node) in members.into_iter().filter(|(key, _)| key != "range") {
                self.price(draft, &key, node, |slot| Slot { over, ..slot });
            }
        }
    }

    /// Prices at some hours of the week.
    fn off_peak(&self, draft: &mut Draft<'_>, node: Node<'_, '_>) {
        let key = "off_peak_pricing";
        let members = draft.members(key, node);
        let windows = members.iter().find(|(key, _)| key == "windows");
        let windows = windows.and_then(|(_, windows)| windows.items());
        let hours: Option<Vec<Hours>> =
            windows.and_then(|list| list.into_iter().map(window).collect());
        let Some(hours) = hours.filter(|hours| !hours.is_empty()) else {
            return draft.note("off_peak_pricing.windows", NoteKind::Misshapen, node);
        };
        // What is not understood may move the hours; then no price is known to hold at any.
        let strange: Vec<_> = members
            .iter()
            .filter(|(key, _)| key != "windows" && Key::read(key).is_none_or(|key| !is_price(&key)))
            .collect();
        if !strange.is_empty() {
            for (key, node) in strange {
                draft.note(&format!("off_peak_pricing.{key}"), NoteKind::Unknown, *node);
            }
            return;
        }
        for (key, node) in members.into_iter().filter(|(key, _)| key != "windows") {
            for hours in &hours {
                self.price(draft, &key, node, |slot| Slot {
                    hours: Some(hours.clone()),
                    ..slot
                });
            }
        }
    }
}

fn limit(draft: &mut Draft<'_>, key: &str, node: Node<'_, '_>) -> Option<u64> {
    // Zero is how lists say that there is none.
    if node.digits().as_deref() == Some("0") {
        return None;
    }
    draft.fact(key, node, node.whole())
}
