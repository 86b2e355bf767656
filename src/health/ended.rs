use std::time::Duration;

use crate::{
    context::Tenant,
    observe::{Ending, Failure, FailureClass},
    query::Task,
};

/// How an attempt ended, as a [`Monitor`](super::Monitor) needs to know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<'a> {
    /// How it ended. One that was cancelled says nothing of the provider.
    pub(crate) ending: Ending,
    /// How it failed, if it has.
    pub(crate) failure: Option<&'a Failure>,
    /// Whether the time of the whole call was up: what failed for that says nothing of the provider.
    pub(crate) out_of_time: bool,
    /// From sending to the first content.
    pub(crate) first_content: Option<Duration>,
    /// From sending to the end.
    pub(crate) total: Duration,
    /// Whether the answer was streamed.
    pub(crate) streamed: bool,
    /// How many tokens the answer has, where the provider says.
    pub(crate) output_tokens: Option<u64>,
    /// The query's task, and on whose behalf it was asked, where that was decided on.
    pub(crate) asked: Option<(&'a Task, Option<&'a Tenant>)>,
    /// The model that the provider says has answered.
    pub(crate) served_model: Option<&'a str>,
}

/// What the end of an attempt says of the candidate's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answers.
    Well,
    /// It does not, or not as it should.
    Ill,
    /// It has too many requests.
    Rate,
    /// It does not take the key.
    Key,
    /// It does not serve the model.
    Gone,
    /// It is none of its business.
    Nothing,
}

impl Ended<'_> {
    pub(super) fn verdict(&self) -> Verdict {
        let Some(failure) = self.failure else {
            return match self.ending {
                Ending::Complete => Verdict::Well,
                _ => Verdict::Nothing,
            };
        };
        match failure.class {
            FailureClass::Timeout if self.out_of_time => Verdict::Nothing,
            FailureClass::Provider | FailureClass::Timeout | FailureClass::Malformed => {
                Verdict::Ill
            }
            FailureClass::Rate => Verdict::Rate,
            FailureClass::Credential => Verdict::Key,
            FailureClass::ModelGone => Verdict::Gone,
            // Its filter has stopped an answer that it had made.
            FailureClass::Filtered if self.ending == Ending::Complete => Verdict::Well,
            _ => Verdict::Nothing,
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.failure.and_then(|failure| failure.retry_after)
    }
}
