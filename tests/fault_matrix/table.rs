//! What is stated, as a table for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    cell::{Cell, When, word},
    stated::Stated,
};

/// A line for each fault: a whole answer, a stream before its first word, a stream after it.
#[derive(Default)]
pub(crate) struct Table {
    lines: Vec<(&'static str, [Column; 3])>,
    counts: BTreeMap<String, usize>,
    reasons: BTreeSet<&'static str>,
}

/// What is stated, of which provider's dialect, and whether that is the caller's own.
type Column = BTreeMap<Stated, BTreeSet<(&'static str, &'static str)>>;

impl Table {
    pub(crate) fn state(&mut self, cell: &Cell, stated: Stated) {
        let what = match stated {
            Stated::Not(why) => {
                self.reasons.insert(why);
                "not applicable".to_owned()
            }
            stated => stated.to_string(),
        };
        *self.counts.entry(what).or_default() += 1;
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
            let own = if cell.first == cell.caller {
                "native"
            } else {
                "translated"
            };
            let providers = columns[column].entry(stated).or_default();
            providers.insert((word(cell.first), own));
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
            let texts = columns.each_ref().map(shown);
            writeln!(f, "{name:32} {:28} {:28} {}", texts[0], texts[1], texts[2])?;
        }
        writeln!(
            f,
            "\nunseen: the next candidate answers, and nobody notices"
        )?;
        writeln!(
            f,
            "hedged: the next candidate was asked besides one that says nothing"
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

/// What is stated, and of whom, where that is not of all.
fn shown(column: &Column) -> String {
    if let (1, Some(stated)) = (column.len(), column.keys().next()) {
        return stated.to_string();
    }
    let of = |pick: fn(&(&'static str, &'static str)) -> &'static str| {
        let texts = column.iter().map(|(stated, whom)| {
            let whom: BTreeSet<&str> = whom.iter().map(pick).collect();
            (stated, whom)
        });
        texts.collect::<Vec<_>>()
    };
    let apart = |texts: &[(&Stated, BTreeSet<&str>)]| {
        let all: usize = texts.iter().map(|(_, whom)| whom.len()).sum();
        let distinct: BTreeSet<&str> = texts.iter().flat_map(|(_, whom)| whom.clone()).collect();
        all == distinct.len()
    };
    let (by_dialect, by_form) = (of(|whom| whom.0), of(|whom| whom.1));
    let texts = if apart(&by_dialect) {
        by_dialect
    } else {
        by_form
    };
    let texts = texts.iter().map(|(stated, whom)| {
        let whom: Vec<&str> = whom.iter().copied().collect();
        format!("{stated} ({})", whom.join(", "))
    });
    texts.collect::<Vec<_>>().join("; ")
}
