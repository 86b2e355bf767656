use std::sync::Arc;

use http::Request;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpStream;
use tower::{Layer, service_fn};

use super::{route, state::State};
use crate::{Body, grpc::GrpcLayer};

/// Serves a connection, over which calls by gRPC come as well: each is the same over HTTP, and its answer breaks off where that
/// does.
pub(crate) async fn serve(state: Arc<State>, number: u64, stream: TcpStream) {
    let calls = service_fn(move |request: Request<Body>| {
        route::handle(Arc::clone(&state), number, request)
    });
    let service = TowerToHyperService::new(GrpcLayer::new().breaking().layer(calls));
    let server = auto::Builder::new(TokioExecutor::new());
    // As in `server`: the calls tell of what goes wrong.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}
