use std::{borrow::Cow, fmt};

/// What kind of work a query asks for.
///
/// An open set: the constants are what the built-in classifier tells apart, and any other name works wherever a
/// catalog scores models on it.
///
/// ```
/// use tower_genai::query::Task;
///
/// let legal = Task::new("legal");
/// assert_eq!(legal.as_str(), "legal");
/// assert_eq!(Task::MATH.broader(), Some(Task::REASONING));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task(Cow<'static, str>);

impl Task {
    /// Writing, changing, explaining or repairing programs.
    pub const CODING: Self = Self::known("coding");
    /// Calculation, algebra, proofs, statistics.
    pub const MATH: Self = Self::known("math");
    /// Natural sciences, medicine and engineering beyond common knowledge.
    pub const SCIENCE: Self = Self::known("science");
    /// Puzzles, logic, planning, several steps of inference.
    pub const REASONING: Self = Self::known("reasoning");
    /// Acting on a screen, a browser or a desktop.
    pub const COMPUTER_USE: Self = Self::known("computer_use");
    /// Stories, poems, slogans, names.
    pub const CREATIVE: Self = Self::known("creative");
    /// Facts about the world: who, when, where, what.
    pub const KNOWLEDGE: Self = Self::known("knowledge");
    /// The asker's own messages, calendar, health or contacts.
    pub const PERSONAL: Self = Self::known("personal");
    /// Everything else: rewriting, summarising, translating, talking.
    pub const GENERAL: Self = Self::known("general");

    const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A task of any name. Names are compared as written; the catalog's keys are lower case with underscores.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name, as in a catalog's `quality` table.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The task whose scores count where a pool has none on this one; `general` counts last, for every task.
    pub fn broader(&self) -> Option<Self> {
        (*self == Self::MATH).then_some(Self::REASONING)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.0)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
