use super::super::table::Table;
use crate::query::Feature;

/// How a top-level member of a request bears on routing and cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Model,
    Contents,
    SystemInstruction,
    Tools,
    ToolConfig,
    GenerationConfig,
    /// A whole request, whose tokens are to be counted.
    Request,
    ServiceTier,
    /// By its name: it costs what nobody here knows, and says such a thing.
    Unbounded(&'static str, Feature),
    /// Known, and neither its cost, nor any need, nor what is answered hangs on it.
    Harmless,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    (
        "cachedContent",
        Field::Unbounded("cachedContent", Feature::State),
    ),
    ("contents", Field::Contents),
    ("generateContentRequest", Field::Request),
    ("generationConfig", Field::GenerationConfig),
    ("labels", Field::Harmless),
    ("model", Field::Model),
    // A service with a price of its own.
    (
        "modelArmorConfig",
        Field::Unbounded("modelArmorConfig", Feature::HostedTools),
    ),
    ("safetySettings", Field::Harmless),
    ("serviceTier", Field::ServiceTier),
    ("systemInstruction", Field::SystemInstruction),
    ("toolConfig", Field::ToolConfig),
    ("tools", Field::Tools),
]);
