use std::{pin::Pin, task::Context};

use bytes::Bytes;
use http_body::Body as _;

use super::{State, Streamed};
use crate::{
    Body,
    dispatch::{Reported, failed, form::Form, idle::Late, retry_after::MOST},
    observe::{Ending, Failure, FailureClass},
    query::{Refusal, RefusalKind},
};

/// How a stream ends, well or not.
impl Streamed {
    /// The provider has ended the answer with an error, which is told already or will be.
    pub(super) fn failed(&mut self) {
        let class = self.meter.seen().class_in_band();
        self.fail(class);
        self.meter.failed();
        // Whatever else comes is not waited for.
        self.body = Body::empty();
        self.state = State::Closing(Some("the provider ended the answer with an error"));
    }

    /// Says a provider's error in the caller's form.
    pub(super) fn tell(&mut self) {
        let class = self.meter.seen().class_in_band();
        let Form::Translated { translation, .. } = &mut self.form else {
            return;
        };
        let told = translation.told();
        let message = told
            .message
            .unwrap_or_else(|| "the provider failed".to_owned());
        let message = match &self.secret {
            Some(secret) => secret.scrub(message.into()),
            None => message.into(),
        };
        let message = String::from_utf8_lossy(&message).into_owned();
        // The status is long gone; a code says as much.
        let status = failed::status(told.code.as_deref().unwrap_or_default());
        let kind = failed::kind(class, status);
        let refusal = Refusal::new(kind, message);
        if !self.hands_over(class, &refusal)
            && let Form::Translated { translation, .. } = &mut self.form
        {
            let event = translation.fail(&refusal);
            self.out.push_back(event);
        }
    }

    /// The provider, or the call, has taken too long.
    pub(super) fn late(&mut self, late: Late) {
        if late == Late::Total {
            // Nor is there time for anybody else.
            self.baton = None;
        }
        self.cut(FailureClass::Timeout, late.why());
    }

    /// Leaves it to another to go on, where one may be able to; says whether it does. The caller is not told then.
    fn hands_over(&mut self, class: FailureClass, why: &Refusal) -> bool {
        let goes_on = matches!(
            class,
            FailureClass::Provider
                | FailureClass::Malformed
                | FailureClass::Rate
                | FailureClass::Timeout
        );
        let can =
            matches!(&self.form, Form::Translated { translation, .. } if translation.can_go_on());
        let Some(baton) = self.baton.as_ref().filter(|_| goes_on && can) else {
            return false;
        };
        let seen = self.meter.seen();
        let used = match &seen.usage {
            Reported::Usage(usage) => usage.answer(),
            // No tokenizer makes more tokens of it.
            Reported::Missing | Reported::Implausible => seen.content_bytes,
        };
        let form = std::mem::replace(&mut self.form, Form::Native);
        if let Form::Translated { translation, .. } = form
            && let Some(handed) = translation.hand(used, why.clone())
        {
            baton.hand(handed);
        }
        if let State::Closing(Some(why)) = self.state {
            self.state = State::Left(why);
        }
        true
    }

    /// An event that is no answer: a fault of the provider's, or nothing that can be read.
    pub(super) fn broken(&mut self) {
        match self.meter.seen().failure {
            Some(class) => {
                self.fail(class);
                self.meter.failed();
                self.cut(class, "the provider failed in the middle of its answer");
            }
            None => self.cut(
                FailureClass::Malformed,
                "an event of the provider's stream cannot be read",
            ),
        }
    }

    pub(super) fn complete(&mut self) {
        if self.meter.was_filtered() {
            self.fail(FailureClass::Filtered);
        }
        self.meter.end(Ending::Complete);
        let end = match &mut self.form {
            Form::Native => Bytes::new(),
            Form::Elements(array) => {
                let mut out = Vec::new();
                array.end(&mut out);
                out.into()
            }
            Form::Translated { translation, .. } => translation.end(),
        };
        if !end.is_empty() {
            self.out.push_back(end);
        }
        self.state = State::Closing(None);
    }

    fn fail(&self, class: FailureClass) {
        let after = self.meter.seen().retry_after.map(|after| after.min(MOST));
        let failure = Failure::new(class, self.meter.provider());
        self.meter.fail(failure.with_retry_after(after));
    }

    /// The answer is broken: the caller is told in its own dialect, and the body ends with an error.
    pub(super) fn cut(&mut self, class: FailureClass, why: &'static str) {
        self.fail(class);
        // The provider is to stop now, not when the caller has read what is left.
        self.body = Body::empty();
        self.meter.end(Ending::Cut);
        let kind = match class {
            FailureClass::Timeout => RefusalKind::TimedOut,
            _ => RefusalKind::Upstream,
        };
        let refusal = Refusal::new(kind, why);
        self.state = State::Closing(Some(why));
        if self.hands_over(class, &refusal) {
            return;
        }
        let event = match &mut self.form {
            Form::Native => refusal.event(self.api),
            Form::Elements(array) => {
                let mut out = Vec::new();
                array.fail(&refusal, &mut out);
                out.into()
            }
            Form::Translated { translation, .. } => translation.fail(&refusal),
        };
        self.out.push_back(event);
    }

    /// Reads the provider's last bytes, so that its connection can be used again; the caller does not wait for them.
    pub(super) fn leave(&mut self, cx: &mut Context<'_>) {
        let mut body = std::mem::take(&mut self.body);
        if Pin::new(&mut body).poll_frame(cx).is_pending() {
            self.drain.tail(body);
        }
    }
}
