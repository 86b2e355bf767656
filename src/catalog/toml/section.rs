use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    super::{
        build::{hint, quoted},
        error::Places,
    },
    file::File,
};

/// A table being read. Its values are read in `values`.
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

    pub(super) fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
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
