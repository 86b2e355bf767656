//! The layers at home in apps: in axum's routes, and around and under other clients.

mod around_a_client;
mod budgets;
mod extractors;
mod neighbours;
mod over_reqwest;
mod seen;
#[path = "../../examples/async_openai/transport.rs"]
mod transport;
mod under_async_openai;
