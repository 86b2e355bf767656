use std::fmt;

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use http::HeaderMap;

use super::{
    Secret,
    usage::{Report, Share},
};
use crate::{
    Body,
    catalog::{Candidate, Usage},
    chat::{Delta, Request, Sink},
    money::Usd,
    observe::{FailureClass, FinishReasons},
    query::{Api, Feature, Features, Query, Refusal},
};

/// A wire format that providers speak: how a request is written and an answer is read.
///
/// A caller whose API is the format's own gets bytes through with only what must change changed. For every other one
/// the request comes read, as a [`Request`], and the answer is read into [`Delta`](crate::chat::Delta)s, which the
/// caller's API writes; so a format deals with its own shapes alone, and works with every API.
///
/// Knows shapes and nothing of budgets or plans. An open set: a catalog's `dialect` is the
/// [`name`](Self::name) of one of those given to [`DispatchLayer::dialect`](super::DispatchLayer::dialect).
pub trait Dialect: Send + Sync + fmt::Debug {
    /// The word in a catalog.
    fn name(&self) -> &str;

    /// Whether a caller's API has this very format, so that bytes can pass. Default: none has.
    fn is_native(&self, api: Api) -> bool {
        let _ = api;
        false
    }

    /// What it has words for, of a request in another format. What is left unsaid must not change the answer. Default:
    /// everything but what is bound to a provider of another format.
    fn expresses(&self) -> Features {
        Features::ALL
            .without(Feature::State)
            .without(Feature::HostedTools)
            .without(Feature::Unknown)
    }

    /// Writes the request for a candidate.
    ///
    /// # Errors
    /// When the candidate's format cannot express the query; the refusal names the field.
    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal>;

    /// Puts the key where the provider looks for it.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    fn authorize(
        &self,
        key: &Secret,
        headers: &mut HeaderMap,
    ) -> Result<(), http::header::InvalidHeaderValue>;

    /// A reader for the answer to one request.
    fn answer(&self, query: &Query) -> Box<dyn Answer>;
}

/// A request to be written: the caller's query and bytes, and who is asked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Outgoing<'a> {
    /// What is asked.
    pub query: &'a Query,
    /// The bytes it was read from.
    pub bytes: &'a Bytes,
    /// Who is asked.
    pub candidate: &'a Candidate,
    /// A limit of output tokens to be written, where the caller has set none.
    pub max_output: Option<u32>,
    /// What is asked in a format of its own, where the caller's API has another than this one.
    pub request: Option<&'a Request<'a>>,
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("query", &self.query)
            .field("bytes", &self.bytes.len())
            .field("candidate", &self.candidate)
            .field("max_output", &self.max_output)
            .field("request", &self.request)
            .finish()
    }
}

impl<'a> Outgoing<'a> {
    /// For a candidate, without a limit of output of ours.
    pub const fn new(query: &'a Query, bytes: &'a Bytes, candidate: &'a Candidate) -> Self {
        Self {
            query,
            bytes,
            candidate,
            max_output: None,
            request: None,
        }
    }

    /// With a limit of output tokens to be written.
    #[must_use]
    pub const fn max_output(mut self, tokens: Option<u32>) -> Self {
        self.max_output = tokens;
        self
    }

    /// Asked in another format than the dialect's.
    #[must_use]
    pub const fn translated(mut self, request: &'a Request<'a>) -> Self {
        self.request = Some(request);
        self
    }

    /// The limit of output tokens to be written in a translated request: the caller's, or the one that is set here.
    pub fn most_output(&self) -> Option<u32> {
        self.max_output
            .or_else(|| self.request.and_then(|request| request.max_output))
    }
}

/// A request in a provider's format.
#[derive(Debug)]
#[non_exhaustive]
pub struct Encoded {
    /// The path below the provider's `base_url`, with a slash in front.
    pub path: String,
    /// The body.
    pub body: Body,
    /// Headers of the format itself.
    pub headers: HeaderMap,
    /// What the request said and this one does not, since it changes nothing: told in the explanation of the call.
    pub dropped: Vec<Cow<'static, str>>,
}

impl Encoded {
    /// A JSON body for a path below the provider's `base_url`.
    pub fn json(path: impl Into<String>, body: Body) -> Self {
        let mut headers = HeaderMap::new();
        let json = http::HeaderValue::from_static("application/json");
        headers.insert(http::header::CONTENT_TYPE, json);
        Self {
            path: path.into(),
            body,
            headers,
            dropped: Vec::new(),
        }
    }
}

/// Reads one answer, streamed or whole, and keeps what metering needs to know of it.
///
/// What it says goes to a [`Sink`] too, piece by piece. Where that does not [listen](Sink::listens), bytes pass, and
/// nothing needs to be made of them but what [`Seen`] has.
pub trait Answer: Send + Sync {
    /// One event of a stream; `data` is the event's payload.
    fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step;

    /// The whole body of an answer that is not streamed.
    ///
    /// # Errors
    /// When it is no answer in this format.
    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable>;

