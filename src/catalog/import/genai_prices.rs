use super::{
    super::{Date, Hours, Kind, Unit},
    Format, ImportError, Imported, ImportedModel, NoteKind, Provenance, Slot,
    draft::Draft,
    imported::Log,
    json::{Document, Node},
    pattern::Pattern,
};

/// Reads genai-prices' list: providers with their models, prices by day and by hour.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenaiPrices;

const OF_PROVIDERS: [&str; 12] = [
    "api_pattern",
    "description",
    "extractors",
    "fallback_model_providers",
    "id",
    "model_match",
    "models",
    "name",
    "price_comments",
    "pricing_urls",
    "provider_match",
    "tiers",
];
const PASSED_OVER: [&str; 5] = [
    "description",
    "name",
    "price_comments",
    "price_discrepancies",
    "prices_checked",
];

impl GenaiPrices {
    /// Reads the bytes of `data.json`, version 2; `name` is for messages.
    ///
    /// # Errors
    /// When it is no JSON, or no list of providers of which one has models.
    pub fn read(self, name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        let document = Document::read(name, bytes)?;
        let root = document.root();
        let Some(providers) = root.items() else {
            let what = "is no list of providers, as that of genai-prices is";
            return Err(document.error(root, what));
        };
        let mut log = Log::default();
        let mut models = Vec::new();
        for node in providers {
            let members = node.members().unwrap_or_default();
            let of = |key: &str| members.iter().find(|(name, _)| name == key);
            let provider = of("id").and_then(|(_, node)| node.text());
            let entries = of("models").and_then(|(_, node)| node.items());
            let (Some(provider), Some(entries)) = (provider, entries) else {
                log.note("", "models", NoteKind::Misshapen, node.place().0);
                continue;
            };
            for (key, node) in &members {
                if !OF_PROVIDERS.contains(&key.as_str()) {
                    log.note(&provider, key, NoteKind::Unknown, node.place().0);
                }
            }
            for node in entries {
                match model(&provider, node, &mut log) {
                    Some(model) => models.push(model),
                    None => log.note(&provider, "id", NoteKind::Misshapen, node.place().0),
                }
            }
        }
        if models.is_empty() {
            return Err(document.error(root, "has no provider with `models`"));
        }
        Ok(Imported {
            provenance: Provenance::new(Format::GenaiPrices, &document.file, bytes),
            models,
            log,
        })
    }
}

fn model(provider: &str, node: Node<'_, '_>, log: &mut Log) -> Option<ImportedModel> {
    let members = node.members()?;
    let id = members.iter().find(|(key, _)| key == "id")?.1.text()?;
    let mut model = ImportedModel::new(Format::GenaiPrices, provider, &id, &id);
    model.line = node.place().0;
    let mut draft = Draft::new(model, log);
    for (key, node) in draft.members("", node) {
        match key.as_str() {
            "id" => draft.log.understood += 1,
            "match" => {
                let (pattern, known) = Pattern::read(node);
                if known {
                    draft.log.understood += 1;
                } else {
                    // Ids that only a regular expression describes are not found.
                    draft.note(&key, NoteKind::NoWord, node);
                }
                draft.model.patterns = Some(pattern);
            }
            "context_window" => draft.model.context = draft.fact(&key, node, node.whole()),
            "deprecated" => {
                let yes = draft.fact(&key, node, node.flag());
                draft.model.deprecated = yes == Some(true);
            }
            "prices" => match node.items() {
                Some(entries) => dated(&mut draft, entries),
                None => prices(&mut draft, node, &Slot::new(Unit::Input)),
            },
            _ if PASSED_OVER.contains(&key.as_str()) => draft.log.understood += 1,
            _ => draft.note(&key, NoteKind::Unknown, node),
        }
    }
    let rates = &draft.model.rates;
    let priced = |unit| rates.iter().any(|rate| *rate.unit() == unit);
    draft.model.kind = (priced(Unit::Input) && priced(Unit::Output)).then_some(Kind::Chat);
    Some(draft.finish())
}

fn unit(key: &str) -> Option<(Unit, u32)> {
    Some(match key {
        "input_mtok" => (Unit::Input, 6),
        "output_mtok" => (Unit::Output, 6),
        "cache_read_mtok" => (Unit::CacheRead, 6),
        "cache_write_mtok" | "cache_write_5m_mtok" => (Unit::CacheWrite5m, 6),
        "cache_write_1h_mtok" => (Unit::CacheWrite1h, 6),
        "output_reasoning_mtok" => (Unit::Reasoning, 6),
        "input_audio_mtok" => (Unit::AudioInput, 6),
        "output_audio_mtok" => (Unit::AudioOutput, 6),
        "input_image_mtok" => (Unit::ImageInput, 6),
        "output_image_mtok" => (Unit::ImageOutput, 6),
        "output_video_mtok" => (Unit::VideoOutput, 6),
        "input_mchars" => (Unit::Character, 6),
        "input_document_kpages" => (Unit::Page, 3),
        "requests_kcount" => (Unit::Request, 3),
        "web_searches_kcount" => (Unit::ToolCall("web_search".into()), 3),
        _ => return None,
    })
}

