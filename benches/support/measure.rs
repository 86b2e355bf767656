use std::fmt::Debug;

use ::bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::Full;
use tower::Service;

use super::Question;

/// What is asked: of each question one copy after another, or one and the same again.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    question: Question,
    again: bool,
    number: u64,
}

impl Asking {
    pub(crate) fn new(kilobytes: usize, stream: bool) -> Self {
        Self {
            question: Question::new(kilobytes, stream),
            again: false,
            number: 0,
        }
    }

    #[must_use]
    pub(crate) fn again(mut self) -> Self {
        self.again = true;
        self
    }

    pub(crate) fn next(&mut self) -> Request<Full<Bytes>> {
        self.number += u64::from(!self.again);
        // Where a request goes is decided inside.
        self.question.request("http://localhost", self.number)
    }
}

/// Measures services by what is asked of them: their time, or what they allocate.
pub(crate) trait Measure {
    fn measure<S, B>(&mut self, group: &str, name: &str, service: &S, asking: Asking)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
        S::Error: Debug,
        B: HttpBody<Data = Bytes>,
        B::Error: Debug;
}
