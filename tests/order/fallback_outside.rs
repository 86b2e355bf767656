use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Service, ServiceBuilder, service_fn};
use tower_genai::{
    Body,
    catalog::Catalog,
    classify::ClassifyLayer,
    dispatch::DispatchLayer,
    fallback::FallbackLayer,
    select::{SelectLayer, Selector},
};

fn serves<S: Service<Request<Full<Bytes>>>>(_: S) {}

async fn client(_: Request<Body>) -> std::io::Result<Response<Body>> {
    Ok(Response::new(Body::empty()))
}

fn main() {
    let service = ServiceBuilder::new()
        .layer(FallbackLayer::new())
        .layer(ClassifyLayer::new())
        .layer(SelectLayer::new(Selector::new(Catalog::builtin())))
        .layer(DispatchLayer::new())
        .service(service_fn(client));
    serves(service);
}
