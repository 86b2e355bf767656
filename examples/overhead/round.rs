use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ::bytes::Bytes;
use anyhow::{anyhow, ensure};
use http::{Request, Response, StatusCode};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use tokio::time::Instant;
use tower::{Service, ServiceExt};
use tower_genai::Body;

use super::bytes::Question;

/// What is asked, and how.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) base: Arc<str>,
    pub(crate) question: Arc<Question>,
    /// The last number that was asked.
    pub(crate) number: Arc<AtomicU64>,
    /// Asks the same again.
    pub(crate) again: bool,
    pub(crate) in_flight: usize,
    /// How many bytes an answer has.
    pub(crate) length: usize,
}

/// How long each call took, and the longest gap between two pieces of its answer, in nanoseconds: short, for the memory
/// of this process is measured, too.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) calls: Vec<u32>,
    pub(crate) gaps: Vec<u32>,
}

/// More than four seconds are four seconds.
fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}

/// Keeps as many calls in flight as are wanted, each sent when the one before it has been read, for a while.
pub(crate) async fn round<S, B>(
    asked: &Asked,
    lasts: Duration,
    service: &S,
) -> anyhow::Result<Times>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Display + Send,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Display,
{
    let until = Instant::now() + lasts;
    let start = || tokio::spawn(asks(asked.clone(), until, service.clone()));
    let all: Vec<_> = (0..asked.in_flight).map(|_| start()).collect();
    let mut times = Times::default();
    for one in all {
        let one = one.await??;
        times.calls.extend(one.calls);
        times.gaps.extend(one.gaps);
    }
    Ok(times)
}

async fn asks<S, B>(asked: Asked, until: Instant, service: S) -> anyhow::Result<Times>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: Display,
    B: HttpBody<Data = Bytes>,
    B::Error: Display,
{
    let mut times = Times::default();
    loop {
        let number = if asked.again {
            0
        } else {
            asked.number.fetch_add(1, Ordering::Relaxed) + 1
        };
        let request = asked.question.request(&asked.base, number);
        let start = Instant::now();
        let response = service.clone().oneshot(request).await;
        let response = response.map_err(|error| anyhow!("a call failed: {error}"))?;
        let status = response.status();
        let mut body = std::pin::pin!(response.into_body());
        let (mut length, mut gap, mut last) = (0, Duration::ZERO, None);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| anyhow!("an answer broke: {error}"))?;
            length += frame.data_ref().map_or(0, Bytes::len);
            let now = Instant::now();
            gap = last.map_or(gap, |last| gap.max(now.duration_since(last)));
            last = Some(now);
        }
        let end = Instant::now();
        ensure!(
            status == StatusCode::OK,
            "a call was answered with {status}"
        );
        ensure!(length == asked.length, "an answer has {length} bytes");
        times.calls.push(nanos(end.duration_since(start)));
        if !gap.is_zero() {
            times.gaps.push(nanos(gap));
        }
        if end >= until {
            return Ok(times);
        }
    }
}
