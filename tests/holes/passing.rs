//! Calls that nobody can read: where they pass, and where money, data or permission stops them.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tower::ServiceExt;
use tower_genai::{
    context::{Context, DataLabel},
    query::{Api, Query, Wish},
    select::{Allowed, Call, LabelRule, Selector},
    stack::Stack,
};

use crate::support::{ANSWER, CALL, PRICED, budget, call, catalog, sent, whole};

/// A body with a member twice, of which a provider might take either.
const TWICE: &str = r#"{"model":"m","model":"dear","messages":[{"role":"user","content":"hi"}]}"#;

fn embeddings() -> Request<Full<Bytes>> {
    Request::post("http://acme.test/v1/embeddings")
        .header("content-type", "application/json")
        .body(Full::from(r#"{"model":"dear","input":"my diary"}"#))
        .unwrap()
}

#[test]
fn a_model_that_nobody_knows_passes_no_limit_on_models_or_cost() {
    let selector = Selector::new(catalog("", PRICED));
    let context = Context::new();
    let unknown = CALL.replacen("\"m\"", "\"dear-unknown\"", 1);
    let query = Query::read(Api::OpenAiChat, unknown.as_bytes()).unwrap();
    let passes = |call: Call<'_>| selector.plan(&call).map(|plan| plan.passes_through());

    assert!(matches!(passes(Call::new(&query, &context)), Ok(true)));
    let allowed = Allowed::new(["m"]);
    assert!(passes(Call::new(&query, &context).allowed(Some(&allowed))).is_err());
    let all = Allowed::new(["*"]);
    let anything = passes(Call::new(&query, &context).allowed(Some(&all)));
    assert!(matches!(anything, Ok(true)), "everything is allowed");
    for wish in [
        Wish::new().with_max_cost("0.000001".parse().unwrap()),
        Wish::new().with_models(["m"]),
    ] {
        assert!(passes(Call::new(&query, &context).wish(Some(&wish))).is_err());
    }
    let wish = Wish::new();
    let anything = passes(Call::new(&query, &context).wish(Some(&wish)));
    assert!(matches!(anything, Ok(true)), "nothing is wished for");
}

#[tokio::test]
async fn what_cannot_be_read_passes_no_list_of_allowed_models() {
    let fake = whole(200, ANSWER);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).boxed();
    for mut request in [call(TWICE), embeddings()] {
        request.extensions_mut().insert(Allowed::new(["m"]));
        let response = stack.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
    assert!(sent(&fake).is_empty());
    let response = stack.oneshot(embeddings()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "without a list it goes");
}

#[tokio::test]
async fn where_personal_data_is_looked_for_what_nobody_has_read_counts_as_personal() {
    let twice = r#"{"model":"m","stop":"a","stop":"b",
        "messages":[{"role":"user","content":"my husband is ill, what do I tell him?"}]}"#;
    for (detect, status) in [(true, StatusCode::BAD_REQUEST), (false, StatusCode::OK)] {
        let fake = whole(200, ANSWER);
        let rule = LabelRule::new(DataLabel::new("personal").unwrap(), ["device"]).detect(detect);
        let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).labels([rule]);
        let stack = stack.boxed();
        let mut twice = call(twice);
        *twice.uri_mut() = "http://acme.test/v1/chat/completions".parse().unwrap();
        for request in [twice, embeddings()] {
            let response = stack.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{detect}");
        }
        assert_eq!(fake.called(), if detect { 0 } else { 2 });
        let read = Request::get("http://acme.test/v1/models").body(Full::default());
        let response = stack.oneshot(read.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "it carries no data");
    }
}

#[tokio::test]
async fn an_upgrade_or_a_read_with_a_body_is_no_mere_read_under_a_hard_budget() {
    let read = || Request::get("http://acme.test/v1/realtime?model=m");
    let upgrade = read()
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    for (request, status) in [
        (upgrade.body(Full::default()), StatusCode::BAD_REQUEST),
        (read().body(Full::from(CALL)), StatusCode::BAD_REQUEST),
        (read().body(Full::default()), StatusCode::OK),
    ] {
        let fake = whole(200, ANSWER);
        let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).budget(budget("10"));
        let response = stack
            .boxed::<Full<Bytes>, _>()
            .oneshot(request.unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(fake.called(), usize::from(status.is_success()));
    }
}
