use std::fmt;

use crate::{query::Query, shadow::asking::Asks, transcript::Said};

/// Two answers to one question.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    query: &'a Query,
    answer: &'a Said,
    other: &'a Said,
    asks: Option<&'a dyn Asks>,
}

impl<'a> Comparison<'a> {
    /// Of two answers, without anybody who could be asked.
    pub const fn new(query: &'a Query, answer: &'a Said, other: &'a Said) -> Self {
        Self {
            query,
            answer,
            other,
            asks: None,
        }
    }

    pub(in crate::shadow) const fn asking(mut self, asks: &'a dyn Asks) -> Self {
        self.asks = Some(asks);
        self
    }

    /// What was asked.
    pub const fn query(&self) -> &'a Query {
        self.query
    }

    /// What the caller got.
    pub const fn answer(&self) -> &'a Said {
        self.answer
    }

    /// What the other candidate says.
    pub const fn other(&self) -> &'a Said {
        self.other
    }

    /// What a model of the catalog answers to a prompt: on the shadow's budget, and only where the call's data may go.
    /// `None` where it is not there, may not be asked, or does not answer.
    pub async fn ask(&self, model: &str, prompt: &str) -> Option<String> {
        self.asks?.ask(model, prompt).await
    }
}

impl fmt::Debug for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison")
            .field("query", &self.query)
            .field("answer", &self.answer)
            .field("other", &self.other)
            .finish_non_exhaustive()
    }
}
