use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use super::{
    BillLine, Event, OnDisconnect,
    price::{Rates, Used},
    state::State,
};

/// One call at a provider, from its receipt to its end. Whatever ends it writes the bill once;
/// dropped before that, the client has left.
pub(crate) struct Call {
    state: Arc<State>,
    id: u64,
    job: Option<Job>,
    events: u64,
    written: u64,
    entered: bool,
    ended: bool,
}

/// What the model was set to do, once that is known.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) model: String,
    pub(crate) rates: Rates,
    pub(crate) prompt_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) cache_writes: u64,
    /// What is written to the cache stays for an hour.
    pub(crate) hour: bool,
    pub(crate) completion_tokens: u64,
    pub(crate) reasoning_tokens: u64,
    pub(crate) streamed: bool,
    /// The model never runs.
    pub(crate) free: bool,
}

impl Call {
    pub(crate) fn new(state: Arc<State>, id: u64) -> Self {
        Self {
            state,
            id,
            job: None,
            events: 0,
            written: 0,
            entered: false,
            ended: false,
        }
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Sets the model to work; `false` when the provider has no room for another call.
    pub(crate) fn start(&mut self, job: Job) -> bool {
        self.job = Some(job);
        self.entered = self.state.enter();
        self.entered
    }

    /// Tokens were written that nobody has seen yet.
    pub(crate) fn wrote(&mut self, tokens: u64) {
        self.written += tokens;
    }

    /// An event was handed to the connection.
    pub(crate) fn streamed(&mut self, tokens: u64) {
        self.events += 1;
        self.wrote(tokens);
        let (call, events) = (self.id, self.events);
        if self.job.as_ref().is_some_and(|job| job.streamed) {
            self.state.log.event(Event::Streamed { call, events });
        }
    }

    /// The whole answer was handed to the connection.
    pub(crate) fn finish(mut self) {
        let line = self.line(200, u64::MAX, false);
        self.end(line, Event::Finished { call: self.id });
    }

    /// The call got an answer that is none, and costs nothing.
    pub(crate) fn refuse(mut self, status: u16) {
        if let Some(job) = &mut self.job {
            job.free = true;
        }
        let line = self.line(status, 0, false);
        self.end(line, Event::Failed { call: self.id });
    }

    /// The provider breaks off. What was written is charged for, nothing if that is nothing.
    pub(crate) fn give_up(mut self) {
        let written = self.written;
        if let Some(job) = &mut self.job {
            job.free |= written == 0;
        }
        let line = self.line(200, written, true);
        self.end(line, Event::Failed { call: self.id });
    }

    fn line(&self, status: u16, written: u64, cut: bool) -> Option<(BillLine, bool)> {
        let job = self.job.as_ref()?;
        let charged = !job.free;
        let count = |tokens: u64| if charged { tokens } else { 0 };
        let used = Used {
            prompt: count(job.prompt_tokens),
            cached: count(job.cached_tokens),
            written: count(job.cache_writes),
            hour: job.hour,
            completion: count(job.completion_tokens).min(written),
        };
        let line = BillLine {
            call: self.id,
            model: job.model.clone(),
            prompt_tokens: used.prompt,
            cached_tokens: used.cached,
            cache_write_tokens: used.written,
            completion_tokens: used.completion,
            reasoning_tokens: job.reasoning_tokens.min(used.completion),
            nano_usd: job.rates.nano_usd(used),
            cut,
            streamed: job.streamed,
            status,
        };
        Some((line, charged))
    }

    fn end(&mut self, line: Option<(BillLine, bool)>, event: Event) {
        self.ended = true;
        if self.entered {
            self.state.leave();
        }
        self.state.log.close(line, event);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let call = self.id;
        let event = if self.state.stopping.load(Ordering::Acquire) {
            Event::Failed { call }
        } else {
            Event::ClientGone { call }
        };
        let written = match self.state.clients_leave {
            OnDisconnect::Stops => self.written,
            OnDisconnect::RunsOn => u64::MAX,
        };
        let line = self.line(200, written, true);
        self.end(line, event);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("events", &self.events)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