    /// What has been seen so far.
    fn seen(&self) -> &Seen;
}

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The caller gets it.
    Pass,
    /// It was asked for here and not by the caller, who does not get it.
    Hide,
    /// The answer is complete with it; what follows does not count.
    Done,
    /// It is an error of the provider's; the caller gets it, and the answer ends there.
    Failed,
    /// It cannot be read, or ends the answer by a fault without saying so as an error would; the answer is broken, and
    /// the caller gets an error in its place.
    Garbage,
}

/// The body is no answer in the provider's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider's answer cannot be read")]
pub struct Unreadable;

/// What an [`Answer`] has seen.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Seen {
    /// What the provider says was used.
    pub usage: Reported,
    /// How that divides among models, where the provider says that several have worked on the call.
    pub shares: Vec<Share>,
    /// What the provider says that the call costs.
    pub cost: Option<Usd>,
    /// The model that the provider says answers.
    pub model: Option<Box<str>>,
    /// The service tier that the provider says served the call.
    pub tier: Option<Box<str>>,
    /// Where the provider says that the call was served. Its rates count, also where the catalog says of the provider
    /// that it runs elsewhere.
    pub region: Option<Box<str>>,
    /// Bytes of content so far: no tokenizer makes more tokens of them.
    pub content_bytes: u64,
    /// Goes up with every event that says something, be it thinking that nobody is shown, usage, or that something
    /// begins or ends. Pings, and events in which nothing stands, only keep a connection alive, and a stream of
    /// nothing else is [idle](super::DispatchLayer::idle_timeout). More [`content_bytes`](Self::content_bytes), and
    /// that the answer is [`finished`](Self::finished), count by themselves.
    pub progress: u64,
    /// Every choice has said why it ended.
    pub finished: bool,
    /// Why choices have ended, as far as they have said so.
    pub finish_reasons: FinishReasons,
    /// The format's end marker came.
    pub done: bool,
    /// The provider's error code, where the answer is or ends with an error.
    pub error: Option<Box<str>>,
    /// What kind of failure that error is, where the format tells; else its status does.
    pub failure: Option<FailureClass>,
    /// What kind it is by words that say less than a status: they count within a stream, and in an answer whose status
    /// says that it is none.
    pub in_band: Option<FailureClass>,
    /// When trying again makes sense, where the error's body says it.
    pub retry_after: Option<Duration>,
}

impl Seen {
    /// What kind of failure an error is that came without a status of its own.
    pub(super) fn class_in_band(&self) -> FailureClass {
        let told = self.failure.or(self.in_band);
        told.unwrap_or(FailureClass::Provider)
    }

    /// Notes what metering needs to know of a piece of the answer; what `usage` says in full, an error's code and the
    /// end marker are for the reader itself to set.
    ///
    /// For readers that make pieces of all they read. The first model that is named counts, and an answer has one choice
    /// unless the reader sets [`finished`](Self::finished) itself.
    pub fn note(&mut self, delta: &Delta<'_>) {
        let said = match delta {
            Delta::Text { text, .. }
            | Delta::Refusal { text, .. }
            | Delta::Thinking { text, .. }
            | Delta::Arguments { json: text, .. }
            | Delta::ToolCall { name: text, .. } => text.len() as u64,
            _ => 0,
        };
        self.content_bytes += said;
        match delta {
            // Of words that are none the bytes tell.
            Delta::Text { .. }
            | Delta::Refusal { .. }
            | Delta::Thinking { .. }
            | Delta::Arguments { .. } => {}
            Delta::Usage(usage) if matches!(&self.usage, Reported::Usage(known) if known == usage) =>
                {}
            _ => self.progress += 1,
        }
        match delta {
            Delta::Begin {
                model: Some(model), ..
            } if self.model.is_none() => self.model = Some(model.as_ref().into()),
            Delta::End { ended, .. } => {
                self.finished = true;
                self.finish_reasons = self.finish_reasons.with(ended.finish.reason());
            }
            Delta::Usage(usage) => self.usage = Reported::Usage(usage.clone()),
            Delta::Failed(problem) => {
                self.failure = problem.class;
                self.retry_after = problem.retry_after;
                self.error.get_or_insert_with(|| "error".into());
            }
            _ => {}
        }
    }

    /// What goes up as an answer goes on.
    pub(super) const fn life(&self) -> (u64, u64, bool) {
        (self.progress, self.content_bytes, self.finished)
    }

    /// Takes what a [usage reader](super::usage::Reader) has read. What it does not say of tier and region stays.
    pub fn report(&mut self, report: Report) {
        let Report {
            usage,
            shares,
            cost,
            tier,
            region,
        } = report;
        self.progress += u64::from(self.usage != usage);
        (self.usage, self.shares, self.cost) = (usage, shares, cost);
        self.tier = tier.or(self.tier.take());
        self.region = region.or(self.region.take());
    }
}

/// What a provider says of usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reported {
    /// Nothing.
    #[default]
    Missing,
    /// This, in buckets that do not overlap.
    Usage(Usage),
    /// Something that cannot be: negative, no number, more cached than sent.
    Implausible,
}
