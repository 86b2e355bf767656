use crate::query::Task;

/// What a rule speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Coding,
    Math,
    Science,
    Reasoning,
    ComputerUse,
    Creative,
    Knowledge,
    Personal,
    General,
    /// Harder than it is long.
    Depth,
    /// One more condition to keep.
    Constraint,
    /// A field that few know.
    Rare,
    /// "My", "our": says nothing alone, but gives weight to what follows.
    Possessive,
    /// Common words of one language, by which it is told from the others.
    Language,
    /// "Please", "can you": does not count as the beginning of a sentence.
    Filler,
}

/// How many kinds are tasks; they come first.
pub(super) const TASKS: usize = 9;

impl Kind {
    /// How many kinds there are.
    pub(super) const ALL: usize = Self::Filler as usize + 1;

    /// The task, if it is one.
    pub(super) fn task(self) -> Option<Task> {
        Some(match self {
            Self::Coding => Task::CODING,
            Self::Math => Task::MATH,
            Self::Science => Task::SCIENCE,
            Self::Reasoning => Task::REASONING,
            Self::ComputerUse => Task::COMPUTER_USE,
            Self::Creative => Task::CREATIVE,
            Self::Knowledge => Task::KNOWLEDGE,
            Self::Personal => Task::PERSONAL,
            Self::General => Task::GENERAL,
            Self::Depth
            | Self::Constraint
            | Self::Rare
            | Self::Possessive
            | Self::Language
            | Self::Filler => return None,
        })
    }
}

/// Where a rule's terms count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Wherever they stand.
    Anywhere,
    /// Among the first words of a sentence, where orders and questions begin.
    Lead,
    /// Among the first words of the text.
    Opening,
    /// Fully within three words after a possessive, else little.
    Owned,
    /// An order at the beginning of a sentence that has the rest of the text as its material.
    Transform,
    /// At the beginning of a clause, also after a comma or "and".
    Clause,
}

/// The languages that have tables of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Portuguese,
    Italian,
    /// Told by its letters, or terms of trade common to many.
    Other,
}

/// How many languages are told by their words.
pub(super) const LANGUAGES: usize = 6;

const NAMES: [(&str, Language); LANGUAGES] = [
    ("English: ", Language::English),
    ("German: ", Language::German),
    ("French: ", Language::French),
    ("Spanish: ", Language::Spanish),
    ("Portuguese: ", Language::Portuguese),
    ("Italian: ", Language::Italian),
];

/// Terms that say the same thing, counted together.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule's name, as explanations show it.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// What the first hit counts; all hits together count at most 1.6 times as much.
    pub(super) weight: f32,
    /// Lower-case terms divided by commas: a word, a phrase of two or three words, or with a final `*` a word's
    /// beginning. In scripts without spaces, a term is any sequence of characters.
    pub(super) terms: &'static str,
}

impl Rule {
    /// The language that the rule's name begins with.
    pub(super) fn language(&self) -> Language {
        NAMES
            .iter()
            .find(|(name, _)| self.name.starts_with(name))
            .map_or(Language::Other, |(_, language)| *language)
    }
}

pub(super) const fn rule(
    name: &'static str,
    kind: Kind,
    place: Place,
    weight: f32,
    terms: &'static str,
) -> Rule {
    Rule {
        name,
        kind,
        place,
        weight,
        terms,
    }
}
