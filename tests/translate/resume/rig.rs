use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    fallback::{Backoff, FallbackLayer},
    observe::Event,
    sim,
    stack::Stack,
};

use crate::way::{Caller, Form, Got, Vendor, read};

/// White space of all kinds, at the borders of tokens and within them.
pub(super) const TEXT: &str =
    "Gr\u{fc}\u{df}e,  and\n\n1. first \n  2. then\u{a0}\u{2013} \n\n   The end";

pub(super) const STREAMS: [Caller; 4] = [
    Caller::new(Vendor::OpenAi, Form::Stream),
    Caller::new(Vendor::Anthropic, Form::Stream),
    Caller::new(Vendor::Gemini, Form::Stream),
    Caller::new(Vendor::Gemini, Form::Array),
];

/// A provider, and the word in the catalog for how its model goes on; none where it cannot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who(pub(super) Vendor, pub(super) &'static str);

/// Every way of going on.
pub(super) const ABLE: [Who; 5] = [
    Who(Vendor::OpenAi, "prefix_flag"),
    Who(Vendor::OpenAi, "prefix_echo"),
    Who(Vendor::OpenAi, "continue_final_message"),
    Who(Vendor::Anthropic, "message"),
    Who(Vendor::Gemini, "message"),
];

pub(super) struct Rig {
    pub(super) servers: Vec<sim::Server>,
    catalog: Catalog,
    pub(super) events: Arc<Mutex<Vec<String>>>,
}

impl Rig {
    /// Providers `p0`, `p1`… that all say the same, each dearer than the one before.
    pub(super) async fn start(who: &[Who]) -> Self {
        Self::saying(who, sim::Manner::Says(TEXT.into())).await
    }

    pub(super) async fn saying(who: &[Who], manner: sim::Manner) -> Self {
        let mut servers = Vec::new();
        let mut toml =
            "[[alias]]\nname = \"m\"\nmodels = [\"*\"]\nprefer = \"cost\"\nsticky = false\n"
                .to_owned();
        for (i, Who(vendor, prefix)) in who.iter().enumerate() {
            let dialect = match vendor {
                Vendor::OpenAi => sim::Dialect::OpenAi,
                Vendor::Anthropic => sim::Dialect::Anthropic,
                Vendor::Gemini => sim::Dialect::Gemini,
            };
            let (input, output) = ((i + 1).to_string(), (2 * i + 2).to_string());
            let model = sim::Model::new(format!("m{i}"))
                .price(&input, &output)
                .manner(manner.clone())
                .echoes_prefix(*prefix == "prefix_echo");
            let provider = sim::Provider::new(format!("p{i}"));
            let server = provider.dialect(dialect).model(model).start();
            let server = server.await.unwrap();
            let prefix = match *prefix {
                "" => String::new(),
                prefix => format!("prefix = \"{prefix}\""),
            };
            toml.push_str(&format!(
                "[[provider]]\nname = \"p{i}\"\ndialect = \"{}\"\nbase_url = \"{}\"\non_disconnect = \"stops\"\n\
                 [[model]]\nname = \"m{i}\"\nprovider = \"p{i}\"\nprice = {{ input = \"{input}\", output = \"{output}\" }}\n\
                 context = 200_000\nmax_output = 16_384\ncan = [\"stream\", \"tools\", \"json_object\", \"n\", \"logprobs\"]\n\
                 quality = {{ general = 0.5 }}\n{prefix}\n",
                vendor.name(),
                server.base_url(),
            ));
            servers.push(server);
        }
        Self {
            servers,
            catalog: Catalog::from_toml(&toml).unwrap(),
            events: Arc::default(),
        }
    }

    pub(super) fn layer() -> FallbackLayer {
        let none = Backoff::new(Duration::ZERO, Duration::ZERO);
        FallbackLayer::new().backoff(none).resume(true)
    }

    pub(super) fn stack(
        &self,
        layer: FallbackLayer,
        budget: &Budget,
    ) -> Stack<Client<HttpConnector, Body>> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let seen = Arc::clone(&self.events);
        Stack::client_with(client, self.catalog.clone())
            .fallback(layer)
            .budget(budget.clone())
            .observer(move |event: &Event<'_>| {
                let text = match event {
                    Event::FellBack(fell) => format!("fell {}", fell.failure.class),
                    Event::Finished(outcome) => {
                        let finished = outcome.get().unwrap();
                        let name = outcome.candidate().model().name();
                        format!("{name} {}", finished.ending.as_str())
                    }
                    _ => return,
                };
                seen.lock().unwrap().push(text);
            })
    }

    pub(super) fn budget(limit: &str) -> Budget {
        Budget::new("org").limit(limit.parse().unwrap(), Window::Total)
    }

    /// Asks under a budget that is large enough, and sees to it that nothing is left open.
    pub(super) async fn ask(&self, layer: FallbackLayer, request: Request<Full<Bytes>>) -> Got {
        let budget = Self::budget("1");
        let got = self.ask_within(&budget, layer, request).await;
        self.settled(&budget).await;
        got
    }

    pub(super) async fn ask_within(
        &self,
        budget: &Budget,
        layer: FallbackLayer,
        request: Request<Full<Bytes>>,
    ) -> Got {
        let stack = self.stack(layer, budget).boxed();
        read(stack.oneshot(request).await.unwrap()).await
    }

    pub(super) fn billed(&self) -> u64 {
        let bills = self.servers.iter().map(|server| server.bill());
        bills.map(|bill| bill.total_nano_usd()).sum()
    }

    /// No provider is at work, and nothing is held.
    pub(super) async fn settled(&self, budget: &Budget) {
        let allowance = budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0);
        for _ in 0..1_000 {
            let open = |server: &sim::Server| {
                let events = server.events();
                let begun = |event: &&sim::Event| matches!(event, sim::Event::Received { .. });
                let goes_on = |event: &&sim::Event| matches!(event, sim::Event::Streamed { .. });
                let ended = |event: &&sim::Event| !begun(event) && !goes_on(event);
                events.iter().filter(begun).count() > events.iter().filter(ended).count()
            };
            if !self.servers.iter().any(open) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("a provider goes on");
    }

    pub(super) fn take_events(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    pub(super) fn calls(&self) -> Vec<usize> {
        let calls = self.servers.iter().map(|server| server.calls().len());
        calls.collect()
    }
}
