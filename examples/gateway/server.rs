use std::{convert::Infallible, io, sync::Arc, time::Duration};

use http::{
    Method, Request, Response, StatusCode, Version,
    header::{CONNECTION, CONTENT_TYPE, HeaderValue},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::Body;

/// What is served: a stack of tower-genai, boxed.
pub(crate) type Gateway = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// Callers', or operators', who are told of metrics.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Option<PrometheusHandle>,
}

impl Served {
    /// Without metrics.
    pub(crate) const fn to_callers(gateway: Gateway) -> Self {
        Self {
            gateway,
            metrics: None,
        }
    }
}

/// More connections wait until others close.
const CONNECTIONS: usize = 8_192;
/// How long a connection may take for a request's head.
const HEAD: Duration = Duration::from_secs(60);

/// How long calls under way may take when it is to stop.
const LAST: Duration = Duration::from_secs(30);

/// Serves HTTP/1.1 and HTTP/2 (without TLS) until it is to `stop`; then it takes no more calls, and ends when those
/// under way are answered. What is cut after [`LAST`] is settled as any call is whose caller leaves.
pub(crate) async fn serve(listener: TcpListener, served: Served, stop: impl Future<Output = ()>) {
    let calls = GracefulShutdown::new();
    let (stopping, stopped) = watch::channel(());
    tokio::select! {
        () = accept(&listener, &served, &calls, stopped) => {}
        () = stop => {}
    }
    drop(listener);
    drop(stopping);
    if timeout(LAST, calls.shutdown()).await.is_err() {
        tracing::warn!("calls were still under way and are cut");
    }
}

async fn accept(
    listener: &TcpListener,
    served: &Served,
    calls: &GracefulShutdown,
    stopped: watch::Receiver<()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (served, watcher) = (served.clone(), calls.watcher());
                let mut stopped = stopped.clone();
                tokio::spawn(async move {
                    // Who has not asked anything yet is not waited for.
                    let asks = tokio::select! {
                        asks = timeout(HEAD, stream.readable()) => matches!(asks, Ok(Ok(()))),
                        _ = stopped.changed() => false,
                    };
                    if asks {
                        connection(stream, served, watcher).await;
                    }
                    drop(permit);
                });
            }
            // A connection that broke at once, or no descriptor left: others must close first.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, served: Served, watcher: Watcher) {
    // Small events would wait for an acknowledgement otherwise. A socket that is gone shows when it is used.
    let _ = stream.set_nodelay(true);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(128 * 1024);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(256)
        .max_header_list_size(64 * 1024);
    let service = service_fn(move |request| answer(served.clone(), request));
    let connection = server.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "a connection ended early");
    }
}

async fn answer(served: Served, request: Request<Incoming>) -> io::Result<Response<Body>> {
    if request.uri().path() == "/healthz" && request.method() == Method::GET {
        return Ok(Response::new(Body::from(String::from("ok"))));
    }
    if let Some(metrics) = &served.metrics
        && request.uri().path() == "/metrics"
        && request.method() == Method::GET
    {
        let mut response = Response::new(Body::from(metrics.render()));
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        return Ok(response);
    }
    let closes = request.version() < Version::HTTP_2;
    let mut response = match served.gateway.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if closes && response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        // What was not read stands in the way of the next request, so the connection ends, which the client is to know.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    Ok(response)
}
