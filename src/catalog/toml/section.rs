use std::{str::FromStr, time::Duration};

use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    super::{
        Date,
        build::{hint, quoted},
        error::Places,
    },
    file::File,
};
use crate::money::{ParseMoneyError, Usd};

/// A table being read: gives values of the type asked for, and reports those of another.
pub(super) struct Section<'a> {
    file: &'a File<'a>,
    table: &'a DeTable<'a>,
    place: (u32, u32),
    item: String,
    /// The keys that lead here, with a dot at the end.
    path: String,
}

impl<'a> Section<'a> {
    pub(super) fn top(file: &'a File<'a>, table: &'a DeTable<'a>) -> Self {
        Self {
            file,
            table,
            place: (0, 0),
            item: String::new(),
            path: String::new(),
        }
    }

    pub(super) fn wrong(&self, key: &str, what: impl Into<Box<str>>) {
        let place = self.find(key).map_or(self.place, |(place, _)| place);
        self.file.wrong(place, &self.item, &self.full(key), what);
    }

    pub(super) fn strange(&self, key: &str, what: impl Into<Box<str>>) {
        let place = self.find(key).map_or(self.place, |(place, _)| place);
        self.file.strange(place, &self.item, &self.full(key), what);
    }

    fn full(&self, key: &str) -> String {
        let full = format!("{}{key}", self.path);
        full.strip_suffix('.').map(str::to_owned).unwrap_or(full)
    }

    fn find(&self, key: &str) -> Option<((u32, u32), &'a DeValue<'a>)> {
        let (name, value) = self.table.get_key_value(key)?;
        Some((self.file.place(name.span().start), value.get_ref()))
    }

    fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.find(key).map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// All keys, as written.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.table.keys().map(|name| &**name.get_ref())
    }

    /// The digits of a number, as written but for underscores.
    pub(super) fn digits(&self, key: &str) -> Option<&'a str> {
        match self.find(key)?.1 {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            _ => {
                self.wrong(key, "must be a number");
                None
            }
        }
    }

    /// All keys with their values, where those are texts. Reports nothing.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let pairs = self.table.iter();
        pairs.map(|(name, value)| (&**name.get_ref(), value.get_ref().as_str()))
    }

    /// Reports a key at its place without showing it, since it is a secret.
    pub(super) fn hidden(&self, key: &str, what: impl Into<Box<str>>) {
        let place = self.find(key).map_or(self.place, |(place, _)| place);
        self.file.wrong(place, &self.item, &self.full(""), what);
    }

    /// Reports keys that are not among the known.
    pub(super) fn keys(&self, known: &[&str]) {
        for name in self.names().filter(|name| !known.contains(name)) {
            let slip = hint(name, known.iter().copied());
            let list = if slip.is_empty() {
                format!("; known are {}", known.join(", "))
            } else {
                slip
            };
            self.unknown(name, &list);
        }
    }

    pub(super) fn unknown(&self, name: &str, hint: &str) {
        let place = self.find(name).map_or(self.place, |(place, _)| place);
        let shown: String = name.chars().take(60).collect();
        self.file.wrong(
            place,
            &self.item,
            &self.full(&shown),
            format!("unknown key{hint}"),
        );
    }

    fn mistyped(&self, key: &str, wanted: &str, found: &DeValue<'_>) {
        self.wrong(key, format!("must be {wanted}, not {}", described(found)));
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            DeValue::String(text) => Some(text),
            other => {
                self.mistyped(key, "a string in quotes", other);
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn needed(&self, key: &str) -> Option<&'a str> {
        if !self.has(key) {
            self.wrong(key, "is missing");
        }
        self.text(key)
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.mistyped(key, "true or false", other);
                None
            }
        }
    }

    pub(super) fn whole(&self, key: &str) -> Option<u64> {
        let wanted = "a whole number, zero or more";
        match self.value(key)? {
            DeValue::Integer(number) => {
                let found = u64::from_str_radix(number.as_str(), number.radix()).ok();
                if found.is_none() {
                    self.wrong(key, format!("must be {wanted}"));
                }
                found
            }
            other => {
                self.mistyped(key, wanted, other);
                None
            }
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let found = match self.value(key)? {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            other => {
                self.mistyped(key, "a number", other);
                return None;
            }
        };
        let found = found.filter(|number: &f64| number.is_finite());
        if found.is_none() {
            self.wrong(key, "must be a number");
        }
        found
    }

    /// An amount or price: decimal text, read by `parse`.
    pub(super) fn money<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, ParseMoneyError>,
    ) -> Option<T> {
        let text = match self.value(key)? {
            DeValue::String(text) => text,
            DeValue::Integer(number) => {
                let shown = quoted(number.as_str());
                self.wrong(
                    key,
                    format!("must be decimal text; write it in quotes, {shown}"),
                );
                return None;
            }
            DeValue::Float(number) => {
                let shown = quoted(number.as_str());
                let what = format!(
                    "must be decimal text, so that no digit is lost; write it in quotes, {shown}"
                );
                self.wrong(key, what);
                return None;
            }
            other => {
                self.mistyped(key, "decimal text such as \"2.50\"", other);
                return None;
            }
        };
        parse(text)
            .map_err(|why| self.wrong(key, why.to_string()))
            .ok()
    }

    pub(super) fn usd(&self, key: &str) -> Option<Usd> {
        self.money(key, Usd::from_str)
    }

    pub(super) fn date(&self, key: &str) -> Option<Date> {
        let wanted = "a day such as 2026-03-13, without quotes";
        match self.value(key)? {
            DeValue::Datetime(found) => {
                let day = found
                    .date
                    .filter(|_| found.time.is_none() && found.offset.is_none());
                let day = day.and_then(|day| {
                    let small = |n: u8| i8::try_from(n).ok();
                    Date::new(
                        i16::try_from(day.year).ok()?,
                        small(day.month)?,
                        small(day.day)?,
                    )
                });
                if day.is_none() {
                    self.wrong(key, format!("must be {wanted}, and without a time"));
                }
                day
            }
            other => {
                self.mistyped(key, wanted, other);
                None
            }
        }
    }

    pub(super) fn duration(&self, key: &str) -> Option<Duration> {
        let text = self.text(key)?;
        let found = duration(text);
        if found.is_none() {
            let what = format!(
                "{} is no duration; write it as \"400ms\", \"1.5s\", \"2m\" or \"1h\"",
                quoted(text)
            );
            self.wrong(key, what);
        }
        found
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let names = words.iter().map(|(word, _)| *word);
            let list = names.clone().collect::<Vec<_>>().join(", ");
            self.wrong(
                key,
                format!("{} is none of {list}{}", quoted(text), hint(text, names)),
            );
        }
        found
    }

    /// Texts in an array, or a single one without.
    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        match self.value(key) {
            None => Vec::new(),
            Some(DeValue::String(text)) => vec![text],
            Some(DeValue::Array(values)) => {
                let texts = values.iter().filter_map(|value| match value.get_ref() {
                    DeValue::String(text) => Some(&**text),
                    other => {
                        self.mistyped(key, "an array of strings", other);
                        None
                    }
                });
                texts.collect()
            }
            Some(other) => {
                self.mistyped(key, "an array of strings", other);
                Vec::new()
            }
        }
    }

    /// A table under a key.
    pub(super) fn section(&self, key: &str) -> Option<Section<'a>> {
        let (place, value) = self.find(key)?;
        match value {
            DeValue::Table(table) => Some(Section {
                file: self.file,
                table,
                place,
                item: self.item.clone(),
                path: format!("{}{key}.", self.path),
            }),
            other => {
                self.mistyped(key, "a table, `{ … }`", other);
                None
            }
        }
    }

    /// Tables in an array under a key.
    pub(super) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        self.tables(key, "an array of tables, `[{ … }]`")
            .into_iter()
            .map(|(place, table)| Section {
                file: self.file,
                table,
                place,
                item: self.item.clone(),
                path: format!("{}{key}.", self.path),
            })
            .collect()
    }

    /// The entries of the file under `[[key]]`, each an item of its own.
    pub(super) fn entries(&self, key: &str) -> Vec<Section<'a>> {
        self.tables(key, &format!("written as `[[{key}]]`"))
            .into_iter()
            .enumerate()
            .map(|(i, (place, table))| {
                let name = table.get("name").and_then(|name| name.get_ref().as_str());
                let item = match name {
                    Some(name) => format!("{key} {}", quoted(name)),
                    None => format!("{key} {}", i + 1),
                };
                Section {
                    file: self.file,
                    table,
                    place,
                    item,
                    path: String::new(),
                }
            })
            .collect()
    }

    fn tables(&self, key: &str, wanted: &str) -> Vec<((u32, u32), &'a DeTable<'a>)> {
        match self.value(key) {
            None => Vec::new(),
            Some(DeValue::Array(values)) => {
                let tables = values.iter().filter_map(|value| match value.get_ref() {
                    DeValue::Table(table) => Some((self.file.place(value.span().start), table)),
                    other => {
                        self.mistyped(key, wanted, other);
                        None
                    }
                });
                tables.collect()
            }
            Some(other) => {
                self.mistyped(key, wanted, other);
                Vec::new()
            }
        }
    }

    /// Where the item and its keys stand.
    pub(super) fn places(&self) -> Places {
        let mut keys = Vec::new();
        self.collect(self.table, "", &mut keys);
        Places {
            source: Some(self.file.name.clone()),
            item: self.place,
            keys,
        }
    }

    fn collect(&self, table: &DeTable<'_>, path: &str, keys: &mut Vec<(Box<str>, (u32, u32))>) {
        for (name, value) in table {
            let key = format!("{path}{}", name.get_ref());
            let place = self.file.place(Spanned::span(name).start);
            // Two levels are as deep as any message goes.
            if let (DeValue::Table(inner), true) = (value.get_ref(), path.is_empty()) {
                self.collect(inner, &format!("{key}."), keys);
            }
            keys.push((key.into(), place));
        }
    }
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// `400ms`, `1.5s`, `2m`, `1h`; at most three decimals, at most a year.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.strip_suffix(unit)?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let thousandths: u64 = format!("{whole}{fraction:0<3}").parse().ok()?;
    let total = thousandths.checked_mul(millis)?;
    let total = total.is_multiple_of(1_000).then_some(total / 1_000)?;
    (total <= 365 * 24 * 3_600_000).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        for (text, millis) in [
            ("400ms", 400),
            ("1.5s", 1_500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("0.001s", 1),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "1",
            "1d",
            "-1s",
            "1.s",
            ".5s",
            "0.0001s",
            "1 s",
            "99999999999999999999s",
            "9000h",
            "1.1.1s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
