use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower_genai::{
    catalog::Provider,
    context::Tenant,
    dispatch::{Key, Secret},
    sim,
    stack::config::Config,
};

use crate::{client::ProviderClient, server};

/// A gateway on a free port, with two simulated providers behind it that each want a key of their own.
pub(crate) struct Up {
    pub(crate) addr: SocketAddr,
    pub(crate) config: Config,
    pub(crate) zai: sim::Server,
    pub(crate) openai: sim::Server,
    http: Client<HttpConnector, Full<Bytes>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {}", self.text))
    }

    /// `error.code` of a refusal, and its `param`.
    pub(crate) fn error(&self) -> (String, String) {
        let json = self.json();
        let text = |key: &str| json["error"][key].as_str().unwrap_or_default().to_owned();
        assert!(!text("message").is_empty(), "{json}");
        assert!(!text("type").is_empty(), "{json}");
        (text("code"), text("param"))
    }
}

impl Up {
    /// With these lines before the catalog.
    pub(crate) async fn start(lines: &str) -> Self {
        Self::start_with(lines, |provider| provider).await
    }

    pub(crate) async fn start_with(
        lines: &str,
        change: impl Fn(sim::Provider) -> sim::Provider,
    ) -> Self {
        let sim = |name: &str, model: sim::Model| {
            let provider = sim::Provider::new(name).key(owned(name)).model(model);
            change(provider).start()
        };
        let glm = sim::Model::new("glm-5").price("1.00", "3.20");
        let gpt = sim::Model::new("gpt-5.4").price("2.50", "20.00");
        let zai = sim("zai", glm).await.unwrap();
        let openai = sim("openai", gpt).await.unwrap();
        let text = format!("{lines}\n{}", catalog(&zai.base_url(), &openai.base_url()));
        let config = Config::parse("gateway.toml", &text)
            .unwrap()
            .open()
            .unwrap();
        let stack = config.stack(ProviderClient::new(None)).credential(
            |provider: &Provider, _: Option<&Tenant>| {
                Key::Ready(Some(Secret::new(owned(provider.name()))))
            },
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(server::serve(
            listener,
            server::Served::to_callers(stack.boxed()),
            std::future::pending(),
        ));
        Self {
            addr,
            config,
            zai,
            openai,
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.addr))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.into())).unwrap();
        let response = self.http.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.into()).unwrap(),
        }
    }

    /// A chat with a key of the gateway's.
    pub(crate) async fn chat(&self, key: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {key}");
        self.chat_with(&[("authorization", &bearer)], body).await
    }

    pub(crate) async fn chat_with(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let path = "/v1/chat/completions";
        self.send(Method::POST, path, headers, body.to_string())
            .await
    }

    /// Sends these bytes and reads to the end of the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // The gateway may close with bytes unread, which is an error here.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// How many requests have reached a provider.
    pub(crate) fn sent(&self) -> usize {
        self.zai.calls().len() + self.openai.calls().len()
    }
}

/// The key that a provider wants.
pub(crate) fn owned(provider: &str) -> String {
    format!("sk-owner-of-{provider}")
}

pub(crate) fn catalog(zai: &str, openai: &str) -> String {
    format!(
        r#"
        [[provider]]
        name = "zai"
        dialect = "openai"
        base_url = "{zai}"
        on_disconnect = "stops"

        [[provider]]
        name = "openai"
        dialect = "openai"
        base_url = "{openai}"
        on_disconnect = "stops"

        [[model]]
        name = "glm-5"
        provider = "zai"
        price = {{ input = "1.00", output = "3.20" }}
        context = 200_000
        max_output = 32_000
        can = ["tools", "json_schema", "reasoning", "stream", "n", "logprobs"]
        quality = {{ coding = 0.778, science = 0.86, general = 0.54 }}
        released = 2026-02-12

        [[model]]
        name = "gpt-5.4"
        provider = "openai"
        price = {{ input = "2.50", output = "20.00" }}
        context = 1_050_000
        max_output = 128_000
        can = ["tools", "vision", "json_schema", "reasoning", "stream", "n", "logprobs"]
        quality = {{ coding = 0.78, science = 0.928, reasoning = 0.733, general = 0.57 }}

        [[alias]]
        name = "house"
        quality = 0.5
        "#
    )
}

pub(crate) fn ask(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "Hello you"}], "max_tokens": 20})
}

pub(crate) const TWO_TENANTS: &str = r#"
tenants.keys = { "sk-a" = "team-a", "sk-b" = "team-b" }
"#;
