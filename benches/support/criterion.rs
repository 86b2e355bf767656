use std::{fmt::Debug, time::Duration};

use ::bytes::Bytes;
use ::criterion::{BatchSize, Criterion};
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::Full;
use tower::Service;

use super::{Asking, Measure, ask};

/// Short enough that all benches together take a few minutes.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
        .configure_from_args()
}

/// Times calls; the requests are made outside of the time.
impl Measure for Criterion {
    fn measure<S, B>(&mut self, group: &str, name: &str, service: &S, mut asking: Asking)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
        S::Error: Debug,
        B: HttpBody<Data = Bytes>,
        B::Error: Debug,
    {
        // Few requests at a time are made ahead: some have 100 KB.
        let batch = BatchSize::NumIterations(32);
        self.benchmark_group(group).bench_function(name, |bencher| {
            bencher.iter_batched(|| asking.next(), |request| ask(service, request), batch);
        });
    }
}