/// What is priced by a name that the list is known to have, and a catalog has not.
fn has_no_word(key: &str) -> bool {
    [
        "_mtok", "_kcount", "_hours", "_gpixels", "_kpages", "_mchars",
    ]
    .iter()
    .any(|suffix| key.ends_with(suffix))
}

fn prices(draft: &mut Draft<'_>, node: Node<'_, '_>, under: &Slot) {
    for (key, node) in draft.members("prices", node) {
        let long = format!("prices.{key}");
        let Some((unit, per)) = unit(&key) else {
            let kind = if has_no_word(&key) {
                NoteKind::NoWord
            } else {
                NoteKind::Unknown
            };
            draft.note(&long, kind, node);
            continue;
        };
        let slot = under.with_unit(unit);
        if node.is_object() {
            tiers(draft, &long, node, &slot, per);
        } else {
            draft.price(slot, &long, node, per, 1);
        }
    }
}

/// A base price, and others from a length of prompt on.
fn tiers(draft: &mut Draft<'_>, path: &str, node: Node<'_, '_>, slot: &Slot, per: u32) {
    for (key, node) in draft.members(path, node) {
        match key.as_str() {
            "base" => draft.price(slot.clone(), path, node, per, 1),
            "tiers" => {
                for tier in draft.fact(path, node, node.items()).unwrap_or_default() {
                    let members = draft.members(path, tier);
                    let of = |key: &str| members.iter().find(|(name, _)| name == key);
                    let start = of("start").and_then(|(_, node)| node.whole());
                    match (start, of("price"), members.len()) {
                        (Some(start), Some((_, price)), 2) => {
                            let slot = Slot {
                                over: Some(start),
                                ..slot.clone()
                            };
                            draft.price(slot, path, *price, per, 1);
                        }
                        _ => draft.note(path, NoteKind::Misshapen, tier),
                    }
                }
            }
            _ => draft.note(&format!("{path}.{key}"), NoteKind::Unknown, node),
        }
    }
}

/// Since when, or at which hours, an entry holds.
#[derive(Clone, Debug, Default)]
struct When {
    from: Option<Date>,
    hours: Option<Hours>,
}

/// Entries of which the last that holds is the one that applies.
fn dated(draft: &mut Draft<'_>, entries: Vec<Node<'_, '_>>) {
    let mut read = Vec::new();
    if entries.len() > Draft::MOST_RATES {
        return draft.log.note(
            &draft.model.name,
            "prices",
            NoteKind::Misshapen,
            draft.model.line,
        );
    }
    for entry in entries {
        let members = draft.members("prices", entry);
        let of = |key: &str| members.iter().find(|(name, _)| name == key);
        let when = match of("constraint") {
            Some((_, node)) if !node.is_null() => constraint(*node),
            _ => Some(When::default()),
        };
        for (key, node) in &members {
            if key != "constraint" && key != "prices" {
                draft.note(&format!("prices.{key}"), NoteKind::Unknown, *node);
            }
        }
        match (when, of("prices")) {
            (Some(when), Some((_, prices))) => read.push((when, *prices)),
            _ => {
                // Under conditions that nobody here knows no price is known at all.
                draft.note("prices.constraint", NoteKind::Misshapen, entry);
                draft.model.rates.clear();
                return;
            }
        }
    }
    for (i, (when, node)) in read.iter().enumerate() {
        let later = read.get(i + 1..).unwrap_or_default();
        let always = |when: &When| when.hours.is_none() && when.from.is_none();
        if later.iter().any(|(when, _)| always(when)) {
            continue;
        }
        let ends = later.iter().filter(|(when, _)| when.hours.is_none());
        let until = ends.filter_map(|(when, _)| when.from).min();
        if when
            .from
            .zip(until)
            .is_some_and(|(from, until)| until <= from)
        {
            continue;
        }
        let under = Slot {
            from: when.from,
            until,
            hours: when.hours.clone(),
            ..Slot::new(Unit::Input)
        };
        prices(draft, *node, &under);
    }
}

fn constraint(node: Node<'_, '_>) -> Option<When> {
    let mut when = When::default();
    let (mut start, mut end) = (None, None);
    for (key, node) in node.members()? {
        let text = node.text()?;
        match key.as_str() {
            "start_date" => when.from = Some(text.parse().ok()?),
            "start_time" => start = Some(text),
            "end_time" => end = Some(text),
            _ => return None,
        }
    }
    if let (Some(start), Some(end)) = (&start, &end) {
        let span = format!("{}-{}", minute(start)?, minute(end)?);
        when.hours = Some(Hours::new([span.as_str()], []).ok()?.plain());
    } else if start.is_some() || end.is_some() {
        return None;
    }
    (when.from.is_some() || when.hours.is_some()).then_some(when)
}

/// A whole minute in UTC: `00:30:00Z`.
fn minute(text: &str) -> Option<&str> {
    let text = text.strip_suffix('Z')?;
    text.strip_suffix(":00").filter(|text| text.len() == 5)
}
