//! One case: a fault, who asks, whom, how, and when it happens.

use std::fmt;

use tower_genai::sim::Dialect;

use crate::faults::Fault;

pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// Before or after the first content has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    Before,
    After,
}

#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) fault: &'static Fault,
    /// Whose client asks.
    pub(crate) caller: Dialect,
    /// What the provider speaks that fails.
    pub(crate) first: Dialect,
    /// What the provider speaks that is well.
    pub(crate) second: Dialect,
    pub(crate) streamed: bool,
    pub(crate) when: When,
    /// The provider that fails is asked by gRPC.
    pub(crate) grpc: bool,
}

impl Cell {
    /// How many events of the sim's stream come before the fault.
    pub(crate) fn events(&self) -> u64 {
        match (self.when, self.first) {
            // The head alone, since its first event has words.
            (When::Before, Dialect::Gemini) => 0,
            (When::Before, Dialect::Anthropic) => 2,
            (When::Before, _) => 1,
            (When::After, Dialect::Gemini) => 2,
            (When::After, Dialect::Anthropic) => 5,
            (When::After, _) => 3,
        }
    }

    /// One where a whole answer is sent up to its half, none where nothing of it is.
    pub(crate) fn events_or_half(&self) -> u64 {
        if self.streamed { self.events() } else { 1 }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.streamed { "streamed" } else { "whole" };
        write!(
            f,
            "{}, {:?} asks {:?}{} and then {:?}, {how}, {:?}",
            self.fault.name,
            self.caller,
            self.first,
            if self.grpc { " by gRPC" } else { "" },
            self.second,
            self.when
        )
    }
}

/// A dialect's word in a catalog.
pub(crate) fn word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "anthropic",
        Dialect::Gemini => "gemini",
        _ => "openai",
    }
}
