//! What is stated, as a table for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    cell::{Cell, When},
    stated::Stated,
};

/// A line for each fault: a whole answer, a stream before its first word, a stream after it.
#[derive(Default)]
pub(crate) struct Table {
    lines: Vec<(&'static str, [BTreeMap<Stated, BTreeSet<String>>; 3])>,
    counts: BTreeMap<String, usize>,
    reasons: BTreeSet<&'static str>,
}

impl Table {
    pub(crate) fn state(&mut self, cell: &Cell, stated: Stated) {
        let word = match stated {
            Stated::Not(why) => {
                self.reasons.insert(why);
                "not applicable".to_owned()
            }
            stated => stated.to_string(),
        };
        *self.counts.entry(word).or_default() += 1;
        let column = match (cell.streamed, cell.when) {
            (false, When::Before) => 0,
            // Nothing of a whole answer is passed on before it is complete.
            (false, When::After) => return,
            (true, When::Before) => 1,
            (true, When::After) => 2,
        };
        if self
            .lines
            .last()
            .is_none_or(|(name, _)| *name != cell.fault.name)
        {
            self.lines.push((cell.fault.name, Default::default()));
        }
        if let Some((_, columns)) = self.lines.last_mut() {
            let providers = columns[column].entry(stated).or_default();
            providers.insert(format!("{:?}", cell.first).to_lowercase());
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["whole", "streamed, before", "streamed, after"];
        writeln!(
            f,
            "{:32} {:28} {:28} {}",
            "fault", heads[0], heads[1], heads[2]
        )?;
        for (name, columns) in &self.lines {
            let texts = columns.each_ref().map(|stated| match stated.len() {
                0 | 1 => stated.keys().map(Stated::to_string).collect(),
                _ => {
                    let each = stated.iter().map(|(stated, providers)| {
                        let providers: Vec<&str> = providers.iter().map(String::as_str).collect();
                        format!("{stated} ({})", providers.join(", "))
                    });
                    each.collect::<Vec<_>>().join("; ")
                }
            });
            writeln!(f, "{name:32} {:28} {:28} {}", texts[0], texts[1], texts[2])?;
        }
        writeln!(
            f,
            "\nunseen: the next candidate answers, and nobody notices"
        )?;
        writeln!(f, "passes: it is harmless, and the answer passes")?;
        writeln!(f, "broken: an error in the caller's form, and no clean end")?;
        writeln!(
            f,
            "told: the caller learns of it at once, and nobody else is asked"
        )?;
        for reason in &self.reasons {
            writeln!(f, "-: {reason}")?;
        }
        writeln!(f, "cells: {:?}", self.counts)
    }
}
