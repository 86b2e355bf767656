use std::collections::HashMap;

use super::super::{ImportedModel, NoteKind, Slot, draft::Draft, imported::Log};

/// A key of the list: `gemini/gemini-3.1-pro-preview`, or `azure/hd/1024-x-1792/dall-e-3`.
pub(super) struct Named<'a> {
    pub(super) id: &'a str,
    pub(super) quality: Option<&'a str>,
    pub(super) size: Option<(u64, u64)>,
}

impl<'a> Named<'a> {
    pub(super) fn read(name: &'a str, provider: &str) -> Self {
        let plain = Self {
            id: without_prefix(name, provider),
            quality: None,
            size: None,
        };
        let parts: Vec<&str> = plain.id.split('/').collect();
        let found = parts
            .iter()
            .enumerate()
            .find_map(|(i, part)| Some((i, size(part)?)));
        let Some((at, size)) = found else {
            return plain;
        };
        let next = parts.get(at + 1).copied().unwrap_or("");
        let (quality, skipped) = match at.checked_sub(1).and_then(|i| parts.get(i)) {
            Some(quality) => (Some(*quality), at + 1),
            None if next.ends_with("-steps") => (Some(next), at + 2),
            None => (None, at + 1),
        };
        let before: usize = parts.iter().take(skipped).map(|part| part.len() + 1).sum();
        match plain.id.get(before..).filter(|id| !id.is_empty()) {
            Some(id) => Self {
                id: without_prefix(id, provider),
                quality,
                size: Some(size),
            },
            None => plain,
        }
    }
}

fn size(part: &str) -> Option<(u64, u64)> {
    let (width, height) = part.split_once("-x-")?;
    let side = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let pixels = text.parse::<u64>().ok();
        pixels.filter(|n| digits && (1..=100_000).contains(n))
    };
    Some((side(width)?, side(height)?))
}

/// The name without its provider in front, in whatever form the list has it there.
fn without_prefix<'a>(name: &'a str, provider: &str) -> &'a str {
    let family = provider.split('-').next().unwrap_or(provider);
    match name.split_once('/') {
        Some((first, rest)) if (first == provider || first == family) && !rest.is_empty() => rest,
        _ => name,
    }
}

/// The sizes of images to the models that they are sizes of.
pub(super) fn join(models: &mut Vec<ImportedModel>, sized: Vec<ImportedModel>, log: &mut Log) {
    let key = |model: &ImportedModel| (model.listed_provider.clone(), model.id.clone());
    let mut known: HashMap<_, usize> = HashMap::new();
    for (i, model) in models.iter().enumerate() {
        known.entry(key(model)).or_insert(i);
    }
    for model in sized {
        let at = *known.entry(key(&model)).or_insert_with(|| {
            models.push(ImportedModel {
                name: model.id.clone(),
                rates: Vec::new(),
                doubts: Vec::new(),
                ..model.clone()
            });
            models.len() - 1
        });
        if let Some(whole) = models.get_mut(at) {
            for rate in model.rates {
                let slot = Slot::of(&rate);
                if let Some(twin) = whole.rates.iter_mut().find(|twin| Slot::of(twin) == slot) {
                    *twin = slot.rate(twin.amount().max(rate.amount()));
                } else if whole.rates.len() < Draft::MOST_RATES {
                    whole.rates.push(rate);
                } else {
                    log.note(&model.name, "", NoteKind::Misshapen, model.line);
                }
            }
            let room = Draft::MOST_RATES.saturating_sub(whole.doubts.len());
            whole.doubts.extend(model.doubts.into_iter().take(room));
        }
    }
}
