//! Counts and measures what becomes of calls (feature `metrics`), under OpenTelemetry's GenAI names where it has some.
//!
//! [`Metrics`] is an [`Observer`](super::Observer) that tells the recorder of the [`metrics`](https://docs.rs/metrics) facade
//! that the app has installed; without one it does nothing. Exporters replace the dots by what their format allows.
//!
//! | metric | kind, unit | labels |
//! |---|---|---|
//! | `gen_ai.client.operation.duration` | histogram, s: from sending an attempt to the end of its answer | operation, provider, model, `error.type` |
//! | `gen_ai.client.operation.time_to_first_chunk` | histogram, s: from sending it to the first content of a stream | operation, provider, model |
//! | `gen_ai.client.token.usage` | histogram, tokens | operation, provider, model, `gen_ai.token.type` |
//! | `tower_genai.overhead` | histogram, s: [`Outcome::overhead`](super::Outcome::overhead) | |
//! | `tower_genai.cost_nano_usd` | counter, billionths of a USD, what was settled | provider, model |
//! | `tower_genai.decisions` | counter | alias, task, reason |
//! | `tower_genai.fallbacks` | counter: attempts that failed | provider, model, `error.type` |
//! | `tower_genai.cached` | counter: answers of other calls, given to callers | kind: `stored`, `joined`, `replayed` |
//! | `tower_genai.deprecated_calls` | counter | model |
//! | `tower_genai.scores` | histogram, 0..=1 | source |
//! | `tower_genai.drifts`, `tower_genai.recoveries` | counter | model, drift |
//!
//! Labels are bounded: operation, reasons, kinds and errors are this crate's words; providers and models are the catalog's
//! names, never what a caller or an answer says; of tasks and aliases the first 100 are told apart, and all others are
//! `other`. No tenant, no id, no prompt and no key is among them.
//!
//! # Example
//!
//! ```
//! use tower_genai::{observe::metrics::Metrics, stack::Stack};
//!
//! // At the start of the process, an exporter of your choice: `PrometheusBuilder::new().install_recorder()?`
//! let stack = Stack::client(()).observer(Metrics::new());
//! # drop(stack);
//! ```

mod few;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod metrics;

pub use self::metrics::Metrics;
