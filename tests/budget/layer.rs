use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{self, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Layer, Service, ServiceBuilder, ServiceExt};
use tower_genai::{
    budget::{Budget, BudgetLayer, Budgeted, CutRule, Hold, Opening, Scope, ScopeKey, Window},
    context::{Context, Tenant, ambient},
};
use tower_test::mock;

use super::support::{open, still, usd};

fn budget(name: &str) -> Budget {
    Budget::new(name).limit(usd("1"), Window::Day)
}

fn names(context: &Context) -> Vec<String> {
    let scope = |scope: &Scope| scope.account().to_string();
    context.scopes().iter().map(scope).collect()
}

#[tokio::test]
async fn readiness_is_the_inner_services() {
    let layer = BudgetLayer::new(budget("org"));
    let (mut service, mut handle) =
        mock::spawn_layer::<Request<()>, Response<Empty<Bytes>>, _>(layer);
    handle.allow(0);
    tokio_test::assert_pending!(service.poll_ready());
    handle.allow(1);
    tokio_test::assert_ready_ok!(service.poll_ready());
    let mut call = tokio_test::task::spawn(service.call(Request::new(())));
    tokio_test::assert_pending!(call.poll());
    let (request, respond) = handle.next_request().await.unwrap();
    assert_eq!(
        names(request.extensions().get::<Context>().unwrap()),
        ["org"]
    );
    respond.send_response(Response::new(Empty::new()));
    tokio_test::assert_ready_ok!(call.poll());
    tokio_test::assert_pending!(service.poll_ready());
    handle.send_error("down");
    let error = tokio_test::assert_ready_err!(service.poll_ready());
    assert_eq!(error.to_string(), "down");
}

/// Panics when it is called without being ready.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
}

impl<B> Service<Request<B>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called unready");
        let own = names(request.extensions().get::<Context>().unwrap());
        // Already here, not only when the future is polled.
        assert_eq!(names(&ambient().unwrap()), own);
        ready(Ok(Response::new(own.join(" ").into())))
    }
}

async fn seen(service: &mut Budgeted<Strict>, request: Request<&'static str>) -> String {
    let ready = ServiceExt::<Request<&'static str>>::ready(service).await;
    let answer = ready.unwrap().call(request).await.unwrap();
    String::from_utf8(
        answer
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn not_cloneable_services_and_any_body_will_do() {
    let mut service = BudgetLayer::new(budget("org")).layer(Strict::default());
    for _ in 0..3 {
        assert_eq!(seen(&mut service, Request::new("body")).await, "org");
    }
}

#[tokio::test]
async fn each_tenant_and_each_key_has_its_own() {
    let mut service = Budgeted::new(Strict::default(), budget("team").each_tenant());
    let mut request = Request::new("");
    assert_eq!(seen(&mut service, request.clone()).await, "team");
    let context = Context::new().with_tenant(Tenant::new("acme").unwrap());
    request.extensions_mut().insert(context);
    assert_eq!(seen(&mut service, request).await, "team/acme");

    let by_header = budget("key").each(|parts| {
        let key = parts.headers.get("x-key")?.to_str().ok()?;
        ScopeKey::new(key).ok()
    });
    let mut service = Budgeted::new(Strict::default(), by_header);
    let keyed = |key: &'static str| Request::builder().header("x-key", key).body("").unwrap();
    assert_eq!(seen(&mut service, keyed("k1")).await, "key/k1");
    assert_eq!(seen(&mut service, keyed("k2")).await, "key/k2");
    assert_eq!(seen(&mut service, keyed("")).await, "key");
}

#[tokio::test]
async fn the_outer_layers_scope_comes_first() {
    let org = budget("org");
    let team = budget("team").within(&org);
    let service = ServiceBuilder::new()
        .layer(BudgetLayer::new(org.clone()))
        .layer(BudgetLayer::new(team))
        .layer(BudgetLayer::new(org))
        .service(Strict::default());
    let answer = service.oneshot(Request::new(())).await.unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(text, "org team");
}

/// Two frames and trailers; tells whether it saw its context.
#[derive(Default)]
struct Telling(u8);

impl Body for Telling {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 += 1;
        let seen = names(&ambient().unwrap_or_default()).join(" ");
        Poll::Ready(match self.0 {
            1 | 2 => Some(Ok(Frame::data(seen.into()))),
            3 => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-seen", seen.parse().unwrap());
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0 >= 3
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(6)
    }
}

#[tokio::test]
async fn the_body_runs_in_the_context_and_shows_what_it_is() {
    let service =
        BudgetLayer::new(budget("org")).layer(tower::service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(Telling::default()))
        }));
    let mut body = service.oneshot(Request::new(())).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(6));
    assert!(!body.is_end_stream());
    for _ in 0..2 {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "org");
        assert!(ambient().is_none());
    }
    let trailers = body
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_trailers()
        .unwrap();
    assert_eq!(trailers["x-seen"], "org");
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn the_future_is_dropped_in_its_context() {
    type Seen = std::sync::Arc<std::sync::Mutex<Vec<String>>>;
    struct OnDrop(Seen);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = names(&ambient().unwrap_or_default());
        }
    }
    let dropped = Seen::default();
    let guard = std::sync::Arc::clone(&dropped);
    let service = BudgetLayer::new(budget("org")).layer(tower::service_fn(move |_: Request<()>| {
        let guard = OnDrop(guard.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok::<_, Infallible>(Response::new(()))
        }
    }));
    let mut call = tokio_test::task::spawn(service.oneshot(Request::new(())));
    tokio_test::assert_pending!(call.poll());
    drop(call);
    assert_eq!(*dropped.lock().unwrap(), ["org"]);
}

#[tokio::test]
async fn a_budget_replaced_is_in_force_at_once_and_keeps_its_money() {
    let before = budget("org").ledger(std::sync::Arc::new(still()));
    let layer = BudgetLayer::new(before.clone());
    let mut service = layer.layer(tower::service_fn(|request: Request<()>| {
        let mut response = Response::new(());
        let context = request.extensions().get::<Context>().unwrap().clone();
        response.extensions_mut().insert(context);
        ready(Ok::<_, Infallible>(response))
    }));
    let mut scope = async || {
        let answer = service.call(Request::new(())).await.unwrap();
        answer.extensions().get::<Context>().unwrap().scopes()[0].clone()
    };
    assert_eq!(scope().await, before.scope());
    let hold = open(&[before.scope()], usd("0.75"), CutRule::Bound).unwrap();
    layer
        .clone()
        .replace(Budget::new("org").limit(usd("3"), Window::Day));
    let after = scope().await;
    assert_ne!(after, before.scope());
    assert_eq!(after.allowance().unwrap().left(), usd("2.25"));
    hold.settle(usd("0.5"));
    assert_eq!(after.allowance().unwrap().left(), usd("2.50"));
}

#[test]
fn layers_and_services_travel() {
    fn all<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let layer = BudgetLayer::new(budget("org").each(|_| None));
    all(&layer);
    all(&layer.layer(()));
    // A hold lives in response bodies, which some clients want to share; while it opens it lives in futures.
    fn sync<T: Send + Sync>() {}
    fn send<T: Send>() {}
    sync::<Hold>();
    send::<Opening>();
}
