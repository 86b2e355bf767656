use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as _, Frame};

use super::{
    Secret, Step,
    draft::Sending,
    drain::Drains,
    failed,
    form::Form,
    meter::Meter,
    retry_after::MOST,
    sse::{Event, Reader},
};
use crate::{
    Body, BodyError,
    observe::{Ending, Failure, FailureClass},
    query::{Api, Refusal, RefusalKind},
};

/// A streamed answer on its way to the caller: every event as it comes, metered, and never a clean end on a cut one.
///
/// No queue: the provider is read when the caller asks for more, so a slow reader slows the provider.
#[derive(Debug)]
pub(super) struct Streamed {
    body: Body,
    reader: Reader,
    out: VecDeque<Bytes>,
    meter: Meter,
    form: Form,
    drain: Drains,
    api: Api,
    secret: Option<Secret>,
    /// The caller has had time to see the last event of a failed answer.
    told: bool,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The answer is complete, or has failed as far as the caller is concerned.
    Closing(Option<&'static str>),
    Closed,
}

impl Streamed {
    /// The key is blotted out of what the provider says of a failure.
    pub(super) fn new(body: Body, sending: Sending) -> Self {
        let Sending {
            meter,
            form,
            drain,
            api,
            secret,
            ..
        } = sending;
        let (reader, out) = (Reader::new(), VecDeque::new());
        Self {
            body,
            reader,
            out,
            meter,
            form,
            drain,
            api,
            secret,
            told: false,
            state: State::Open,
        }
    }

    pub(super) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let span = self.meter.span().clone();
        let _entered = span.enter();
        loop {
            if let Some(bytes) = self.out.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            match std::mem::replace(&mut self.state, State::Closed) {
                State::Open => self.state = State::Open,
                State::Closed => return Poll::Ready(None),
                State::Closing(None) => {
                    self.leave(cx);
                    return Poll::Ready(None);
                }
                State::Closing(Some(why)) if !self.told => {
                    // A server that is given an error drops what it has not written yet: it gets the chance to write
                    // the error event first.
                    self.told = true;
                    self.state = State::Closing(Some(why));
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Closing(Some(why)) => {
                    return Poll::Ready(Some(Err(BodyError::new(why))));
                }
            }
            let reading = Arc::clone(self.meter.reading());
            let waker = reading.waker(cx.waker());
            let frame = {
                let mut noted = Context::from_waker(&waker);
                ready!(Pin::new(&mut self.body).poll_frame(&mut noted))
            };
            reading.read();
            match frame {
                // Trailers of an event stream tell a caller nothing.
                Some(Ok(frame)) => {
                    if let Ok(chunk) = frame.into_data() {
                        self.chunk(chunk);
                    }
                }
                Some(Err(_)) => self.cut(
                    FailureClass::Provider,
                    "the provider's connection broke before the answer ended",
                ),
                None => self.finish(),
            }
        }
    }

    /// Passes on what a chunk completes. A chunk of whole events of which none is hidden goes on as it is.
    fn chunk(&mut self, chunk: Bytes) {
        let before = self.out.len();
        let aligned = self.reader.buffered() == 0;
        self.reader.push(chunk.clone());
        let mut passed = 0;
        while self.state == State::Open {
            match self.reader.next() {
                Ok(Some(event)) => passed += self.event(&event),
                Ok(None) => break,
                Err(_) => self.cut(
                    FailureClass::Malformed,
                    "an event of the provider's stream is too large",
                ),
            }
        }
        if aligned && passed == chunk.len() && self.out.len() > before + 1 {
            self.out.truncate(before);
            self.out.push_back(chunk);
        }
    }

    /// Deals with an event; says how many bytes of it go to the caller.
    fn event(&mut self, event: &Event) -> usize {
        let step = match (event.data(), &mut self.form) {
            (Some(data), Form::Native | Form::Elements(_)) if !data.is_empty() => {
                self.meter.event(data, &mut ())
            }
            (Some(data), Form::Translated { translation, .. }) if !data.is_empty() => {
                self.meter.event(data, &mut **translation)
            }
            (_, Form::Native) => Step::Pass,
            // What keeps the provider's connection alive is not the caller's to read.
            (_, Form::Translated { .. } | Form::Elements(_)) => return 0,
        };
        match &mut self.form {
            Form::Native => {}
            Form::Elements(_) => {
                self.element(event, step);
                return 0;
            }
            Form::Translated { .. } => {
                self.translated(step);
                return 0;
            }
        }
        match step {
            Step::Hide => return 0,
            Step::Pass => {}
            Step::Done => self.complete(),
            Step::Failed => self.failed(),
            Step::Garbage => {
                self.broken();
                return 0;
            }
        }
        if step == Step::Failed
            && let Some(secret) = &self.secret
        {
            let scrubbed = secret.scrub(event.raw().to_vec());
            self.out.push_back(scrubbed.into());
            return 0;
        }
        self.out.push_back(event.raw().clone());
        event.raw().len()
    }

