//! Names of OpenTelemetry's semantic conventions for generative AI, as far as spans and events here use them.
//!
//! Source: OpenTelemetry semantic conventions, `gen_ai` registry (development status). Names beginning with
//! `tower_genai` have no counterpart there.

/// `chat`, ….
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// The provider's name.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// The model asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// The model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// Input tokens, cached ones included.
pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Output tokens, reasoning included.
pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// The error's class.
pub const ERROR_TYPE: &str = "error.type";
/// The decision's id.
pub const DECISION: &str = "tower_genai.decision";
/// Which attempt of the call it is, from 1.
pub const ATTEMPT: &str = "tower_genai.attempt";
/// The query's task.
pub const TASK: &str = "tower_genai.task";
/// The day from which a provider advises against a model.
pub const DEPRECATED: &str = "tower_genai.deprecated";
/// The first day without a model.
pub const SUNSET: &str = "tower_genai.sunset";
/// The model that takes over from another one.
pub const SUCCESSOR: &str = "tower_genai.successor";
/// Whether the caller named the model itself.
pub const NAMED: &str = "tower_genai.named";
/// The target of `tracing` events that only count, so that a filter can let them through and nothing else.
pub const METRICS: &str = "tower_genai::metrics";
/// Counts calls of models that are deprecated or gone. A layer such as `tracing-opentelemetry`'s for metrics adds the values
/// of fields that begin with `monotonic_counter.`.
pub const DEPRECATED_CALLS: &str = "monotonic_counter.tower_genai.deprecated_calls";
/// What of a model has drifted.
pub const DRIFT: &str = "tower_genai.drift";
/// Counts models that are not any more what they were, by what of them.
pub const DRIFTS: &str = "monotonic_counter.tower_genai.drifts";
/// Counts models that are again what they were.
pub const RECOVERIES: &str = "monotonic_counter.tower_genai.recoveries";
/// What the call cost, in nano-dollars.
pub const COST_NANO_USD: &str = "tower_genai.cost_nano_usd";
