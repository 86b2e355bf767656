use super::{
    choice::Choice,
    failure,
    wire::{self, Response, Text, text},
};
use crate::{
    chat::{Delta, Finish, Problem, Sink},
    dispatch::{
        Answer, Reported, Seen, Step, Unreadable,
        usage::{Reader, Shape},
    },
    observe::{FailureClass, FinishReason},
};

/// A longer name is nobody's, and is not kept.
const LONGEST_NAME: usize = 256;
/// More candidates are no answer; callers can ask for no more.
const MOST_CHOICES: u32 = 128;

/// Reads an answer of generateContent.
#[derive(Debug)]
pub(super) struct GenerateAnswer {
    /// How many candidates were asked for.
    asked: u32,
    choices: Vec<Choice>,
    begun: bool,
    usage: Reader,
    seen: Seen,
}

/// What is wrong with an answer.
enum Wrong {
    /// The provider says an error.
    Error,
    /// A candidate ends by a fault, or cannot be read.
    Broken,
}

impl GenerateAnswer {
    pub(super) fn new(asked: u32) -> Self {
        Self {
            asked: asked.clamp(1, MOST_CHOICES),
            choices: Vec::new(),
            begun: false,
            usage: Reader::new(Shape::Gemini),
            seen: Seen::default(),
        }
    }

    fn take(&mut self, response: &Response<'_>, out: &mut dyn Sink) -> Result<(), Wrong> {
        self.begin(response, out);
        if let Some(error) = response.error {
            let problem = failure::problem(error);
            self.seen.error = Some(failure::code(&problem));
            self.seen.failure = problem.class;
            self.seen.retry_after = problem.retry_after;
            out.take(Delta::Failed(problem));
            return Err(Wrong::Error);
        }
        for (at, candidate) in response.candidates.iter().flatten().enumerate() {
            let index = candidate
                .index
                .unwrap_or(u32::try_from(at).unwrap_or(u32::MAX));
            let parts = candidate.content.iter().filter_map(|it| it.parts.as_ref());
            let bytes = parts.flatten().map(wire::Part::bytes).sum::<u64>();
            self.seen.content_bytes += bytes;
            if bytes > 0 && response.usage_metadata.is_none() {
                // What was reported before is not all of it.
                self.seen.usage = Reported::Missing;
            }
            self.seen.progress += u64::from(candidate.says_more());
            let choice = self.choice(index).map_err(|_| Wrong::Broken)?;
            let finish = choice.take(index, candidate, out);
            let calls = choice.calls();
            if calls {
                self.note(FinishReason::ToolCalls);
            }
            match finish.map_err(|_| Wrong::Broken)? {
                Some(Finish::Fault) => {
                    self.fault(
                        text(&candidate.finish_reason),
                        &candidate.finish_message,
                        out,
                    );
                    return Err(Wrong::Broken);
                }
                Some(finish) => self.note(finish.reason()),
                None => {}
            }
        }
        if let Some(blocked) = &response.prompt_feedback
            && !text(&blocked.block_reason).is_empty()
            && response.candidates.as_ref().is_none_or(Vec::is_empty)
        {
            self.note(FinishReason::ContentFilter);
            for index in 0..self.asked {
                if let Ok(choice) = self.choice(index) {
                    let why = Some(text(&blocked.block_reason_message));
                    choice.end(index, Finish::Filtered, why, out);
                }
            }
        }
        Ok(())
    }

    /// Says who answers, once.
    fn begin(&mut self, response: &Response<'_>, out: &mut dyn Sink) {
        let model = text(&response.model_version);
        let known = self.seen.model.as_deref() == Some(model);
        let model = Some(model).filter(|model| (1..=LONGEST_NAME).contains(&model.len()) && !known);
        if let Some(model) = model {
            self.seen.model = Some(model.into());
        }
        let id = Some(text(&response.response_id)).filter(|id| !id.is_empty() && !self.begun);
        if id.is_some() || model.is_some() {
            self.begun = true;
            self.seen.progress += 1;
            out.take(Delta::Begin {
                id: id.map(Into::into),
                model: model.map(Into::into),
            });
        }
    }

    fn choice(&mut self, index: u32) -> Result<&mut Choice, Unreadable> {
        if index >= MOST_CHOICES {
            return Err(Unreadable);
        }
        let index = index as usize;
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Choice::default);
        }
        self.choices.get_mut(index).ok_or(Unreadable)
    }

    fn note(&mut self, reason: FinishReason) {
        self.seen.finish_reasons = self.seen.finish_reasons.with(reason);
    }

    fn fault(&mut self, reason: &str, words: &Option<Text<'_>>, out: &mut dyn Sink) {
        self.note(FinishReason::Other);
        let words = Some(text(words)).filter(|words| !words.is_empty());
        let problem = Problem {
            class: Some(FailureClass::Provider),
            code: Some(reason.into()),
            message: words.map(Into::into),
            ..Problem::unknown()
        };
        self.seen.error = Some(failure::code(&problem));
        self.seen.failure = problem.class;
        out.take(Delta::Failed(problem));
    }

    /// Takes what a body or an event says of usage.
    fn meter(&mut self, json: &[u8], response: &Response<'_>, out: &mut dyn Sink) {
        let says = response.usage_metadata.is_some();
        if says && self.usage.read(json).is_ok() {
            self.seen
                .report(self.usage.report(self.seen.content_bytes > 0));
            if let Reported::Usage(usage) = &self.seen.usage
                && out.listens()
            {
                out.take(Delta::Usage(usage.clone()));
            }
        }
    }

    fn finished(&self) -> bool {
        // Fewer than were asked for are an answer all the same; the end of the stream is the end of the body.
        !self.choices.is_empty() && self.choices.iter().all(|choice| choice.ended)
    }
}

impl Answer for GenerateAnswer {
    fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step {
        let Ok(responses) = wire::read(data) else {
            return Step::Garbage;
        };
        for response in &responses {
            let taken = self.take(response, out);
            self.meter(data, response, out);
            match taken {
                Ok(()) => {}
                Err(Wrong::Error) => return Step::Failed,
                // A candidate that ends by a fault is no error that the caller's package would know.
                Err(Wrong::Broken) => return Step::Garbage,
            }
        }
        self.seen.finished = self.finished();
        Step::Pass
    }

    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let mut failed = false;
        let responses = wire::read(body)?;
        for response in &responses {
            let taken = self.take(response, out);
            self.meter(body, response, out);
            match taken {
                Ok(()) => {}
                Err(Wrong::Error) => failed = true,
                Err(Wrong::Broken) => return Err(Unreadable),
            }
        }
        if failed {
            return Ok(());
        }
        if self.choices.is_empty() {
            return Err(Unreadable);
        }
        for (choice, index) in self.choices.iter_mut().zip(0..) {
            let finish = if choice.calls() {
                Finish::ToolCalls
            } else {
                Finish::Stop
            };
            choice.end(index, finish, None, out);
        }
        self.seen.finished = self.finished();
        self.seen.done = true;
        Ok(())
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}
