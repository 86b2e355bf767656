use std::fmt::Debug;

use ::bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Full};
use tokio::runtime::{Builder, Runtime};
use tower::{Service, ServiceExt};

/// A runtime for timers, which nothing here waits for.
pub(crate) fn here() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Asks a clone of the service and reads the answer to its end; says how many bytes it has.
///
/// Everything there is is there at once, so one poll does, and no executor is part of what is measured.
pub(crate) fn ask<S, B>(service: &S, request: Request<Full<Bytes>>) -> usize
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: Debug,
    B: HttpBody<Data = Bytes>,
    B::Error: Debug,
{
    let service = service.clone();
    let asked = async move {
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut body = std::pin::pin!(response.into_body());
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame.unwrap().data_ref().map_or(0, Bytes::len);
        }
        length
    };
    asked.now_or_never().expect("nothing waits")
}
