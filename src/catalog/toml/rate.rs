use std::borrow::Cow;

use super::{
    super::{Hours, Rate, Unit, build::quoted},
    section::Section,
};
use crate::money::UnitPrice;

/// Units that need no detail, and how the short form names them.
pub(super) const UNITS: [(&str, Unit); 24] = [
    ("input", Unit::Input),
    ("cache_read", Unit::CacheRead),
    ("cache_write", Unit::CacheWrite5m),
    ("cache_write_5m", Unit::CacheWrite5m),
    ("cache_write_30m", Unit::CacheWrite30m),
    ("cache_write_1h", Unit::CacheWrite1h),
    ("output", Unit::Output),
    ("reasoning", Unit::Reasoning),
    ("audio_input", Unit::AudioInput),
    ("audio_output", Unit::AudioOutput),
    ("image_input", Unit::ImageInput),
    ("image_output", Unit::ImageOutput),
    ("video_output", Unit::VideoOutput),
    (
        "image",
        Unit::Image {
            size: None,
            quality: None,
        },
    ),
    ("megapixel_first", Unit::MegapixelFirst),
    ("megapixel", Unit::Megapixel),
    ("megapixel_input", Unit::MegapixelInput),
    (
        "video_second",
        Unit::VideoSecond {
            resolution: None,
            audio: None,
        },
    ),
    ("audio_second", Unit::AudioSecond),
    ("character", Unit::Character),
    ("page", Unit::Page),
    ("request", Unit::Request),
    ("credit", Unit::Credit),
    ("web_search", Unit::ToolCall(Cow::Borrowed("web_search"))),
];

const CONDITIONS: [&str; 7] = ["over", "tier", "region", "from", "until", "utc", "days"];
const LONG: [&str; 10] = [
    "unit",
    "amount",
    "per",
    "free",
    "size",
    "quality",
    "resolution",
    "audio",
    "tool",
    "ttl",
];

/// Prices in the short form, `input = "2.50"`: per million of tokens and characters, per one of anything else.
pub(super) fn short(section: &Section<'_>) -> Vec<(Unit, UnitPrice)> {
    let mut found: Vec<(Unit, UnitPrice)> = Vec::new();
    for (key, unit) in UNITS {
        let parse = if unit.is_token() {
            UnitPrice::per_million
        } else {
            UnitPrice::per_unit
        };
        let Some(amount) = section.money(key, parse) else {
            continue;
        };
        if amount == UnitPrice::FREE {
            section.wrong(key, ZERO);
        } else if found.iter().any(|(other, _)| *other == unit) {
            section.wrong(key, "is the same as `cache_write`; give one of them");
        } else {
            found.push((unit, amount));
        }
    }
    found
}

const ZERO: &str = "a price of zero must be meant; say `free = true` for the model or in a rate of its own, or leave it out if it is not known";

/// One table of rates: either a `unit` with its `amount`, or prices in the short form, under the same conditions.
pub(super) fn read(section: &Section<'_>) -> Vec<Rate> {
    let units = UNITS.iter().map(|(key, _)| *key);
    let known: Vec<_> = LONG.into_iter().chain(CONDITIONS).chain(units).collect();
    section.keys(&known);
    let mut rates: Vec<Rate> = short(section)
        .into_iter()
        .map(|(unit, amount)| Rate::new(unit, amount))
        .collect();
    if section.has("unit") {
        rates.extend(long(section));
    } else if let Some(key) = LONG.into_iter().find(|key| section.has(key)) {
        section.wrong(key, "needs a `unit` beside it");
    } else if rates.is_empty() && !UNITS.iter().any(|(key, _)| section.has(key)) {
        section.wrong(
            "",
            "a rate needs a `unit` and an `amount`, or prices such as `input = \"2.50\"`",
        );
    }
    conditions(section, rates)
}

