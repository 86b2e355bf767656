use std::borrow::Cow;

use super::{Ended, Problem};
use crate::catalog::Usage;

/// A piece of an answer, in the order in which it came. An answer that is not streamed is a few of them at once.
///
/// `choice` is 0 for an answer with one choice. Calls of a choice are numbered from 0 in the order in which they begin.
#[derive(Clone)]
#[non_exhaustive]
pub enum Delta<'a> {
    /// The answer's id and model, as soon as the provider says them; may come again.
    Begin {
        /// The provider's id of the answer.
        id: Option<Cow<'a, str>>,
        /// The model that the provider says answers.
        model: Option<Cow<'a, str>>,
    },
    /// Words.
    Text {
        /// Of which choice.
        choice: u32,
        /// The words.
        text: Cow<'a, str>,
    },
    /// Words with which the model declines.
    Refusal {
        /// Of which choice.
        choice: u32,
        /// The words.
        text: Cow<'a, str>,
    },
    /// What the model thinks.
    Thinking {
        /// Of which choice.
        choice: u32,
        /// The words.
        text: Cow<'a, str>,
    },
    /// What the provider wants back with what came before: it ends a piece of thinking, or belongs to a call.
    Signature {
        /// Of which choice.
        choice: u32,
        /// Of what.
        of: Signed,
        /// The opaque text.
        signature: Cow<'a, str>,
    },
    /// A source of the words that came before.
    Citation {
        /// Of which choice.
        choice: u32,
        /// The source.
        citation: Citation<'a>,
    },
    /// A call of a tool begins.
    ToolCall {
        /// Of which choice.
        choice: u32,
        /// Which call of that choice, from 0.
        call: u32,
        /// Its id; `None` where the format has none.
        id: Option<Cow<'a, str>>,
        /// The tool.
        name: Cow<'a, str>,
    },
    /// More of the JSON text of a call's arguments. A call without any gets none.
    Arguments {
        /// Of which choice.
        choice: u32,
        /// Which call of that choice, from 0.
        call: u32,
        /// A piece of JSON text.
        json: Cow<'a, str>,
    },
    /// A choice has ended.
    End {
        /// Which.
        choice: u32,
        /// Why, and at what.
        ended: Ended<'a>,
    },
    /// What was used so far, in buckets that do not overlap; the last word counts.
    Usage(Usage),
    /// The answer ends here with an error of the provider's.
    Failed(Problem<'a>),
}

/// What a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signed {
    /// The thinking before it.
    Thinking,
    /// Thinking of which the words are hidden: it is all there is.
    Redacted,
    /// A call of a tool, by its number.
    Call(u32),
    /// The words before it.
    Text,
}

/// A source of something that was said.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Citation<'a> {
    /// Its address.
    pub url: Option<Cow<'a, str>>,
    /// Its title.
    pub title: Option<Cow<'a, str>>,
    /// The words that are quoted from it.
    pub quote: Option<Cow<'a, str>>,
    /// Where the words that it is a source of lie in the choice's text, in Unicode characters: from, and up to.
    pub span: Option<(u64, u64)>,
}
