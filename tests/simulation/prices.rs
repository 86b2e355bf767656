//! What models cost, by the providers' own arithmetic.

use crate::dice::Dice;

/// Pico-dollars for a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) read: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Prices {
    pub(crate) plain: Row,
    /// For the whole call, where its prompt is longer.
    pub(crate) long: Option<(u64, Row)>,
    pub(crate) priority: Option<Row>,
    pub(crate) flex: Option<Row>,
}

/// What a call has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) prompt: u64,
    /// Of the prompt.
    pub(crate) cached: u64,
    pub(crate) answer: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Plain,
    Priority,
    Flex,
}

impl Tier {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Plain => "default",
            Self::Priority => "priority",
            Self::Flex => "flex",
        }
    }
}

impl Row {
    fn times(self, num: u64, den: u64) -> Self {
        let scaled = |pico: u64| pico * num / den;
        Self {
            input: scaled(self.input),
            output: scaled(self.output),
            read: scaled(self.read),
        }
    }

    fn toml(self) -> String {
        let text = |pico: u64| format!("\"{}.{:06}\"", pico / 1_000_000, pico % 1_000_000);
        let Self {
            input,
            output,
            read,
        } = self;
        let [input, output, read] = [input, output, read].map(text);
        format!("input = {input}, output = {output}, cache_read = {read}")
    }
}

impl Prices {
    /// About so many cents for ten thousand tokens.
    pub(crate) fn some(dice: &mut Dice, about: u64) -> Self {
        let input = about * 1_000_000 + dice.below(999_999);
        let output = input * dice.between(1, 5) + dice.below(999_999);
        let plain = Row {
            input,
            output,
            read: input * dice.between(1, 9) / 10,
        };
        Self {
            plain,
            long: dice
                .percent(40)
                .then(|| (dice.between(8, 60), plain.times(dice.between(11, 25), 10))),
            priority: dice
                .percent(50)
                .then(|| plain.times(dice.between(11, 20), 10)),
            flex: dice
                .percent(50)
                .then(|| plain.times(dice.between(4, 9), 10)),
        }
    }

    pub(crate) fn dearer(&self, times: u64) -> Self {
        Self {
            plain: self.plain.times(times, 1),
            long: self.long.map(|(over, row)| (over, row.times(times, 1))),
            priority: self.priority.map(|row| row.times(times, 1)),
            flex: self.flex.map(|row| row.times(times, 1)),
        }
    }

    /// The price of a model in a catalog.
    pub(crate) fn toml(&self) -> String {
        let mut rates = Vec::new();
        if let Some((over, row)) = self.long {
            rates.push(format!("{{ over = {over}, {} }}", row.toml()));
        }
        for (tier, row) in [("priority", self.priority), ("flex", self.flex)] {
            if let Some(row) = row {
                rates.push(format!("{{ tier = \"{tier}\", {} }}", row.toml()));
            }
        }
        let plain = self.plain.toml();
        format!("price = {{ {plain} }}\nrates = [{}]\n", rates.join(", "))
    }

    pub(crate) fn has(&self, tier: Tier) -> bool {
        match tier {
            Tier::Plain => true,
            Tier::Priority => self.priority.is_some(),
            Tier::Flex => self.flex.is_some(),
        }
    }

    /// Nano-dollars, rounded up once.
    pub(crate) fn bill(&self, used: Used, tier: Tier) -> u64 {
        let row = match tier {
            Tier::Plain => match self.long {
                Some((over, row)) if used.prompt > over => row,
                _ => self.plain,
            },
            Tier::Priority => self.priority.unwrap(),
            Tier::Flex => self.flex.unwrap(),
        };
        let fresh = used.prompt - used.cached;
        let pico = fresh * row.input + used.cached * row.read + used.answer * row.output;
        pico.div_ceil(1_000)
    }
}
