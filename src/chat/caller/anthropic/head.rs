use crate::{
    catalog::{Unit, Usage},
    chat::{Ended, Finish, Opening, json::Object},
};

/// The longest id that is made of a provider's.
const LONGEST_ID: usize = 32;
/// An id of fewer letters is not taken for one.
const SHORTEST_ID: usize = 8;
const SEARCH: &str = "web_search";

/// What is said of a message beside its content.
pub(super) struct Head {
    id: Box<str>,
    model: Box<str>,
    usage: Option<Usage>,
    finish: Option<Finish>,
    stop: Option<Box<str>>,
    explanation: Option<Box<str>>,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("id", &self.id)
            .field("model", &self.model)
            .field("usage", &self.usage)
            .field("finish", &self.finish)
            .finish_non_exhaustive()
    }
}

impl Head {
    pub(super) fn new(opening: &Opening) -> Self {
        Self {
            id: id(&opening.id),
            model: opening.model.clone(),
            usage: None,
            finish: None,
            stop: None,
            explanation: None,
        }
    }

    pub(super) fn begin(&mut self, its_id: Option<&str>, model: Option<&str>) {
        if let Some(its_id) = its_id.filter(|its_id| letters(its_id).count() >= SHORTEST_ID) {
            self.id = id(its_id);
        }
        if let Some(model) = model.filter(|model| !model.is_empty()) {
            self.model = model.into();
        }
    }

    pub(super) fn used(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    pub(super) fn end(&mut self, ended: &Ended<'_>) {
        self.finish = Some(ended.finish);
        self.stop = ended.stop.as_deref().map(Box::from);
        self.explanation = ended.explanation.as_deref().map(Box::from);
    }

    /// What a message has before its content.
    pub(super) fn open(&self, message: &mut Object<'_>) {
        message.text("id", &self.id);
        message.text("type", "message");
        message.text("role", "assistant");
        message.text("model", &self.model);
    }

    /// Why the message ended. `calls` is whether it calls tools: then its caller has to answer them, whatever word the
    /// provider has for that.
    pub(super) fn why(&self, calls: bool, object: &mut Object<'_>) {
        let finish = match self.finish {
            Some(Finish::Stop) | None if calls => Finish::ToolCalls,
            Some(finish) => finish,
            None => Finish::Stop,
        };
        let reason = match finish {
            // Without the text it came to, an end like any other.
            Finish::StopText if self.stop.is_some() => "stop_sequence",
            Finish::Stop | Finish::StopText | Finish::Fault => "end_turn",
            Finish::Length => "max_tokens",
            Finish::Context => "model_context_window_exceeded",
            Finish::ToolCalls => "tool_use",
            Finish::Filtered | Finish::Refused => "refusal",
            Finish::Paused => "pause_turn",
        };
        object.text("stop_reason", reason);
        let stop = self.stop.as_deref();
        object.text_or_null("stop_sequence", stop.filter(|_| reason == "stop_sequence"));
        if reason == "refusal" {
            let mut details = Object::begin(object.member("stop_details"));
            details.text("type", "refusal");
            details.raw("category", "null");
            details.text_or_null("explanation", self.explanation.as_deref());
            details.end();
        }
    }

    /// What was used as far as it is known when a stream begins. The form demands a number.
    pub(super) fn usage_so_far(&self, out: &mut Vec<u8>) {
        let mut usage = Object::begin(out);
        let known = self.usage.clone().unwrap_or_default();
        prompt(&known, &mut usage);
        usage.number("output_tokens", known.answer().min(1));
        usage.end();
    }

    /// What was used in all. Packages overwrite every counter that is there: where nothing is known of the prompt,
    /// nothing is said of it, unless the form `demands` a number.
    pub(super) fn usage(&self, demands: bool, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        let Some(usage) = &self.usage else {
            if demands {
                object.number("input_tokens", 0);
            }
            object.number("output_tokens", 0);
            return object.end();
        };
        prompt(usage, &mut object);
        let (minutes, hour) = (usage.cache_write_5m, usage.cache_write_1h);
        if demands && (minutes > 0 || hour > 0) {
            let mut written = Object::begin(object.member("cache_creation"));
            written.number("ephemeral_5m_input_tokens", minutes);
            written.number("ephemeral_1h_input_tokens", hour);
            written.end();
        }
        object.number("output_tokens", usage.answer());
        if usage.reasoning > 0 {
            let mut details = Object::begin(object.member("output_tokens_details"));
            details.number("thinking_tokens", usage.reasoning);
            details.end();
        }
        let searches = usage.extra.iter().filter(|(unit, _)| is_search(unit));
        let searches = searches.fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        if searches > 0 {
            let mut tools = Object::begin(object.member("server_tool_use"));
            tools.number("web_search_requests", searches);
            tools.number("web_fetch_requests", 0);
            tools.end();
        }
        object.end();
    }
}

fn is_search(unit: &Unit) -> bool {
    matches!(unit, Unit::ToolCall(tool) if tool == SEARCH)
}

/// The prompt's tokens in Anthropic's counting: what a cache served or kept is not within the input.
fn prompt(usage: &Usage, object: &mut Object<'_>) {
    let written = [
        usage.cache_write_5m,
        usage.cache_write_30m,
        usage.cache_write_1h,
        usage.cache_write,
    ]
    .into_iter()
    .fold(0, u64::saturating_add);
    let cached = written.saturating_add(usage.cache_read);
    let input = usage.prompt().saturating_sub(cached);
    object.number("input_tokens", input);
    object.number("cache_creation_input_tokens", written);
    object.number("cache_read_input_tokens", usage.cache_read);
}

/// An id as Anthropic's look, made of whatever id there is.
fn id(from: &str) -> Box<str> {
    let letters = letters(from).take(LONGEST_ID);
    "msg_".chars().chain(letters).collect::<String>().into()
}

/// The letters and digits of an id without the vendor's prefix.
fn letters(id: &str) -> impl Iterator<Item = char> {
    const PREFIXES: [&str; 4] = ["chatcmpl-", "chatcmpl_", "msg_", "resp_"];
    let bare = PREFIXES.iter().find_map(|prefix| id.strip_prefix(prefix));
    let bare = bare.unwrap_or(id);
    bare.chars().filter(char::is_ascii_alphanumeric)
}
