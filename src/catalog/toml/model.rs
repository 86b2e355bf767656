use ::toml::de::DeValue;

use super::{
    super::{
        Date, Effort, ImageTokens, Kind, Model, ModelBuilder, MoveOver, Prefix, ReasoningForm,
        build::{hint, quoted},
    },
    price,
    provider::features,
    section::Section,
};
use crate::query::{Capabilities, Capability, Task};

const KEYS: [&str; 30] = [
    "name",
    "provider",
    "id",
    "for",
    "price",
    "free",
    "rate",
    "rates",
    "context",
    "max_output",
    "can",
    "quality",
    "effort",
    "released",
    "deprecated",
    "sunset",
    "successor",
    "move_over",
    "first_token",
    "tokens_per_second",
    "api",
    "why",
    "reasoning_unbounded",
    "image_tokens",
    "prompt_overhead",
    "tokenizer",
    "reasoning",
    "prefix",
    "lacks",
    "family",
];
const KINDS: [(&str, Kind); 7] = [
    ("chat", Kind::Chat),
    ("embedding", Kind::Embedding),
    ("image", Kind::Image),
    ("video", Kind::Video),
    ("speech", Kind::Speech),
    ("transcription", Kind::Transcription),
    ("inference", Kind::Inference),
];

pub(super) fn kind(entry: &Section<'_>) -> Option<Kind> {
    entry.word("for", &KINDS)
}

pub(super) fn read(entry: &Section<'_>, as_of: Option<Date>) -> Option<ModelBuilder> {
    entry.keys(&KEYS);
    let name = entry.needed("name");
    let provider = entry.needed("provider");
    let mut model = Model::builder(name.unwrap_or_default(), provider.unwrap_or_default());
    model.id = entry.text("id").map(Into::into);
    model.kind = kind(entry).unwrap_or_default();
    model.price = price::read(entry, as_of);
    model.context = entry.whole("context");
    model.max_output = entry.whole("max_output");
    model.can = entry.has("can").then(|| capabilities(entry));
    model.quality = scores(entry);
    model.efforts = efforts(entry);
    model.lifecycle.released = entry.date("released");
    model.lifecycle.deprecated = entry.date("deprecated");
    model.lifecycle.sunset = entry.date("sunset");
    model.lifecycle.successor = entry.text("successor").map(Into::into);
    model.lifecycle.move_over = move_over(entry);
    model.first_token = entry.duration("first_token");
    model.tokens_per_second = entry.number("tokens_per_second");
    model.reasoning_unbounded = entry.flag("reasoning_unbounded").unwrap_or(false);
    model.image_tokens = image_tokens(entry);
    model.prompt_overhead = entry.whole("prompt_overhead").unwrap_or(0);
    model.tokenizer = entry.text("tokenizer").map(Into::into);
    model.reasoning = entry.word("reasoning", &ReasoningForm::NAMED);
    model.prefix = entry.word("prefix", &Prefix::NAMED);
    model.lacks = features(entry, "lacks");
    model.family = entry.text("family").map(Into::into);
    let why = entry.text("why");
    match entry.flag("api") {
        Some(false) => model.unroutable = Some(why.unwrap_or("it has no API").into()),
        _ if why.is_some() => entry.wrong("why", "explains `api = false`, which is missing"),
        _ => {}
    }
    model.places = entry.places();
    (name.is_some() && provider.is_some()).then_some(model)
}

/// A schedule by its name, or as steps.
fn move_over(entry: &Section<'_>) -> Option<MoveOver> {
    const KEY: &str = "move_over";
    match entry.value(KEY)? {
        DeValue::String(_) => {
            let linear = entry.word(KEY, &[("linear", ())]);
            linear.map(|()| MoveOver::Linear)
        }
        DeValue::Array(_) => {
            let steps = entry.sections(KEY).into_iter().filter_map(|step| {
                step.keys(&["from", "share"]);
                for key in ["from", "share"] {
                    if !step.has(key) {
                        step.wrong(key, "is missing");
                    }
                }
                Some((step.date("from")?, step.number("share")?))
            });
            Some(MoveOver::Steps(steps.collect()))
        }
        other => {
            let wanted = "\"linear\", or steps such as `[{ from = 2026-12-01, share = 0.1 }]`";
            entry.mistyped(KEY, wanted, other);
            None
        }
    }
}

/// A formula by its name, or the most tokens that an image is.
fn image_tokens(entry: &Section<'_>) -> Option<ImageTokens> {
    const KEY: &str = "image_tokens";
    if matches!(entry.value(KEY), Some(DeValue::Integer(_))) {
        return entry.whole(KEY).map(ImageTokens::Most);
    }
    entry.word(KEY, &ImageTokens::NAMED)
}

fn capabilities(entry: &Section<'_>) -> Capabilities {
    let words = entry.texts("can").into_iter();
    let known = words.filter_map(|word| match word.parse::<Capability>() {
        Ok(capability) => Some(capability),
        Err(_) => {
            let names = Capability::ALL.map(Capability::as_str);
            let slip = hint(word, names);
            let list = if slip.is_empty() {
                format!("; known are {}", names.join(", "))
            } else {
                slip
            };
            entry.wrong("can", format!("{} is no capability{list}", quoted(word)));
            None
        }
    });
    known.collect()
}

fn scores(entry: &Section<'_>) -> Vec<(Task, f64)> {
    let Some(section) = entry.section("quality") else {
        return Vec::new();
    };
    let named = section
        .names()
        .filter_map(|task| Some((task, section.number(task)?)));
    named
        .map(|(task, score)| (Task::new(task.to_owned()), score))
        .collect()
}

fn efforts(entry: &Section<'_>) -> Vec<Effort> {
    let sections = entry.sections("effort").into_iter();
    let efforts = sections.filter_map(|section| {
        section.keys(&["level", "quality", "output_factor"]);
        let mut effort = Effort::new(section.needed("level")?);
        for (task, score) in scores(&section) {
            effort = effort.with_quality(task, score);
        }
        Some(match section.number("output_factor") {
            Some(factor) => effort.with_output_factor(factor),
            None => effort,
        })
    });
    efforts.collect()
}
