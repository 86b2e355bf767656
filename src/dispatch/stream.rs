use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as _, Frame};

use super::{
    Baton, Secret, Step,
    draft::Sending,
    drain::Drains,
    form::Form,
    front::Front,
    idle::Idle,
    meter::Meter,
    sse::{Event, Reader},
};
use crate::{Body, BodyError, observe::FailureClass, query::Api};

mod ending;

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
    idle: Idle,
    front: Front,
    api: Api,
    secret: Option<Secret>,
    baton: Option<Baton>,
    /// The caller has had time to see the last event of a failed answer.
    told: bool,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The answer is complete, or has failed as far as the caller is concerned.
    Closing(Option<&'static str>),
    /// It has failed, and it is left to another to go on, or else to tell the caller: the body says so twice.
    Left(&'static str),
    Closed,
}

impl Streamed {
    /// The key is blotted out of what the provider says of a failure.
    pub(super) fn new(body: Body, sending: Sending) -> Self {
        let Sending {
            meter,
            mut form,
            drain,
            idle,
            api,
            secret,
            baton,
            ..
        } = sending;
        if let Some(translation) = form.resuming()
            && let Some(handed) = baton.as_ref().and_then(Baton::take)
        {
            translation.take_over(handed);
        }
        let (reader, out) = (Reader::new(), VecDeque::new());
        Self {
            body,
            reader,
            out,
            meter,
            form,
            drain,
            idle,
            front: Front::default(),
            api,
            secret,
            baton,
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
                State::Left(why) => {
                    (self.told, self.state) = (true, State::Closing(Some(why)));
                    return Poll::Ready(Some(Err(BodyError::new(why))));
                }
                State::Closing(Some(why)) => {
                    return Poll::Ready(Some(Err(BodyError::new(why))));
                }
            }
            let reading = Arc::clone(self.meter.reading());
            if let Some(late) = self.idle.turn(&reading) {
                self.late(late);
                continue;
            }
            let waker = reading.waker(cx.waker());
            let mut noted = Context::from_waker(&waker);
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(&mut noted) else {
                let late = ready!(self.idle.poll_late(cx));
                self.late(late);
                continue;
            };
            self.idle.came();
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
        let before = self.meter.seen().life();
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
        if self.meter.seen().life() != before {
            self.idle.progress();
        }
        self.begins(step);
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
        self.pass(event.raw().clone(), step);
        event.raw().len()
    }

    /// Says when the answer itself has begun: the first time that its caller sees something of it.
    fn begins(&mut self, step: Step) {
        // What the caller does not get is no beginning.
        if self.front.is_over() || step == Step::Garbage {
            return;
        }
        let said = match &self.form {
            Form::Native | Form::Elements(_) => self.meter.seen().content_bytes > 0,
            Form::Translated { translation, .. } => translation.has_said(),
        };
        if said {
            self.front.end();
            self.meter.outcome().content();
        }
    }

    /// What comes of an event goes to the caller.
    fn pass(&mut self, bytes: Bytes, step: Step) {
        // What tells of a failure is nothing that is held back.
        if step != Step::Failed && step != Step::Garbage && self.front.add(bytes.len()) {
            self.meter.outcome().begin();
        }
        self.out.push_back(bytes);
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
            self.pass(out.into(), step);
        }
        match step {
            Step::Pass | Step::Hide => {}
            Step::Done => self.complete(),
            Step::Failed => self.failed(),
            Step::Garbage => self.broken(),
        }
    }

    /// Goes on with what an event was translated to.
    fn translated(&mut self, step: Step) {
        self.flush(step);
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
    fn flush(&mut self, step: Step) {
        if let Form::Translated { translation, .. } = &mut self.form {
            let written = translation.written();
            if !written.is_empty() {
                self.pass(written, step);
            }
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
            State::Closing(Some(_)) | State::Left(_) | State::Closed => {}
        }
    }
}
