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
/// assert_eq!(Task::EXAM.broader(), Some(Task::KNOWLEDGE));
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
    /// Questions as exams set them: a stem or a passage, often with choices. Part of knowledge.
    pub const EXAM: Self = Self::known("exam");
    /// What everybody knows of everyday things, asked in a line: what they are for, what becomes of them. Part of
    /// knowledge.
    pub const COMMONSENSE: Self = Self::known("commonsense");
    /// Grid puzzles: who has what, from a list of clues. Part of reasoning.
    pub const LOGIC: Self = Self::known("logic");
    /// Writing that must hold given words. Part of creative.
    pub const CONSTRAINED: Self = Self::known("constrained");

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
        Some(match self.as_str() {
            "math" | "logic" => Self::REASONING,
            "exam" | "commonsense" => Self::KNOWLEDGE,
            "constrained" => Self::CREATIVE,
            _ => return None,
        })
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
