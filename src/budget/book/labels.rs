use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::RandomState;

use crate::budget::HoldLabel;

/// More models than any catalog has. What comes after them is counted together.
const MOST: usize = 10_000;

static OTHERS: LazyLock<HoldLabel> = LazyLock::new(|| HoldLabel::new("others", "others"));

/// Models by number, so that windows need not repeat their names.
#[derive(Debug, Default)]
pub(in crate::budget) struct Labels {
    numbers: HashMap<HoldLabel, u32, RandomState>,
    labels: Vec<HoldLabel>,
}

impl Labels {
    pub(in crate::budget) fn number(&mut self, label: &HoldLabel) -> u32 {
        if let Some(number) = self.numbers.get(label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        if self.labels.len() >= MOST {
            return u32::MAX;
        }
        self.labels.push(label.clone());
        self.numbers.insert(label.clone(), number);
        number
    }

    pub(in crate::budget) fn of(&self, number: u32) -> HoldLabel {
        self.labels.get(number as usize).unwrap_or(&OTHERS).clone()
    }
}
