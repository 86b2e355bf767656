//! A provider that fails, a sim that does not, and a budget over both.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    fallback::{Backoff, FallbackLayer, Tried},
    observe::{Failure, FailureClass},
    sim,
    stack::Stack,
};

/// A call that fails at `base_url` and is answered by a sim, by one client.
pub(crate) struct Rig {
    well: sim::Server,
    catalog: Catalog,
    budget: Budget,
}

impl Rig {
    pub(crate) async fn new(base_url: &str) -> Self {
        let model = sim::Model::new("m1").price("2", "4").exact_output(8);
        let well = sim::Provider::new("well").model(model).start().await;
        let well = well.unwrap();
        let catalog = format!(
            r#"
            provider = [
                {{ name = "ill", dialect = "openai", base_url = "{base_url}", on_disconnect = "stops" }},
                {{ name = "well", dialect = "openai", base_url = "{}", on_disconnect = "stops" }},
            ]
            model = [
                {{ name = "m0", provider = "ill", price = {{ input = "1", output = "2" }}, context = 200_000 }},
                {{ name = "m1", provider = "well", price = {{ input = "2", output = "4" }}, context = 200_000 }},
            ]
            alias = [{{ name = "auto", models = ["*"], prefer = "cost", sticky = false }}]
            "#,
            well.base_url()
        );
        Self {
            well,
            catalog: Catalog::from_toml(&catalog).unwrap(),
            budget: Budget::new("org").limit("10".parse().unwrap(), Window::Total),
        }
    }

    /// Asks, and says how attempts failed. Whatever it was, the second candidate answers whole.
    pub(crate) async fn ask<C>(&self, client: Client<C, Body>, stream: bool) -> Vec<Failure>
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        let at_once = Backoff::new(std::time::Duration::ZERO, std::time::Duration::ZERO);
        let stack = Stack::client_with(client, self.catalog.clone())
            .fallback(FallbackLayer::new().backoff(at_once))
            .budget(self.budget.clone())
            .boxed();
        let question = json!({
            "model": "auto", "stream": stream, "max_tokens": 300,
            "messages": [{"role": "user", "content": "Hello"}],
        });
        let request = Request::post("http://app.test/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(question.to_string()))
            .unwrap();
        let response = stack.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let tried = response.extensions().get::<Tried>().cloned();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains("\"m1\""));
        let tried = tried.expect("something was tried");
        let failures = tried.tries().iter().map(|one| one.failure.clone());
        let failures: Vec<Failure> = failures.collect();
        let ill = |failure: &Failure| failure.class == FailureClass::Provider;
        assert!(failures.iter().all(ill), "{failures:?}");
        failures
    }

    /// The provider has never seen the call, and it costs nothing.
    pub(crate) async fn is_unsent<C>(&self, client: Client<C, Body>)
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        for stream in [false, true] {
            let failures = self.ask(client.clone(), stream).await;
            let unsent = failures.iter().all(|failure| !failure.sent);
            assert!(unsent && !failures.is_empty(), "{failures:?}");
            assert_eq!(self.excess(), 0, "streamed: {stream}");
        }
    }

    /// The provider may have seen the call, and so it may have been billed.
    pub(crate) async fn may_be_sent<C>(&self, client: Client<C, Body>)
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        for stream in [false, true] {
            let before = self.excess();
            let failures = self.ask(client.clone(), stream).await;
            let sent: Vec<bool> = failures.iter().map(|failure| failure.sent).collect();
            assert_eq!(sent, [true], "streamed: {stream}");
            assert!(self.excess() > before, "streamed: {stream}");
        }
    }

    /// What was spent beyond the bill of the sim that answers; nothing is held.
    fn excess(&self) -> u64 {
        let allowance = self.budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0);
        allowance.spent().nanos() - self.well.bill().total_nano_usd()
    }
}

pub(crate) fn http1() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) fn http2() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http()
}

/// Whether a connection goes to the provider that fails.
pub(crate) fn is_ill(uri: &Uri) -> bool {
    uri.host() == Some("ill.test")
}
