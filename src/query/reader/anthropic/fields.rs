use super::super::table::Table;
use crate::query::Feature;

/// How a top-level member of a Messages request bears on routing and cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Model,
    MaxTokens,
    Stream,
    Messages,
    System,
    Tools,
    ToolChoice,
    Thinking,
    OutputConfig,
    OutputFormat,
    ServiceTier,
    Speed,
    InferenceGeo,
    Temperature,
    /// A number that says how tokens are drawn.
    Sampling(Feature),
    Stop,
    /// By its name: it costs what nobody here knows, and says such a thing.
    Unbounded(&'static str, Feature),
    /// Known, and neither its cost, nor any need, nor what is answered hangs on it.
    Harmless,
}

pub(super) static FIELDS: Table<Field> = Table::new(&[
    ("cache_control", Field::Harmless),
    ("container", Field::Unbounded("container", Feature::State)),
    // Compaction makes answers of its own.
    (
        "context_management",
        Field::Unbounded("context_management", Feature::HostedTools),
    ),
    ("diagnostics", Field::Harmless),
    ("inference_geo", Field::InferenceGeo),
    ("max_tokens", Field::MaxTokens),
    (
        "mcp_servers",
        Field::Unbounded("mcp_servers", Feature::HostedTools),
    ),
    ("messages", Field::Messages),
    ("metadata", Field::Harmless),
    ("model", Field::Model),
    ("output_config", Field::OutputConfig),
    ("output_format", Field::OutputFormat),
    ("service_tier", Field::ServiceTier),
    ("speed", Field::Speed),
    ("stop_sequences", Field::Stop),
    ("stream", Field::Stream),
    ("system", Field::System),
    ("temperature", Field::Temperature),
    ("thinking", Field::Thinking),
    ("tool_choice", Field::ToolChoice),
    ("tools", Field::Tools),
    ("top_k", Field::Sampling(Feature::TopK)),
    ("top_p", Field::Sampling(Feature::TopP)),
    ("user_profile_id", Field::Harmless),
]);
