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
    /// "Please", "can you": does not count as the beginning of a sentence.
    Filler,
}

/// How many kinds are tasks; they come first.
pub(super) const TASKS: usize = 9;

impl Kind {
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
            Self::Depth | Self::Constraint | Self::Rare | Self::Possessive | Self::Filler => {
                return None;
            }
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
}

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
