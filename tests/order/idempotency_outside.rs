use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Service, ServiceBuilder, service_fn};
use tower_genai::{
    Body,
    classify::ClassifyLayer,
    dispatch::DispatchLayer,
    idempotency::IdempotencyLayer,
};

fn serves<S: Service<Request<Full<Bytes>>>>(_: S) {}

async fn client(_: Request<Body>) -> std::io::Result<Response<Body>> {
    Ok(Response::new(Body::empty()))
}

fn main() {
    let service = ServiceBuilder::new()
        .layer(IdempotencyLayer::new())
        .layer(ClassifyLayer::new())
        .layer(DispatchLayer::new())
        .service(service_fn(client));
    serves(service);
}
