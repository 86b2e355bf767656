/// How a model answers, on command.
///
/// What a dialect has no form for, it tells in the nearest one that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Manner {
    /// The model refuses: a `refusal` at OpenAI, `stop_reason: "refusal"` without content at
    /// Anthropic, `finishReason: "SAFETY"` without content at Google.
    Refuses,
    /// A filter ends the answer after some of its words.
    Filtered,
    /// The prompt is not let through to the model: status 400 at OpenAI, a refusal at Anthropic, no
    /// candidates but a `promptFeedback` at Google.
    Blocked,
    /// So many tokens of reasoning come first, 100 000 at most. They are shown where the dialect shows them: at
    /// Anthropic when thinking is asked for, at Google with `includeThoughts`, at OpenAI if the
    /// model is [set to](super::Model::shows_reasoning).
    Thinks(u64),
    /// The reasoning is shown in an encrypted form only, if at all (Anthropic).
    Redacted,
    /// The answer cites a source for its first sentence.
    Cites,
    /// So many tools are called at once, if any are offered; the offered ones in turn.
    Calls(u64),
    /// A sentence comes before the calls of tools.
    Preamble,
    /// No tool is called, though some are offered.
    Talks,
    /// The arguments of the first call of a tool break off within their JSON.
    Malformed,
    /// The turn is not over: `pause_turn` at Anthropic, `CONTINUATION` at Google.
    Pauses,
    /// The first of the stop texts that the caller gave is hit after a few words.
    Stops,
    /// The answer is cut for its length after so many tokens.
    Cut(u64),
    /// The answer is a JSON text that tells what arrived.
    Echoes,
    /// The answer is this text.
    Says(String),
}
