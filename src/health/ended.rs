use std::time::Duration;

use crate::observe::{Ending, Failure};

/// How an attempt ended, as a [`Monitor`](super::Monitor) needs to know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<'a> {
    /// How it ended. One that was cancelled says nothing of the provider.
    pub(crate) ending: Ending,
    /// How it failed, if it has.
    pub(crate) failure: Option<&'a Failure>,
    /// From sending to the first content.
    pub(crate) first_content: Option<Duration>,
    /// From sending to the end.
    pub(crate) total: Duration,
    /// Whether the answer was streamed.
    pub(crate) streamed: bool,
    /// How many tokens the answer has, where the provider says.
    pub(crate) output_tokens: Option<u64>,
    /// The model that the provider says has answered.
    pub(crate) served_model: Option<&'a str>,
}
