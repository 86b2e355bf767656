//! Simulated providers behind a real client.

use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::net::TcpSocket;
use tower_genai::{Body, catalog::Catalog, fallback::FallbackLayer, sim, stack::Stack};

use crate::support::{Got, Rig, ask, catalog};

pub(crate) type HyperClient = Client<HttpConnector, Body>;

pub(crate) fn hyper_client() -> HyperClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Simulated providers `p0`, `p1`… each with a model of its own, and a watched budget.
pub(crate) struct Sims {
    pub(crate) servers: Vec<sim::Server>,
    pub(crate) rig: Rig,
}

impl Sims {
    pub(crate) async fn start(models: usize) -> Self {
        Self::start_with(models, |_| Default::default()).await
    }

    pub(crate) async fn start_with(
        models: usize,
        more: impl Fn(usize) -> (String, String),
    ) -> Self {
        let mut servers = Vec::new();
        for i in 0..models {
            let model = |i: usize| {
                sim::Model::new(format!("m{i}"))
                    .price(&(i + 1).to_string(), &(2 * (i + 1)).to_string())
                    .exact_output(8)
            };
            // The first provider has them all, for catalogs that say so.
            let mut provider = sim::Provider::new(format!("p{i}")).model(model(i));
            if i == 0 {
                for other in 1..models {
                    provider = provider.model(model(other));
                }
            }
            servers.push(provider.start().await.unwrap());
        }
        let rig = Rig::over(catalog(models, |i| servers[i].base_url(), more), "10");
        Self { servers, rig }
    }

    pub(crate) fn stack(&self, fallback: FallbackLayer) -> Stack<HyperClient> {
        self.stack_of(self.rig.catalog.clone(), fallback)
    }

    pub(crate) fn stack_of(&self, catalog: Catalog, fallback: FallbackLayer) -> Stack<HyperClient> {
        Stack::client_with(hyper_client(), catalog)
            .fallback(fallback)
            .budget(self.rig.budget.clone())
    }

    pub(crate) async fn ask(&self, fallback: FallbackLayer, body: &Value) -> Result<Got, String> {
        ask(self.stack(fallback).boxed(), body).await
    }

    /// How many calls each provider has had.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.servers
            .iter()
            .map(|server| server.calls().len())
            .collect()
    }

    pub(crate) fn billed(&self) -> u64 {
        let bills = self.servers.iter().map(sim::Server::bill);
        bills.map(|bill| bill.total_nano_usd()).sum()
    }
}

/// An address at which nobody listens, and nobody else can as long as the socket lives.
pub(crate) fn dead() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, format!("http://{addr}/v1"))
}
