use std::{
    fmt::Display,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use ::bytes::Bytes;
use anyhow::{Context as _, ensure};
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::runtime::Runtime;
use tower::Service;
use tower_genai::Body;

use super::{
    bytes::{self, Question},
    client::{Bare, Whole},
    figures::{Figures, median},
    proc,
    round::{Asked, round},
    upstream::{self, Upstream},
};

/// Two sides that are asked the same.
pub(crate) struct Comparison<'a> {
    name: &'static str,
    question: &'a Question,
    kind: &'static str,
    in_flight: usize,
    again: bool,
    /// How often the stack is to ask the upstream for one call.
    asks: u64,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(
        name: &'static str,
        question: &'a Question,
        kind: &'static str,
        in_flight: usize,
    ) -> Self {
        Self {
            name,
            question,
            kind,
            in_flight,
            again: false,
            asks: 1,
        }
    }

    /// Asks the same again and again: the stack has kept the answer.
    pub(crate) fn again(self) -> Self {
        Self {
            again: true,
            asks: 0,
            ..self
        }
    }

    pub(crate) fn asking(self, times: u64) -> Self {
        Self {
            asks: times,
            ..self
        }
    }
}

/// What came out.
pub(crate) struct Compared {
    pub(crate) name: &'static str,
    pub(crate) in_flight: usize,
    pub(crate) streamed: bool,
    /// How many calls of either side were measured.
    pub(crate) calls: [usize; 2],
    pub(crate) bare: Figures,
    pub(crate) stack: Figures,
    /// The stack's median time over the bare client's: the median of the rounds, the least, the greatest.
    pub(crate) ratio: [f64; 3],
    /// The same of CPU per call.
    pub(crate) cpu_ratio: Option<f64>,
    /// By how much CPU per call the stack needs more, in microseconds.
    pub(crate) cpu_more_us: Option<f64>,
}

/// How comparisons are made.
pub(crate) struct Plan<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) upstream: &'a Upstream,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    /// The last number that was asked: no question is asked twice in one run but on purpose.
    pub(crate) number: Arc<AtomicU64>,
}

impl Plan<'_> {
    pub(crate) fn compare(
        &self,
        it: &Comparison<'_>,
        bare: &Bare,
        stack: &Whole,
    ) -> anyhow::Result<Compared> {
        let streamed = it.kind == upstream::STREAM;
        let asked = Asked {
            base: self.upstream.base_url(it.kind).into(),
            question: Arc::new(it.question.clone()),
            number: Arc::clone(&self.number),
            again: it.again,
            in_flight: it.in_flight,
            length: if streamed {
                bytes::events().iter().map(Bytes::len).sum()
            } else {
                bytes::whole().len()
            },
        };
        // Opens the connections, and lets the stack keep what it is to know.
        let warm = self.round / 2;
        self.runtime.block_on(round(&asked, warm, bare))?;
        self.runtime.block_on(round(&asked, warm, stack))?;

        let (mut bares, mut stacks) = (Vec::new(), Vec::new());
        let mut calls = [0, 0];
        for _ in 0..self.rounds {
            let (figures, count) = self
                .side(&asked, bare, 1)
                .context(format!("{}, the bare client", it.name))?;
            bares.push(figures);
            calls[0] += count;
            let (figures, count) = self
                .side(&asked, stack, it.asks)
                .context(format!("{}, the stack", it.name))?;
            stacks.push(figures);
            calls[1] += count;
        }
        let each = |of: fn(&Figures) -> Option<f64>, with: fn(f64, f64) -> f64| {
            let both = bares.iter().zip(&stacks);
            both.map(|(bare, stack)| Some(with(of(bare)?, of(stack)?)))
                .collect::<Option<Vec<f64>>>()
        };
        let ratios = each(|side| Some(side.p50_us), |bare, stack| stack / bare);
        let ratios = ratios.unwrap_or_default();
        Ok(Compared {
            name: it.name,
            in_flight: it.in_flight,
            streamed,
            calls,
            bare: Figures::median(&bares),
            stack: Figures::median(&stacks),
            ratio: [
                median(ratios.iter().copied()),
                ratios.iter().copied().fold(f64::INFINITY, f64::min),
                ratios.iter().copied().fold(0.0, f64::max),
            ],
            cpu_ratio: each(|side| side.cpu_us, |bare, stack| stack / bare).map(median),
            cpu_more_us: each(|side| side.cpu_us, |bare, stack| stack - bare).map(median),
        })
    }

    /// One side's turn; how many calls there were, and that the upstream was asked so often for each.
    fn side<S, B>(&self, asked: &Asked, service: &S, asks: u64) -> anyhow::Result<(Figures, usize)>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Display + Send,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Display,
    {
        let before = (self.upstream.calls(), proc::cpu());
        let times = self.runtime.block_on(round(asked, self.round, service))?;
        let after = (self.upstream.calls(), proc::cpu());
        let calls = times.calls.len();
        let (made, due) = (after.0 - before.0, asks * calls as u64);
        ensure!(made == due, "asked the upstream {made} times and not {due}");
        let cpu = after.1.zip(before.1).map(|(after, before)| after - before);
        Ok((Figures::of(times.calls, times.gaps, cpu), calls))
    }
}
