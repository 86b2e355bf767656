use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt,
    future::{Future, pending},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;

use super::{call::Call, pace::Pacer, script::Step};

/// The body of a provider's response.
pub(crate) enum AnswerBody {
    Full(Full<Bytes>),
    Live(Option<Next>),
}

/// The next frame in the making. Dropping it drops the call, and so notices that the client left.
type Next = Pin<Box<dyn Future<Output = Option<(Result<Bytes, Broken>, Option<Live>)>> + Send>>;

/// The provider broke the connection on purpose.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// Why, where HTTP/2 has a word for it; hyper resets the stream with that.
    reason: Option<h2::Error>,
}

impl Broken {
    /// The stream is refused before anybody has looked at it.
    pub(crate) fn refused() -> Self {
        let reason = Some(h2::Reason::REFUSED_STREAM.into());
        Self { reason }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated provider broke the connection")
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let reason = self.reason.as_ref()?;
        Some(reason)
    }
}

/// A body that is written step by step.
pub(crate) struct Live {
    call: Call,
    pacer: Pacer,
    steps: VecDeque<Step>,
}

impl Live {
    pub(crate) fn new(call: Call, pacer: Pacer, steps: Vec<Step>) -> Self {
        Self {
            call,
            pacer,
            steps: steps.into(),
        }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Broken>, Option<Self>)> {
        loop {
            return match self.steps.pop_front() {
                Some(Step::Wait(time)) => {
                    tokio::time::sleep(time).await;
                    continue;
                }
                Some(Step::Hold(gate)) => {
                    gate.pass().await;
                    continue;
                }
                Some(Step::Event { data, tokens }) => {
                    self.pacer.event().await;
                    self.call.streamed(tokens);
                    Some(self.wrote(data))
                }
                Some(Step::More(data)) => Some(self.wrote(data)),
                Some(Step::Again { data, every }) => {
                    tokio::time::sleep(every).await;
                    let again = data.clone();
                    self.steps.push_front(Step::Again { data, every });
                    Some(self.wrote(again))
                }
                Some(Step::Cut) => {
                    // An error discards what hyper has not flushed yet, so that is given a moment.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    self.call.give_up();
                    Some((Err(Broken::default()), None))
                }
                Some(Step::Stall) => pending().await,
                Some(Step::GiveUp) => {
                    self.call.give_up();
                    None
                }
                None => {
                    self.call.finish();
                    None
                }
            };
        }
    }

    fn wrote(self, data: Bytes) -> (Result<Bytes, Broken>, Option<Self>) {
        if !self.steps.is_empty() {
            return (Ok(data), Some(self));
        }
        // With its last bytes the answer is complete; a client may leave before it sees the end.
        self.call.finish();
        (Ok(data), None)
    }
}

impl AnswerBody {
    pub(crate) fn full(data: impl Into<Bytes>) -> Self {
        Self::Full(Full::new(data.into()))
    }

    pub(crate) fn live(live: Live) -> Self {
        Self::Live(Some(Box::pin(live.next())))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let next = match self.get_mut() {
            Self::Full(full) => {
                let frame = ready!(Pin::new(full).poll_frame(cx));
                return Poll::Ready(frame.map(|frame| frame.map_err(|e: Infallible| match e {})));
            }
            Self::Live(next) => next,
        };
        let Some(future) = next else {
            return Poll::Ready(None);
        };
        let step = ready!(future.as_mut().poll(cx));
        *next = None;
        let Some((data, rest)) = step else {
            return Poll::Ready(None);
        };
        if let Some(rest) = rest {
            *next = Some(Box::pin(rest.next()));
        }
        Poll::Ready(Some(data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(full) => full.is_end_stream(),
            Self::Live(next) => next.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(full) => full.size_hint(),
            Self::Live(_) => SizeHint::default(),
        }
    }
}
