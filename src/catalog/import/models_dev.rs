use super::{
    super::{Kind, Unit},
    Format, ImportError, Imported, ImportedModel, NoteKind, Provenance, Slot,
    draft::{Draft, once},
    imported::Log,
    json::{Document, Node},
};
use crate::query::Capability;

/// Reads models.dev's list: providers with their models, prices in dollars per million tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelsDev;

const PASSED_OVER: [&str; 13] = [
    "family",
    "id",
    "interleaved",
    "knowledge",
    "last_updated",
    "name",
    "open_weights",
    "provider",
    "reasoning_options",
    "release_date",
    "temperature",
    "description",
    "benchmarks",
];

impl ModelsDev {
    /// Reads the bytes of `api.json`, whole or of some providers only; `name` is for messages.
    ///
    /// # Errors
    /// When it is no JSON, or no object of providers of which one has models.
    pub fn read(self, name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        let document = Document::read(name, bytes)?;
        let root = document.root();
        let Some(providers) = root.members() else {
            let what = "is no object of providers, as models.dev's list is";
            return Err(document.error(root, what));
        };
        let mut log = Log::default();
        let mut models = Vec::new();
        let (providers, repeated) = once(providers);
        for (name, node) in repeated {
            log.note(&name, "", NoteKind::Repeated, node.place().0);
        }
        for (provider, node) in providers {
            let members = node.members().unwrap_or_default();
            let entries = members.into_iter().find(|(key, _)| key == "models");
            let Some(entries) = entries.and_then(|(_, node)| node.members()) else {
                log.note(&provider, "", NoteKind::Misshapen, node.place().0);
                continue;
            };
            let (entries, repeated) = once(entries);
            for (name, node) in repeated {
                log.note(&name, "", NoteKind::Repeated, node.place().0);
            }
            for (id, node) in entries {
                models.push(model(&provider, &id, node, &mut log));
            }
        }
        if models.is_empty() {
            return Err(document.error(root, "has no provider with `models`"));
        }
        Ok(Imported {
            provenance: Provenance::new(Format::ModelsDev, &document.file, bytes),
            models,
            log,
        })
    }
}

fn model(provider: &str, id: &str, node: Node<'_, '_>, log: &mut Log) -> ImportedModel {
    let mut model = ImportedModel::new(Format::ModelsDev, provider, id, id);
    model.line = node.place().0;
    let mut draft = Draft::new(model, log);
    for (key, node) in draft.members("", node) {
        member(&mut draft, &key, node);
    }
    draft.finish()
}

fn member(draft: &mut Draft<'_>, key: &str, node: Node<'_, '_>) {
    let capability = match key {
        "tool_call" => Some(Capability::Tools),
        "reasoning" => Some(Capability::Reasoning),
        "structured_output" => Some(Capability::JsonSchema),
        "attachment" => Some(Capability::Files),
        _ => None,
    };
    if let Some(capability) = capability {
        let yes = draft.fact(key, node, node.flag());
        return draft.can(capability, yes);
    }
    match key {
        "cost" => cost(draft, key, node, &Slot::new(Unit::Input)),
        "limit" => {
            for (key, node) in draft.members(key, node) {
                match key.as_str() {
                    "context" => draft.model.context = limit(draft, &key, node),
                    "output" => draft.model.max_output = limit(draft, &key, node),
                    "input" => draft.log.understood += 1,
                    _ => draft.note(&format!("limit.{key}"), NoteKind::Unknown, node),
                }
            }
        }
        "modalities" => modalities(draft, node),
        "status" => {
            let status = draft.fact(key, node, node.text());
            draft.model.deprecated = status.as_deref() == Some("deprecated");
        }
        "experimental" => {
            for (key, node) in draft.members(key, node) {
                if key == "modes" {
                    modes(draft, node);
                } else {
                    draft.note(&format!("experimental.{key}"), NoteKind::Unknown, node);
                }
            }
        }
        _ if PASSED_OVER.contains(&key) => draft.log.understood += 1,
        _ => draft.note(key, NoteKind::Unknown, node),
    }
}

fn limit(draft: &mut Draft<'_>, key: &str, node: Node<'_, '_>) -> Option<u64> {
    // Zero is how the list says that there is none.
    if node.digits().as_deref() == Some("0") {
        return None;
    }
    draft.fact(key, node, node.whole())
}

fn unit(key: &str) -> Option<Unit> {
    Some(match key {
        "input" => Unit::Input,
        "output" => Unit::Output,
        "reasoning" => Unit::Reasoning,
        "cache_read" | "cached_input" | "cache_input" => Unit::CacheRead,
        "cache_write" | "cached_write" => Unit::CacheWrite5m,
        "input_audio" => Unit::AudioInput,
        "output_audio" => Unit::AudioOutput,
        _ => return None,
    })
}

