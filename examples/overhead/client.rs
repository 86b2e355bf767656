use std::time::Duration;

use http::{Request, Response};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower::util::BoxCloneSyncService;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    cache::{CacheLayer, MemoryStore},
    catalog::{Catalog, Source},
    health::{Breaker, Monitor},
    stack::Stack,
};

pub(crate) type Bare = Client<HttpConnector, Body>;
pub(crate) type Whole = BoxCloneSyncService<Request<Body>, Response<Body>, Error>;

/// A place for answers: large enough to keep some, small enough not to be all of the memory that is measured.
pub(crate) fn store() -> MemoryStore {
    MemoryStore::new(4 << 20)
}

/// The app's own client.
pub(crate) fn bare() -> Bare {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Where the providers are: the cheapest one, and the three others.
pub(crate) struct Routes {
    pub(crate) first: String,
    pub(crate) others: String,
    /// Whether who fails again and again is left alone.
    pub(crate) circuits: bool,
}

/// The whole stack around a client. An app has one; the ones here, which differ in their addresses, keep their answers
/// in one place, so that memory is that of one.
pub(crate) fn stack(client: Bare, store: &MemoryStore, routes: &Routes) -> anyhow::Result<Whole> {
    let budget = Budget::new("app").limit("1000000".parse()?, Window::Day);
    let cache = CacheLayer::new().store(store.clone()).single_tenant(true);
    let breaker = match routes.circuits {
        true => Breaker::new(),
        false => Breaker::new()
            .failures(0)
            .window(Duration::from_secs(10), 0),
    };
    let stack = Stack::client_with(client, catalog(routes)?);
    let stack = stack.monitor(Monitor::new().breaker(breaker));
    Ok(stack.budget(budget).cache(cache).boxed::<Body, _>())
}

/// Four models at four providers, all good enough for everything.
fn catalog(routes: &Routes) -> anyhow::Result<Catalog> {
    let urls = [
        &routes.first,
        &routes.others,
        &routes.others,
        &routes.others,
    ];
    let model = |(at, url)| {
        format!(
            r#"
            [[provider]]
            name = "provider-{at}"
            dialect = "openai"
            base_url = "{url}/v1"
            on_disconnect = "stops"

            [[model]]
            name = "small-{at}"
            provider = "provider-{at}"
            price = {{ input = "{at}.50", output = "{at}.75" }}
            context = 200_000
            max_output = 32_000
            can = ["tools", "vision", "json_schema", "stream", "n"]
            quality = {{ coding = 0.78, science = 0.90, reasoning = 0.75, general = 0.57 }}
            "#
        )
    };
    let toml: String = urls.into_iter().enumerate().map(model).collect();
    Ok(Catalog::parse(&[Source::text("overhead.toml", toml)])?)
}
