//! Callers of every vendor's API, in front of a provider that speaks gRPC.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tonic::{Code, transport::Channel};
use tower::{BoxError, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    grpc::OverGrpc,
    stack::Stack,
};

use crate::{
    google::part::Data,
    service::{Does, Google, WORDS},
};

type Client = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, BoxError>;

/// A stack over a tonic channel.
async fn client(google: &Google, budget: &Budget) -> Client {
    let url = google.start().await;
    let channel = Channel::from_shared(url.clone()).unwrap().connect_lazy();
    let channel = channel
        .map_request(|request: Request<Body>| request.map(tonic::body::Body::new))
        .map_err(BoxError::from);
    let catalog = format!(
        r#"
        provider = [{{ name = "g", dialect = "gemini", base_url = "{url}" }}]
        model = [{{ name = "m", provider = "g", price = {{ input = "1.00", output = "2.00" }}, can = ["stream", "tools"] }}]
        "#
    );
    let catalog = Catalog::from_toml(&catalog).unwrap();
    Stack::client_with(OverGrpc::new(channel), catalog)
        .budget(budget.clone())
        .boxed()
}

fn budget() -> Budget {
    Budget::new("b").limit("1".parse().unwrap(), Window::Total)
}

const PATHS: [(&str, bool); 3] = [
    ("/v1/chat/completions", true),
    ("/v1/messages", true),
    ("/v1beta/models/m:", false),
];

fn asked((path, named): (&str, bool), stream: bool) -> Request<Full<Bytes>> {
    let (uri, body) = if named {
        let body = format!(
            r#"{{"model":"m","max_tokens":50,"stream":{stream},"messages":[{{"role":"user","content":"Count!"}}]}}"#
        );
        (path.to_owned(), body)
    } else {
        let verb = if stream {
            "streamGenerateContent?alt=sse"
        } else {
            "generateContent"
        };
        let body = r#"{"contents":[{"role":"user","parts":[{"text":"Count!"}]}],"generationConfig":{"maxOutputTokens":50}}"#;
        (format!("{path}{verb}"), body.to_owned())
    };
    let request = Request::post(format!("http://localhost{uri}"));
    request
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

async fn read(response: Response<Body>) -> (StatusCode, Result<String, tower_genai::BodyError>) {
    let status = response.status();
    let whole = response.into_body().collect().await;
    (
        status,
        whole.map(|whole| String::from_utf8(whole.to_bytes().to_vec()).unwrap()),
    )
}

#[tokio::test]
async fn answers_and_streams_go_to_every_api_and_are_paid_for() {
    for path in PATHS {
        for stream in [false, true] {
            let (google, money) = (Google::new(Does::Answer), budget());
            let client = client(&google, &money).await;
            let (status, text) = read(client.oneshot(asked(path, stream)).await.unwrap()).await;
            let text = text.unwrap();
            assert_eq!(status, 200, "{text}");
            for word in WORDS {
                assert!(text.contains(word.trim()), "{path:?} {text}");
            }
            let call = google.calls.lock().unwrap()[0].clone();
            assert_eq!(call.model, "models/m");
            assert_eq!(call.generation_config.unwrap().max_output_tokens, Some(50));
            let data = call.contents[0].parts[0].data.clone();
            assert_eq!(data, Some(Data::Text("Count!".into())));
            // 7 tokens in, 5 out, by the usage in the last message.
            let allowance = money.scope().allowance().unwrap();
            assert_eq!(
                (allowance.spent().nanos(), allowance.held().nanos()),
                (17_000, 0)
            );
        }
    }
}

#[tokio::test]
async fn what_fails_before_its_first_message_fails_by_its_status_and_costs_nothing() {
    for (code, expected) in [
        (Code::InvalidArgument, 400),
        (Code::NotFound, 404),
        (Code::Unavailable, 503),
        (Code::ResourceExhausted, 429),
    ] {
        for stream in [false, true] {
            let (google, money) = (Google::new(Does::Refuse(code)), budget());
            let client = client(&google, &money).await;
            let (status, text) = read(client.oneshot(asked(PATHS[0], stream)).await.unwrap()).await;
            assert_eq!(status, expected, "{code:?} {text:?}");
            let allowance = money.scope().allowance().unwrap();
            assert_eq!(
                (allowance.spent().nanos(), allowance.held().nanos()),
                (0, 0),
                "{code:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_breaks_off_after_it_has_no_clean_end_and_is_paid_for() {
    for path in PATHS {
        let (google, money) = (
            Google::new(Does::BreakAfter(3, Code::Unavailable)),
            budget(),
        );
        let client = client(&google, &money).await;
        let (status, text) = read(client.oneshot(asked(path, true)).await.unwrap()).await;
        assert_eq!(status, 200);
        if let Ok(text) = text {
            assert!(text.contains("error") && !text.contains("[DONE]"), "{text}");
        }
        let allowance = money.scope().allowance().unwrap();
        assert!(allowance.spent().nanos() > 0 && allowance.held().nanos() == 0);
    }
}

#[tokio::test]
async fn what_ends_without_a_word_on_how_it_went_is_paid_for() {
    for (messages, stream) in [(0, false), (1, false), (0, true), (1, true), (3, true)] {
        let (google, money) = (Google::new(Does::EndAfter(messages)), budget());
        let client = client(&google, &money).await;
        let (_, text) = match client.oneshot(asked(PATHS[0], stream)).await {
            Ok(response) => read(response).await,
            Err(_) => (StatusCode::BAD_GATEWAY, Ok(String::new())),
        };
        assert!(!text.is_ok_and(|text| text.contains("[DONE]")));
        let allowance = money.scope().allowance().unwrap();
        // Nobody says that it cost nothing.
        assert!(allowance.spent().nanos() > 0, "{messages} {stream}");
        assert_eq!(allowance.held().nanos(), 0);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_resets_the_provider_s_stream() {
    let (google, money) = (Google::new(Does::StallAfter(2)), budget());
    let client = client(&google, &money).await;
    let mut answer = client.oneshot(asked(PATHS[0], true)).await.unwrap();
    answer.body_mut().frame().await.unwrap().unwrap();
    drop(answer);
    let left = async {
        while google.left.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left)
        .await
        .unwrap();
    assert_eq!(money.scope().allowance().unwrap().held().nanos(), 0);
}

#[tokio::test]
async fn nobody_listening_costs_nothing() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let channel = Channel::from_shared(url.clone()).unwrap().connect_lazy();
    let channel = channel
        .map_request(|request: Request<Body>| request.map(tonic::body::Body::new))
        .map_err(BoxError::from);
    let catalog = format!(
        r#"
        provider = [{{ name = "g", dialect = "gemini", base_url = "{url}" }}]
        model = [{{ name = "m", provider = "g", price = {{ input = "1.00", output = "2.00" }} }}]
        "#
    );
    let money = budget();
    let stack = Stack::client_with(
        OverGrpc::new(channel),
        Catalog::from_toml(&catalog).unwrap(),
    );
    let client: Client = stack.budget(money.clone()).boxed();
    assert!(client.oneshot(asked(PATHS[0], false)).await.is_err());
    let allowance = money.scope().allowance().unwrap();
    assert_eq!(
        (allowance.spent().nanos(), allowance.held().nanos()),
        (0, 0)
    );
}
