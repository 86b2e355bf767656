use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    fallback::FallbackLayer,
    idempotency::IdempotencyLayer,
    observe::{DecisionLog, Event, Outcome},
    sim,
    stack::{Caller, ServerSide, Stack, Tenants},
};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(30);

type HttpClient = Client<HttpConnector, Body>;

/// A gateway on a real socket, before two simulated providers of the same model, with a budget around it.
pub(crate) struct Up {
    addr: SocketAddr,
    pub(crate) provider: sim::Server,
    pub(crate) second: sim::Server,
    pub(crate) budget: Budget,
    /// Of each replay: who asked, and what it cost.
    pub(crate) replayed: Arc<Mutex<Vec<(String, String)>>>,
    connections: watch::Receiver<usize>,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Up {
    pub(crate) async fn start(layer: IdempotencyLayer) -> Self {
        Self::start_with(layer, |provider| provider, |stack| stack).await
    }

    pub(crate) async fn start_with(
        layer: IdempotencyLayer,
        provider: impl Fn(sim::Provider) -> sim::Provider,
        stack: impl FnOnce(Stack<HttpClient, ServerSide>) -> Stack<HttpClient, ServerSide>,
    ) -> Self {
        let sim = |name: &str, input: &str, output: &str| {
            let model = sim::Model::new("m").price(input, output).exact_output(12);
            provider(sim::Provider::new(name).model(model)).start()
        };
        let first = sim("p", "1", "2").await.unwrap();
        let second = sim("q", "2", "4").await.unwrap();
        let catalog = catalog(&first, &second);
        let tenants =
            ["a", "b"].map(|name| (name, Caller::new(Tenant::new(name).unwrap()).wishes(true)));
        let budget = Budget::new("org").limit("1".parse().unwrap(), Window::Total);
        let replayed = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&replayed);
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let whole = Stack::server(client, catalog, Tenants::keys(tenants))
            .fallback(FallbackLayer::new().attempts(1))
            .idempotency(layer)
            .budget(budget.clone())
            .decisions(DecisionLog::new(64))
            .explain_headers(true)
            .observer(move |event: &Event<'_>| {
                if let Event::Replayed(replayed) = event {
                    let tenant = replayed.tenant.as_ref().unwrap().to_string();
                    let finished = replayed.outcome.as_ref().and_then(Outcome::get);
                    let cost = finished.unwrap().cost.unwrap().to_string();
                    told.lock().unwrap().push((tenant, cost));
                }
            });
        let gateway = stack(whole).boxed::<Incoming, _>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (count, connections) = watch::channel(0);
        tokio::spawn(async move {
            let count = Arc::new(count);
            while let Ok((stream, _)) = listener.accept().await {
                count.send_modify(|n| *n += 1);
                let (gateway, count) = (gateway.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    let service = service_fn(move |request| gateway.clone().oneshot(request));
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                    count.send_modify(|n| *n -= 1);
                });
            }
        });
        Self {
            addr,
            provider: first,
            second,
            budget,
            replayed,
            connections,
            // Connections do not outlive their calls, so that those who have left can be counted.
            http: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build_http(),
        }
    }

    /// A call of tenant `a`.
    pub(crate) async fn ask(&self, key: &str, call: &Call) -> Answer {
        self.ask_of("a", key, call).await
    }

    pub(crate) async fn ask_of(&self, tenant: &str, key: &str, call: &Call) -> Answer {
        let answer = self.try_ask(tenant, key, call).await;
        answer.expect("the answer comes to its end")
    }

    /// None where the answer breaks off.
    pub(crate) async fn try_ask(&self, tenant: &str, key: &str, call: &Call) -> Option<Answer> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}{}", self.addr, call.path))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {tenant}"));
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(call.body.clone())).unwrap();
        let response = self.http.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = tokio::time::timeout(PATIENCE, body.collect())
            .await
            .unwrap();
        Some(Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.ok()?.to_bytes().into()).unwrap(),
        })
    }

    /// Asks again for as long as it is told to, as the vendors' packages do by themselves.
    pub(crate) async fn ask_until_answered(&self, key: &str, call: &Call) -> Answer {
        let asking = async {
            loop {
                let answer = self.ask(key, call).await;
                if answer.status != StatusCode::CONFLICT {
                    return answer;
                }
                assert_eq!(answer.headers["x-should-retry"], "true");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = Request::get(format!("http://{}{path}", self.addr))
            .header("authorization", "Bearer a")
            .body(Full::default())
            .unwrap();
        let body = self.http.request(request).await.unwrap().into_body();
        serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap()
    }

    /// Sends a call by hand, to be left.
    pub(crate) async fn begin(&self, key: &str, call: &Call) -> TcpStream {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        let key = match key {
            "" => String::new(),
            key => format!("idempotency-key: {key}\r\n"),
        };
        let others = call.headers.iter();
        let others: String = others
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer a\r\ncontent-type: application/json\r\n\
             {key}{others}content-length: {}\r\n\r\n{}",
            call.path,
            call.body.len(),
            call.body
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Goes, and waits until the gateway has noticed.
    pub(crate) async fn leave(&mut self, stream: TcpStream) {
        drop(stream);
        let gone = self.connections.wait_for(|connections| *connections == 0);
        let gone = tokio::time::timeout(PATIENCE, gone).await.unwrap();
        gone.unwrap();
    }

    /// How many calls have reached a provider.
    pub(crate) fn calls(&self) -> usize {
        self.provider.calls().len() + self.second.calls().len()
    }

    pub(crate) fn billed(&self) -> u64 {
        let bills = [&self.provider, &self.second].map(|one| one.bill().total_nano_usd());
        bills.iter().sum()
    }

    pub(crate) fn spent(&self) -> u64 {
        self.budget.scope().allowance().unwrap().spent().nanos()
    }

    /// What the ledger has is what the providers have billed, and nothing is held.
    #[track_caller]
    pub(crate) fn adds_up(&self) {
        let allowance = self.budget.scope().allowance().unwrap();
        assert_eq!(allowance.spent().nanos(), self.billed());
        assert_eq!(allowance.held().nanos(), 0);
    }
}

fn catalog(first: &sim::Server, second: &sim::Server) -> Catalog {
    let mut text = String::new();
    // The first is asked first: it is cheaper.
    for (server, model, input, output) in [(first, "m", 1, 2), (second, "spare", 2, 4)] {
        text.push_str(&format!(
            r#"
            [[provider]]
            name = "{name}"
            dialect = "openai"
            base_url = "{url}"
            on_disconnect = "stops"
            [[model]]
            name = "{model}"
            id = "m"
            provider = "{name}"
            price = {{ input = "{input}", output = "{output}" }}
            context = 200_000
            max_output = 32_000
            can = ["tools", "json_schema", "stream", "n", "logprobs"]
            quality = {{ general = 0.5 }}
            "#,
            name = server.name(),
            url = server.base_url()
        ));
    }
    text.push_str(
        r#"
        [[alias]]
        name = "both"
        models = ["m", "spare"]
        "#,
    );
    Catalog::from_toml(&text).unwrap()
}

/// What a caller sends.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

impl Call {
    fn new(name: &'static str, path: &str, body: &Value) -> Self {
        Self {
            name,
            path: path.to_owned(),
            body: body.to_string(),
            headers: Vec::new(),
        }
    }

    /// Whether an error body is one that the vendor's packages read.
    pub(crate) fn reads(&self, answer: &Answer) -> bool {
        let json: Value = serde_json::from_str(&answer.text).unwrap();
        let said = |error: &Value| {
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        };
        match self.name.split(' ').next().unwrap() {
            "openai" => said(&json["error"]) && json["error"]["type"].is_string(),
            "anthropic" => json["type"] == "error" && said(&json["error"]),
            "gemini" => {
                let error = if self.name.ends_with("array") {
                    &json[0]["error"]
                } else {
                    &json["error"]
                };
                said(error)
                    && error["code"] == answer.status.as_u16()
                    && error["status"].is_string()
            }
            other => panic!("{other}"),
        }
    }

    pub(crate) fn model(mut self, model: &str) -> Self {
        self.body = self.body.replacen("\"m\"", &format!("{model:?}"), 1);
        self
    }
}

const WORDS: &str = "Why is the sky blue?";

pub(crate) fn openai(stream: bool) -> Call {
    let body = json!({
        "model": "m",
        "messages": [{"role": "user", "content": WORDS}],
        "stream": stream,
    });
    let name = if stream {
        "openai stream"
    } else {
        "openai whole"
    };
    Call::new(name, "/v1/chat/completions", &body)
}

/// The callers of all three vendors, in every form of answer.
pub(crate) fn everyone() -> Vec<Call> {
    let anthropic = |stream| {
        let body = json!({
            "model": "m",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": WORDS}],
            "stream": stream,
        });
        let name = if stream {
            "anthropic stream"
        } else {
            "anthropic whole"
        };
        let mut call = Call::new(name, "/v1/messages", &body);
        call.headers.push(("anthropic-version", "2023-06-01"));
        call
    };
    let gemini = |name, how: &str| {
        let body = json!({"contents": [{"role": "user", "parts": [{"text": WORDS}]}]});
        Call::new(name, &format!("/v1beta/models/m:{how}"), &body)
    };
    vec![
        openai(false),
        openai(true),
        anthropic(false),
        anthropic(true),
        gemini("gemini whole", "generateContent"),
        gemini("gemini stream", "streamGenerateContent?alt=sse"),
        gemini("gemini array", "streamGenerateContent"),
    ]
}

/// Reads until these words have come.
pub(crate) async fn read_until(stream: &mut TcpStream, words: &str) {
    let mut read = Vec::new();
    let mut more = [0; 4_096];
    while !String::from_utf8_lossy(&read).contains(words) {
        let n = tokio::time::timeout(PATIENCE, stream.read(&mut more)).await;
        let n = n.unwrap().unwrap();
        assert!(n > 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&more[..n]);
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn is_replay(&self) -> bool {
        self.headers
            .get("idempotency-replayed")
            .is_some_and(|value| value == "true")
    }

    /// Its headers, but for those that tell of a moment, of how its bytes are sent, or of what this very call cost.
    pub(crate) fn lasting_headers(&self) -> Vec<(String, String)> {
        let of_the_moment = [
            "content-length",
            "date",
            "idempotency-replayed",
            "transfer-encoding",
            "x-genai-attempts",
            "x-genai-budget-left",
            "x-genai-cost",
        ];
        let lasting = self.headers.iter().filter(|(name, _)| {
            !of_the_moment.contains(&name.as_str()) && !name.as_str().contains("ratelimit")
        });
        let mut lasting: Vec<_> = lasting
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        lasting.sort();
        lasting
    }
}
