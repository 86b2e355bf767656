use http::{HeaderName, HeaderValue, Response};

use super::{ResponseBody, Tried, told::Told};
use crate::{
    observe::{Failure, FailureClass, Outcome},
    query::{Api, Refusal, RefusalKind},
    select::Plan,
};

const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What an attempt came to that failed, kept until a better answer or a more telling failure takes its place.
#[derive(Debug)]
pub(super) struct Failed<B, E> {
    result: Result<Response<ResponseBody<B>>, E>,
    failure: Failure,
    /// Nothing else is told, whatever came before.
    decides: bool,
}

impl<B, E> Failed<B, E> {
    pub(super) const fn new(
        result: Result<Response<ResponseBody<B>>, E>,
        failure: Failure,
    ) -> Self {
        Self {
            result,
            failure,
            decides: false,
        }
    }

    /// Sets whether it is what the caller is to know.
    pub(super) fn deciding(mut self, decides: bool) -> Self {
        self.decides = decides;
        self
    }

    /// Which of two failures says more to the caller: what no attempt can mend before all else, a provider's own words, and that there was no time for any,
    /// before words of ours about an answer that broke, these before a broken connection, and that before what was
    /// never sent, of which a lack of money comes before a lack of keys; of two alike the later.
    pub(super) fn or(self, earlier: Option<Self>) -> Self {
        let weight = |one: &Self| match &one.result {
            _ if one.decides => 5,
            Ok(_) if !one.failure.sent => u8::from(matches!(
                one.failure.class,
                FailureClass::Budget | FailureClass::Limit
            )),
            Err(_) => 2,
            Ok(_) if one.failure.class == FailureClass::Timeout => 4,
            Ok(response) if response.extensions().get::<Refusal>().is_some() => 3,
            Ok(_) => 4,
        };
        match earlier {
            Some(earlier) if weight(&earlier) > weight(&self) => earlier,
            _ => self,
        }
    }

    /// The answer to the caller, after which its SDK is not to try again by itself what was tried here.
    pub(super) fn finish(self, tried: Tried) -> Result<Response<ResponseBody<B>>, E> {
        let mut response = self.result?;
        // Refusals for want of money say themselves whether it helps; what is the caller's to mend is not repeated,
        // unless it comes with a status that packages repeat, or says that they are to.
        let status = response.status();
        let repeated = matches!(status.as_u16(), 408 | 409 | 429 | 500..)
            || response.headers().contains_key(SHOULD_RETRY);
        let ours = match self.failure.class {
            FailureClass::Budget | FailureClass::Limit => false,
            FailureClass::Caller
            | FailureClass::Filtered
            | FailureClass::ContextTooLong
            | FailureClass::Unsupported => repeated,
            _ => true,
        };
        if ours {
            let no = HeaderValue::from_static("false");
            response.headers_mut().insert(SHOULD_RETRY, no);
        }
        response.extensions_mut().insert(tried);
        Ok(response)
    }
}

/// What a caller is told of an attempt that has no answer of its own to show.
pub(super) fn unanswered<B>(
    api: Api,
    told: &Told,
    failure: &Failure,
    outcome: Option<&Outcome>,
) -> Response<ResponseBody<B>> {
    let (kind, what) = match failure.class {
        FailureClass::Timeout => (RefusalKind::TimedOut, "gave no answer in time"),
        FailureClass::Rate => (RefusalKind::Held, "has too many requests"),
        FailureClass::ContextTooLong => (RefusalKind::ContextTooLong, "finds the prompt too long"),
        FailureClass::Caller | FailureClass::Unsupported => {
            (RefusalKind::Malformed, "does not take the request")
        }
        FailureClass::Busy => (RefusalKind::Unavailable, "is busy"),
        FailureClass::Filtered => (RefusalKind::Malformed, "filtered the request"),
        FailureClass::ModelGone => (RefusalKind::UnknownModel, "does not know the model"),
        _ => (RefusalKind::Upstream, "failed before its answer began"),
    };
    let message = format!("the provider `{}` {what}", failure.provider);
    let mut response = Refusal::new(kind, message).response(api);
    if let Some(decision) = told.plan().and_then(Plan::decision) {
        decision.name(&mut response);
    }
    let extensions = response.extensions_mut();
    extensions.insert(failure.clone());
    if let Some(outcome) = outcome {
        extensions.insert(outcome.clone());
    }
    ResponseBody::refused(response)
}