    /// Passes an event on as an element of an array.
    fn element(&mut self, event: &Event, step: Step) {
        if let (Form::Elements(array), Step::Pass | Step::Done | Step::Failed) =
            (&mut self.form, step)
        {
            let data = event.data().map(|data| data.to_vec()).unwrap_or_default();
            let data = match &self.secret {
                Some(secret) if step == Step::Failed => secret.scrub(data),
                _ => data,
            };
            let mut out = Vec::with_capacity(data.len() + 4);
            array.element(&data, &mut out);
            if step == Step::Failed {
                array.end(&mut out);
            }
            self.out.push_back(out.into());
        }
        match step {
            Step::Pass | Step::Hide => {}
            Step::Done => self.complete(),
            Step::Failed => self.failed(),
            Step::Garbage => self.broken(),
        }
    }

    /// The provider has ended the answer with an error, which is told already or will be.
    fn failed(&mut self) {
        let class = self.meter.seen().class_in_band();
        self.fail(class);
        self.meter.failed();
        // Whatever else comes is not waited for.
        self.body = Body::empty();
        self.state = State::Closing(Some("the provider ended the answer with an error"));
    }

    /// Goes on with what an event was translated to.
    fn translated(&mut self, step: Step) {
        self.flush();
        match step {
            Step::Hide | Step::Pass => {}
            Step::Done => self.complete(),
            Step::Failed => {
                self.failed();
                self.tell();
            }
            Step::Garbage => self.broken(),
        }
    }

    /// What has been written of a translated answer goes to the caller.
    fn flush(&mut self) {
        if let Form::Translated { translation, .. } = &mut self.form {
            let written = translation.written();
            if !written.is_empty() {
                self.out.push_back(written);
            }
        }
    }

    /// Says a provider's error in the caller's form.
    fn tell(&mut self) {
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
        let event = translation.fail(&Refusal::new(kind, message));
        self.out.push_back(event);
    }

    /// An event that is no answer: a fault of the provider's, or nothing that can be read.
    fn broken(&mut self) {
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

    /// The provider's body has ended.
    fn finish(&mut self) {
        // By the standard an event without its blank line is none; providers end with one all the same.
        while self.state == State::Open
            && let Some(event) = self.reader.finish()
        {
            let passed = self.event(&event) > 0;
            if passed && event.is_unterminated() {
                // Nothing that follows may run into it, and the caller is to see it as an event.
                let line_ended = matches!(event.raw().last(), Some(b'\n' | b'\r'));
                let end: &[u8] = if line_ended { b"\n" } else { b"\n\n" };
                self.out.push_back(Bytes::from_static(end));
            }
        }
        if self.state != State::Open {
            return;
        }
        if self.meter.seen().finished {
            self.complete();
        } else {
            self.cut(
                FailureClass::Provider,
                "the provider ended the stream before the answer was complete",
            );
        }
    }

    fn complete(&mut self) {
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
    fn cut(&mut self, class: FailureClass, why: &'static str) {
        self.fail(class);
        // The provider is to stop now, not when the caller has read what is left.
        self.body = Body::empty();
        self.meter.end(Ending::Cut);
        let event = match &mut self.form {
            Form::Native => self.api.error_event(why),
            Form::Elements(array) => {
                let mut out = Vec::new();
                array.fail(&Refusal::new(RefusalKind::Upstream, why), &mut out);
                out.into()
            }
            Form::Translated { translation, .. } => {
                translation.fail(&Refusal::new(RefusalKind::Upstream, why))
            }
        };
        self.out.push_back(event);
        self.state = State::Closing(Some(why));
    }

    /// Reads the provider's last bytes, so that its connection can be used again; the caller does not wait for them.
    fn leave(&mut self, cx: &mut Context<'_>) {
        let mut body = std::mem::take(&mut self.body);
        if Pin::new(&mut body).poll_frame(cx).is_pending() {
            self.drain.tail(body);
        }
    }

    /// The caller has left in the middle: what is to be read on is, and else the connection closes.
    pub(super) fn abandon(self) {
        let Self {
            body,
            reader,
            meter,
            drain,
            state,
            ..
        } = self;
        match state {
            State::Open => drain.start(body, reader, meter),
            State::Closing(None) => drain.tail(body),
            State::Closing(Some(_)) | State::Closed => {}
        }
    }
}
