use serde_json::{Map, Value};

/// What a request asks of a model, in no dialect's form.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) model: String,
    /// In the caller's order; what a dialect keeps apart as the system's text comes first.
    pub(crate) messages: Vec<Message>,
    pub(crate) stream: bool,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) n: u64,
    pub(crate) stop: Vec<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    pub(crate) parallel: bool,
    pub(crate) format: Format,
    pub(crate) thinking: Thinking,
    /// The numbers that steer the choice of words, by OpenAI's names.
    pub(crate) sampling: Map<String, Value>,
    pub(crate) effort: Option<String>,
    pub(crate) thinking_budget: Option<u64>,
    pub(crate) user: Option<String>,
    pub(crate) tier: Option<String>,
    /// Where the caller wants the prompt to be cached, and for how long.
    pub(crate) cache: Option<CacheFor>,
    /// The bytes of the JSON of tools and of the answer's schema.
    pub(crate) schema_bytes: u64,
    /// The faults and manners that the caller asks for beside the prompt.
    pub(crate) command: Option<String>,
    /// The last message is the beginning of the answer.
    pub(crate) continues: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) text: String,
    pub(crate) images: u64,
    /// Documents, sounds and whatever else is no text.
    pub(crate) files: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) custom: bool,
    /// Whether the provider itself would run it. It is never called here.
    pub(crate) hosted: bool,
    pub(crate) parameters: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    None,
    Auto,
    Required,
    Named(String),
}

#[derive(Clone, Debug)]
pub(crate) enum Format {
    Text,
    Object,
    Schema { name: Option<String>, schema: Value },
}

/// Whether the caller wants the model to think before it answers, and to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// The caller said nothing of it.
    Default,
    Off,
    On {
        shown: bool,
    },
}

/// How long a prompt is to stay in the provider's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheFor {
    FiveMinutes,
    Hour,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl Message {
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
            images: 0,
            files: 0,
        }
    }

    /// Whether it belongs to the instructions rather than to the conversation.
    pub(crate) fn instructs(&self) -> bool {
        matches!(self.role, Role::System | Role::Developer)
    }
}

impl Ask {
    /// A request of this model that asks for nothing in particular.
    pub(crate) fn new(model: String, messages: Vec<Message>) -> Self {
        Self {
            model,
            messages,
            stream: false,
            max_tokens: None,
            n: 1,
            stop: Vec::new(),
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            parallel: true,
            format: Format::Text,
            thinking: Thinking::Default,
            sampling: Map::new(),
            effort: None,
            thinking_budget: None,
            user: None,
            tier: None,
            cache: None,
            schema_bytes: 0,
            command: None,
            continues: false,
        }
    }

    /// Whether any message has this word.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.messages.iter().any(|m| m.text.contains(word))
    }

    /// Whether the last word is the user's, so that a tool may be called.
    pub(crate) fn user_spoke_last(&self) -> bool {
        self.messages.last().is_some_and(|m| m.role == Role::User)
    }

    pub(crate) fn images(&self) -> u64 {
        self.messages.iter().map(|m| m.images).sum()
    }

    pub(crate) fn files(&self) -> u64 {
        self.messages.iter().map(|m| m.files).sum()
    }
}

/// The bytes of a value's JSON.
pub(crate) fn json_bytes(value: &Value) -> u64 {
    serde_json::to_vec(value).map_or(0, |json| json.len() as u64)
}

/// Takes the numbers that are there under names of the sampling parameters.
pub(crate) fn sampling(map: &Map<String, Value>, names: &[(&str, &str)]) -> Map<String, Value> {
    let given = names.iter().filter_map(|(theirs, ours)| {
        let value = map.get(*theirs).filter(|v| !v.is_null())?;
        Some(((*ours).to_owned(), value.clone()))
    });
    given.collect()
}
