use std::time::Duration;

use tower::Layer;

use super::{
    Faulty,
    dice::{Dice, Rates},
};

/// Lets calls of the service below go wrong: an error in the provider's place, a late head, a body
/// that breaks off.
///
/// Put it innermost, around the client, to see what the layers above make of it. Rates are shares
/// of the calls from 0 to 1; each fault is drawn for itself, from one sequence that the seed starts
/// and that all clones share. Calls made one after the other meet the same faults in each run.
///
/// ```
/// use std::{convert::Infallible, time::Duration};
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_genai::sim::FaultLayer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = ServiceBuilder::new()
///     .layer(
///         FaultLayer::new(7)
///             .status(1.0)
///             .delay(0.5, Duration::from_millis(20))
///             .cut(0.1, 3),
///     )
///     .service(service_fn(|_: Request<()>| async {
///         Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("answer")))
///     }));
/// let response = service.oneshot(Request::new(())).await.unwrap();
/// assert_eq!(response.status(), 503);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FaultLayer {
    dice: Dice,
    rates: Rates,
}

impl FaultLayer {
    /// A layer that does nothing yet.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            rates: Rates::default(),
        }
    }

    /// This share of calls is answered with 503 and OpenAI's error body; the service below is not
    /// called.
    pub fn status(mut self, rate: f64) -> Self {
        self.rates.status = rate;
        self
    }

    /// The answer of this share of calls is waited for only after such a time, on tokio's clock.
    /// The service below has been called by then.
    pub fn delay(mut self, rate: f64, time: Duration) -> Self {
        self.rates.delay = (rate, time);
        self
    }

    /// The body of this share of answers breaks off with a [`CutError`] after so many frames,
    /// unless it has ended by then.
    ///
    /// [`CutError`]: super::CutError
    pub fn cut(mut self, rate: f64, frames: u64) -> Self {
        self.rates.cut = (rate, frames);
        self
    }
}

impl<S> Layer<S> for FaultLayer {
    type Service = Faulty<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Faulty::new(inner, self.dice.clone(), self.rates)
    }
}
