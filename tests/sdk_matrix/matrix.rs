use std::{collections::BTreeMap, fmt};

use super::{cell::Cell, house::Used};

/// What came of one check in one cell.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Ok,
    Failed(String),
    /// The API has no such thing.
    NotOffered,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    /// The checks in the order in which they were first heard of.
    checks: Vec<String>,
    columns: Vec<String>,
    results: BTreeMap<(String, String), Outcome>,
    used: BTreeMap<String, Vec<Used>>,
    left: BTreeMap<String, usize>,
}

impl Matrix {
    pub(crate) fn new(cells: &[Cell]) -> Self {
        Self {
            columns: cells.iter().map(|cell| cell.name.clone()).collect(),
            ..Self::default()
        }
    }

    /// Takes one line of a script's: fields between tabs, of which the first says what it is.
    pub(crate) fn hear(&mut self, line: &str) {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["ok", cell, check] => self.put(cell, check, Outcome::Ok),
            ["none", cell, check] => self.put(cell, check, Outcome::NotOffered),
            ["failed", cell, check, why] => self.put(cell, check, Outcome::Failed(why.to_owned())),
            ["left", cell] => *self.left.entry(cell.to_owned()).or_default() += 1,
            ["used", cell, prompt, cached, completion, reasoning] => {
                let number = |text: &str| text.parse().expect(line);
                let used = Used {
                    prompt: number(prompt),
                    cached: number(cached),
                    completion: number(completion),
                    reasoning: reasoning.parse().ok(),
                };
                self.used.entry(cell.to_owned()).or_default().push(used);
            }
            _ => panic!("a script said {line:?}"),
        }
    }

    pub(crate) fn put(&mut self, cell: &str, check: &str, result: Outcome) {
        if !self.checks.iter().any(|known| known == check) {
            self.checks.push(check.to_owned());
        }
        let place = (check.to_owned(), cell.to_owned());
        let before = self.results.insert(place, result);
        assert!(before.is_none(), "{cell} {check} came twice");
    }

    pub(crate) fn used(&self, cell: &Cell) -> &[Used] {
        self.used.get(&cell.name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn left(&self, cell: &Cell) -> usize {
        self.left.get(&cell.name).copied().unwrap_or(0)
    }

    /// Whether each check is there in each cell, and none failed.
    pub(crate) fn is_whole(&self) -> bool {
        let cells = self.checks.len() * self.columns.len();
        let mut results = self.results.values();
        self.results.len() == cells && !results.any(|result| matches!(result, Outcome::Failed(_)))
    }

    /// How many checks were made and held.
    pub(crate) fn held(&self) -> usize {
        let held = self.results.values();
        held.filter(|result| matches!(result, Outcome::Ok)).count()
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, column) in self.columns.iter().enumerate() {
            writeln!(f, "  [{}] {column}", i + 1)?;
        }
        let width = self.checks.iter().map(String::len).max().unwrap_or(0);
        write!(f, "{:width$}", "")?;
        for i in 1..=self.columns.len() {
            write!(f, " {:>6}", format!("[{i}]"))?;
        }
        writeln!(f)?;
        for check in &self.checks {
            write!(f, "{check:width$}")?;
            for column in &self.columns {
                let word = match self.results.get(&(check.clone(), column.clone())) {
                    Some(Outcome::Ok) => "ok",
                    Some(Outcome::Failed(_)) => "FAILED",
                    Some(Outcome::NotOffered) => "-",
                    None => "?",
                };
                write!(f, " {word:>6}")?;
            }
            writeln!(f)?;
        }
        for ((check, cell), result) in &self.results {
            if let Outcome::Failed(why) = result {
                writeln!(f, "FAILED {cell} {check}: {why}")?;
            }
        }
        writeln!(
            f,
            "ok: it holds; -: not offered by that API; ?: not reached"
        )
    }
}