/// Prices, under the conditions of a slot.
fn cost(draft: &mut Draft<'_>, path: &str, node: Node<'_, '_>, under: &Slot) {
    for (key, node) in draft.members(path, node) {
        let long = format!("{path}.{key}");
        if let Some(unit) = unit(&key) {
            draft.price(under.with_unit(unit), &long, node, 6, 1);
        } else if key == "tiers" {
            for tier in draft.fact(&long, node, node.items()).unwrap_or_default() {
                length(draft, &long, tier, under);
            }
        } else if let Some(thousands) = key.strip_prefix("context_over_") {
            let over = thousands.strip_suffix('k').and_then(|n| n.parse().ok());
            match over.and_then(|n: u64| n.checked_mul(1_000)) {
                // Lengths do not lie in lengths; however deep somebody nests them, this goes one step down.
                Some(over) if under.over.is_none() => {
                    cost(draft, &long, node, &over_tokens(under, over))
                }
                _ => draft.note(&long, NoteKind::Unknown, node),
            }
        } else if key == "citation" {
            draft.note(&long, NoteKind::NoWord, node);
        } else if key != "tier" {
            draft.note(&long, NoteKind::Unknown, node);
        }
    }
}

fn over_tokens(under: &Slot, over: u64) -> Slot {
    Slot {
        over: Some(over),
        ..under.clone()
    }
}

/// Prices from a length of prompt on.
fn length(draft: &mut Draft<'_>, path: &str, node: Node<'_, '_>, under: &Slot) {
    // Another kind than `context` is not about the length of prompts.
    let is_context = |tier: &Node<'_, '_>| {
        tier.get("type")
            .is_none_or(|kind| kind.text().as_deref() == Some("context"))
    };
    let size = node
        .get("tier")
        .filter(is_context)
        .and_then(|tier| tier.get("size"))
        .and_then(Node::whole);
    match size {
        Some(over) if under.over.is_none() => cost(draft, path, node, &over_tokens(under, over)),
        _ => draft.note(&format!("{path}.tier"), NoteKind::Misshapen, node),
    }
}

/// Modes such as `fast`: service tiers by another name.
fn modes(draft: &mut Draft<'_>, node: Node<'_, '_>) {
    for (name, mode) in draft.members("experimental.modes", node) {
        let path = format!("experimental.modes.{name}");
        let members = draft.members(&path, mode);
        let tier = mode
            .get("provider")
            .and_then(|provider| provider.get("body"))
            .and_then(|body| body.get("service_tier"))
            .and_then(Node::text);
        let tier = tier.unwrap_or_else(|| name.clone());
        for (key, node) in members {
            match key.as_str() {
                "cost" if word(&tier) => {
                    let under = Slot {
                        tier: Some(tier.clone().into()),
                        ..Slot::new(Unit::Input)
                    };
                    cost(draft, &format!("{path}.cost"), node, &under);
                }
                "provider" => draft.log.understood += 1,
                _ => draft.note(&format!("{path}.{key}"), NoteKind::Unknown, node),
            }
        }
    }
}

/// Whether a text can be the name of a tier.
fn word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

fn modalities(draft: &mut Draft<'_>, node: Node<'_, '_>) {
    let mut given = Vec::new();
    let mut made = Vec::new();
    for (key, node) in draft.members("modalities", node) {
        let words = node.items().map(|items| {
            let words = items.into_iter().filter_map(Node::text);
            words.collect::<Vec<_>>()
        });
        match key.as_str() {
            "input" => {
                given = draft
                    .fact("modalities.input", node, words)
                    .unwrap_or_default()
            }
            "output" => {
                made = draft
                    .fact("modalities.output", node, words)
                    .unwrap_or_default()
            }
            _ => draft.note(&format!("modalities.{key}"), NoteKind::Unknown, node),
        }
    }
    let has = |list: &[String], word: &str| list.iter().any(|text| text == word);
    draft.can(Capability::Vision, Some(has(&given, "image")));
    draft.can(Capability::Audio, Some(has(&given, "audio")));
    draft.can(Capability::AudioOutput, Some(has(&made, "audio")));
    draft.model.kind = if has(&made, "video") {
        Some(Kind::Video)
    } else if has(&made, "text") {
        let embeds = draft.model.id.contains("embed");
        Some(if embeds { Kind::Embedding } else { Kind::Chat })
    } else if has(&made, "image") {
        Some(Kind::Image)
    } else if has(&made, "audio") {
        Some(Kind::Speech)
    } else {
        None
    };
}
