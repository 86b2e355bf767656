/// How a provider's answers say what was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// OpenAI's Chat Completions and what is compatible with it, DeepSeek, xAI, Mistral and OpenRouter with their own
    /// members included: the whole answer, or chunks of a stream.
    OpenAiChat,
    /// OpenAI's Responses: the response, or events that carry one. Calls of hosted tools are counted from its output.
    OpenAiResponses,
    /// OpenAI's images: tokens where they are reported, else the images of the answer.
    OpenAiImages,
    /// Anthropic's Messages: the message, or the events of a stream.
    Anthropic,
    /// Gemini's `generateContent`: the answer, or the answers of a stream.
    Gemini,
    /// Volcengine Ark's tasks that make videos: the finished task.
    Ark,
    /// Black Forest Labs: the answer to the submission, which names the cost.
    Bfl,
    /// Kling: the finished task, with its units in whole [`Unit::Credit`](crate::catalog::Unit::Credit)s.
    Kling,
    /// Ollama's native API: the answer, or the last line of a stream.
    Ollama,
}
