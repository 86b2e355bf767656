use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tokio::{runtime::Handle, time::Sleep};

/// The longest rest that is read.
const MOST: u64 = 64 * 1024;
/// How long it is waited for.
const LONGEST: Duration = Duration::from_millis(500);

pin_project! {
    /// Reads the rest of a request that is refused by its head. A server that answers a request of which it has not
    /// read the body closes the connection, and a client that is about to use it again sees it break.
    #[derive(Debug)]
    pub(super) struct Rest<B> {
        #[pin]
        body: B,
        late: Option<Pin<Box<Sleep>>>,
    }
}

impl<B> Rest<B> {
    pub(super) const fn new(body: B) -> Self {
        Self { body, late: None }
    }
}

impl<B: HttpBody> Future for Rest<B> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        // What is long, or does not say how long it is, is not waited for.
        if this.body.size_hint().upper().is_none_or(|most| most > MOST) {
            return Poll::Ready(());
        }
        while !this.body.is_end_stream() {
            let Poll::Ready(frame) = this.body.as_mut().poll_frame(cx) else {
                if this.late.is_none() && Handle::try_current().is_ok() {
                    *this.late = Some(Box::pin(tokio::time::sleep(LONGEST)));
                }
                let Some(late) = this.late else {
                    return Poll::Ready(());
                };
                ready!(late.as_mut().poll(cx));
                return Poll::Ready(());
            };
            if !matches!(frame, Some(Ok(_))) {
                return Poll::Ready(());
            }
        }
        Poll::Ready(())
    }
}