fn long(section: &Section<'_>) -> Vec<Rate> {
    let Some(unit) = unit(section) else {
        return Vec::new();
    };
    let units = if section.text("unit") == Some("cache_write") && !section.has("ttl") {
        // For however long.
        vec![Unit::CacheWrite5m, Unit::CacheWrite30m, Unit::CacheWrite1h]
    } else {
        vec![unit]
    };
    if section.flag("free") == Some(true) {
        if section.has("amount") {
            let what = "is said of a rate that also has an amount; leave out one or the other";
            section.wrong("free", what);
        }
        return units.into_iter().map(Rate::free).collect();
    }
    let per = section.word("per", &[("million", true), ("unit", false)]);
    let parse = if per.unwrap_or(units[0].is_token()) {
        UnitPrice::per_million
    } else {
        UnitPrice::per_unit
    };
    if !section.has("amount") {
        section.wrong("amount", "is missing");
    }
    let Some(amount) = section.money("amount", parse) else {
        return Vec::new();
    };
    if amount == UnitPrice::FREE {
        section.wrong("amount", ZERO);
    }
    units
        .into_iter()
        .map(|unit| Rate::new(unit, amount))
        .collect()
}

fn unit(section: &Section<'_>) -> Option<Unit> {
    let name = section.text("unit")?;
    let details: &[&str] = match name {
        "image" => &["size", "quality"],
        "video_second" => &["resolution", "audio"],
        "tool_call" => &["tool"],
        "cache_write" => &["ttl"],
        _ => &[],
    };
    for key in ["size", "quality", "resolution", "audio", "tool", "ttl"] {
        if section.has(key) && !details.contains(&key) {
            section.wrong(key, format!("says nothing about the unit {}", quoted(name)));
        }
    }
    let detail = |key| section.text(key).map(Into::into);
    match name {
        "image" => Some(Unit::Image {
            size: detail("size"),
            quality: detail("quality"),
        }),
        "video_second" => Some(Unit::VideoSecond {
            resolution: detail("resolution"),
            audio: section.flag("audio"),
        }),
        "tool_call" => section
            .needed("tool")
            .map(|tool| Unit::ToolCall(tool.to_owned().into())),
        "cache_write" if section.has("ttl") => {
            let ttls = [("5m", 0), ("30m", 1), ("1h", 2)];
            let ttl = section.word("ttl", &ttls)?;
            Some([Unit::CacheWrite5m, Unit::CacheWrite30m, Unit::CacheWrite1h][ttl].clone())
        }
        _ => {
            let names: Vec<_> = UNITS
                .iter()
                .map(|(key, _)| *key)
                .chain(["tool_call"])
                .collect();
            let words: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(i, name)| (*name, i))
                .collect();
            let found = section.word("unit", &words)?;
            UNITS.get(found).map(|(_, unit)| unit.clone())
        }
    }
}

fn conditions(section: &Section<'_>, rates: Vec<Rate>) -> Vec<Rate> {
    let over = section.whole("over");
    let tier = section.text("tier");
    let region = section.text("region");
    let (from, until) = (section.date("from"), section.date("until"));
    if from.zip(until).is_some_and(|(from, until)| until <= from) {
        section.wrong(
            "until",
            "is not after `from`; it is the first day on which the rate no longer holds",
        );
    }
    let hours = (section.has("utc") || section.has("days"))
        .then(|| {
            Hours::new(section.texts("utc"), section.texts("days"))
                .map_err(|why| {
                    let key = if section.has("utc") { "utc" } else { "days" };
                    section.wrong(key, why.to_string());
                })
                .ok()
        })
        .flatten();
    let under = |mut rate: Rate| {
        if let Some(over) = over {
            rate = rate.when_over(over);
        }
        if let Some(tier) = tier {
            rate = rate.at_tier(tier);
        }
        if let Some(region) = region {
            rate = rate.in_region(region);
        }
        if let Some(from) = from {
            rate = rate.valid_from(from);
        }
        if let Some(until) = until {
            rate = rate.valid_until(until);
        }
        if let Some(hours) = &hours {
            rate = rate.at_hours(hours.clone());
        }
        rate
    };
    rates.into_iter().map(under).collect()
}
