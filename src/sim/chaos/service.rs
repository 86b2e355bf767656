use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower::Service;

use super::{
    FaultBody, FaultFuture,
    dice::{Dice, Rates},
};

/// Lets calls go wrong. See [`FaultLayer`].
///
/// [`FaultLayer`]: super::FaultLayer
#[derive(Clone, Debug)]
pub struct Faulty<S> {
    inner: S,
    dice: Dice,
    rates: Rates,
}

impl<S> Faulty<S> {
    pub(crate) fn new(inner: S, dice: Dice, rates: Rates) -> Self {
        Self { inner, dice, rates }
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for Faulty<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    ResB: Body<Data = Bytes>,
{
    type Response = Response<FaultBody<ResB>>;
    type Error = S::Error;
    type Future = FaultFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let fate = self.dice.roll(&self.rates);
        if fate.status {
            FaultFuture::refused(fate)
        } else {
            FaultFuture::new(self.inner.call(request), fate)
        }
    }
}
