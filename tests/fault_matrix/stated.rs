//! What is to come of a case.

use std::fmt;

use crate::cell::{Cell, When};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stated {
    /// The second candidate answers, whole, and nothing of the first is seen.
    Unseen,
    /// The same, since the second was asked besides the first, which says nothing: an answer that is not streamed may
    /// take its time, and nobody can tell that it never comes.
    Hedged,
    /// It is harmless: the first answers.
    Passes,
    /// What has begun breaks off: an error in the caller's form, and no clean end.
    Broken,
    /// The caller is told at once, with this status, since nobody else could do better or policy says so.
    Told(u16),
    /// There is no such case.
    Not(&'static str),
}

/// Whether a failed attempt can have cost something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// It has cost nothing, or what the bill says.
    Known,
    /// At least what the bill says, at most what it could.
    Bound,
}

const WHOLE: Stated = Stated::Not("a whole answer is passed on when it is complete");
const HEAD: Stated = Stated::Not("it comes in place of an answer");
const ALL: Stated = Stated::Not("it is about the stream as a whole");

/// Of what happens in place of an answer.
pub(crate) fn head(cell: &Cell, stated: Stated) -> Stated {
    match cell.when {
        When::Before => stated,
        When::After => HEAD,
    }
}

/// Of what is about a whole stream, and not about a place in it.
pub(crate) fn all(cell: &Cell, stated: Stated) -> Stated {
    match cell.when {
        When::Before if cell.streamed => stated,
        When::Before => Stated::Not("there are no events"),
        When::After => ALL,
    }
}

/// Of what breaks an answer, wherever it does.
pub(crate) fn breaks(cell: &Cell) -> Stated {
    match (cell.when, cell.streamed) {
        (When::Before, _) => Stated::Unseen,
        (When::After, true) => Stated::Broken,
        (When::After, false) => WHOLE,
    }
}

/// The same of what never ends: of a whole answer that shows by nothing.
pub(crate) fn never_ends(cell: &Cell, stated: Stated) -> Stated {
    match (stated, cell.streamed) {
        (Stated::Unseen, false) => Stated::Hedged,
        (stated, _) => stated,
    }
}

/// Of what breaks a stream, and has no meaning elsewhere.
pub(crate) fn breaks_streams(cell: &Cell) -> Stated {
    match cell.streamed {
        true => breaks(cell),
        false => Stated::Not("there are no events"),
    }
}

/// Of what changes nothing in a stream.
pub(crate) fn harmless(cell: &Cell) -> Stated {
    match cell.streamed {
        true => Stated::Passes,
        false => Stated::Not("there are no events"),
    }
}

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unseen => f.write_str("unseen"),
            Self::Hedged => f.write_str("unseen, hedged"),
            Self::Passes => f.write_str("passes"),
            Self::Broken => f.write_str("broken"),
            Self::Told(status) => write!(f, "told {status}"),
            Self::Not(_) => f.write_str("-"),
        }
    }
}
