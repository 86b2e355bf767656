//! A caller and its call: polled only when it is its turn.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use http::Response;
use http_body::Body as HttpBody;
use tower_genai::Body;

type Answer = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

pub(crate) struct Call {
    pub(crate) id: u64,
    /// Of its answer.
    pub(crate) status: u64,
    phase: Phase,
    flag: Arc<Flag>,
    waker: Waker,
}

enum Phase {
    Asking(Answer),
    Reading(Body),
    Over,
}

impl Call {
    pub(crate) fn new(id: u64, answer: Answer) -> Self {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        Self {
            id,
            status: 0,
            phase: Phase::Asking(answer),
            flag,
            waker,
        }
    }

    /// Whether it was told that polling it is worth something.
    pub(crate) fn is_woken(&self) -> bool {
        self.flag.0.load(Ordering::Acquire)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    pub(crate) fn has_answer(&self) -> bool {
        matches!(self.phase, Phase::Reading(_))
    }

    /// One poll; says what came of it.
    pub(crate) fn poll(&mut self) -> (&'static str, u64) {
        self.flag.0.store(false, Ordering::Release);
        let cx = &mut Context::from_waker(&self.waker);
        let (then, amount) = match &mut self.phase {
            Phase::Asking(answer) => match answer.as_mut().poll(cx) {
                Poll::Pending => return ("waits", 0),
                Poll::Ready(Err(_)) => ("no answer", 0),
                Poll::Ready(Ok(response)) => {
                    let status = u64::from(response.status().as_u16());
                    self.status = status;
                    self.phase = Phase::Reading(response.into_body());
                    // Whoever has an answer reads on.
                    self.flag.0.store(true, Ordering::Release);
                    return ("answer", status);
                }
            },
            Phase::Reading(body) => match Pin::new(body).poll_frame(cx) {
                Poll::Pending => return ("waits for more", 0),
                Poll::Ready(Some(Ok(_))) => {
                    self.flag.0.store(true, Ordering::Release);
                    return ("reads", 0);
                }
                Poll::Ready(Some(Err(_))) => ("broken", 0),
                Poll::Ready(None) => ("whole", 0),
            },
            Phase::Over => return ("over", 0),
        };
        self.phase = Phase::Over;
        (then, amount)
    }
}
