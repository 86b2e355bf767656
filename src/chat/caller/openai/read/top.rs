use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, value::RawValue};

use super::{
    format::{self, WireFormat},
    messages::messages,
    place::Place,
    reasoning::{Template, Thought},
    sampling::Stop,
    text::Text,
    tools::{self, Function, WireChoice, WireTool},
    unsupported,
    wire::Message,
};
use crate::{
    chat::{Request, Sampling},
    query::Refusal,
};

/// Most members that the body may have.
const MOST_MEMBERS: usize = 1_024;

/// What can be left out of a request without changing what is answered.
const EXTRAS: [&str; 17] = [
    "cache_prompt",
    "do_sample",
    "metadata",
    "moderation",
    "prediction",
    "prompt_cache_options",
    "prompt_cache_retention",
    "provider",
    "request_id",
    "return_citations",
    "safe_prompt",
    "service_tier",
    "store",
    "stream_tool_calls",
    "tool_stream",
    "transforms",
    "verbosity",
];

/// What a body says, member by member.
#[derive(Default)]
pub(super) struct Said<'a> {
    request: Request<'a>,
    messages: Vec<Message<'a>>,
    tools: Option<Vec<WireTool<'a>>>,
    functions: Option<Vec<Function<'a>>>,
    tool_choice: Option<WireChoice<'a>>,
    function_call: Option<WireChoice<'a>>,
    format: Option<WireFormat<'a>>,
    thought: Thought<'a>,
    /// The first member for which there is no word.
    unknown: Option<Refusal>,
}

/// Reads the body's object.
pub(super) struct Top<'p>(pub(super) &'p Place);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = Said<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Said<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = Said<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said<'de>, A::Error> {
        let mut said = Said {
            request: Request::new(),
            ..Said::default()
        };
        let mut count = 0;
        while let Some(Text(key)) = map.next_key()? {
            count += 1;
            if count > MOST_MEMBERS {
                self.0.at("");
                return Err(A::Error::custom("too many members"));
            }
            said.member(&key, self.0, &mut map)?;
        }
        Ok(said)
    }
}

impl<'de> Said<'de> {
    /// Reads the value of a member. `null` says nothing.
    fn member<A: MapAccess<'de>>(
        &mut self,
        key: &str,
        place: &Place,
        map: &mut A,
    ) -> Result<(), A::Error> {
        fn value<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            place: &Place,
            field: &'static str,
            map: &mut A,
        ) -> Result<Option<T>, A::Error> {
            place.at(field);
            map.next_value()
        }
        let request = &mut self.request;
        let Sampling {
            temperature,
            top_p,
            top_k,
            presence_penalty,
            frequency_penalty,
            seed,
            stop,
            logprobs,
            top_logprobs,
            logit_bias,
        } = &mut request.sampling;
        match key {
            "model" => {
                value::<IgnoredAny, _>(place, "model", map)?;
            }
            "messages" => {
                place.at("messages");
                self.messages = map.next_value_seed(Messages(place))?;
            }
            "stream" => request.stream = value(place, "stream", map)?.unwrap_or_default(),
            "stream_options" => {
                #[derive(Deserialize)]
                struct Options {
                    include_usage: Option<bool>,
                }
                let options: Option<Options> = value(place, "stream_options", map)?;
                let asked = options.and_then(|options| options.include_usage);
                request.include_usage = asked.unwrap_or_default();
            }
            "max_tokens" => {
                request.max_output = request.max_output.max(value(place, "max_tokens", map)?);
            }
            "max_completion_tokens" => {
                let most = value(place, "max_completion_tokens", map)?;
                request.max_output = request.max_output.max(most);
            }
            "n" => request.choices = value(place, "n", map)?.unwrap_or(1),
            "tools" => self.tools = value(place, "tools", map)?,
            "functions" => self.functions = value(place, "functions", map)?,
            "tool_choice" => self.tool_choice = value(place, "tool_choice", map)?,
            "function_call" => self.function_call = value(place, "function_call", map)?,
            "parallel_tool_calls" => {
                request.parallel_tools = value(place, "parallel_tool_calls", map)?;
            }
            "response_format" => self.format = value(place, "response_format", map)?,
            "temperature" => *temperature = value::<Number, _>(place, "temperature", map)?,
            "top_p" => *top_p = value::<Number, _>(place, "top_p", map)?,
            "top_k" => *top_k = value::<Number, _>(place, "top_k", map)?,
            "presence_penalty" => *presence_penalty = value(place, "presence_penalty", map)?,
            "frequency_penalty" => *frequency_penalty = value(place, "frequency_penalty", map)?,
            "seed" => *seed = value(place, "seed", map)?,
            "random_seed" => *seed = value(place, "random_seed", map)?,
            "stop" => {
                let Stop(texts) = value(place, "stop", map)?.unwrap_or_default();
                *stop = texts;
            }
            "logprobs" => *logprobs = value(place, "logprobs", map)?.unwrap_or_default(),
            "top_logprobs" => {
                let most: Option<u32> = value(place, "top_logprobs", map)?;
                *top_logprobs = most.filter(|most| *most > 0);
            }
            "logit_bias" => {
                let bias: Option<&'de RawValue> = value(place, "logit_bias", map)?;
                let is_empty =
                    |bias: &&RawValue| bias.get().trim_matches(['{', '}']).trim_ascii().is_empty();
                *logit_bias = bias.filter(|bias| !is_empty(bias));
            }
            "reasoning_effort" => {
                self.thought.effort = value(place, "reasoning_effort", map)?;
            }
            "thinking" => self.thought.thinking = value(place, "thinking", map)?,
            "reasoning" => self.thought.reasoning = value(place, "reasoning", map)?,
            "enable_thinking" => self.thought.enable = value(place, "enable_thinking", map)?,
            "include_reasoning" => {
                self.thought.include = value(place, "include_reasoning", map)?;
            }
            "reasoning_format" => self.thought.format = value(place, "reasoning_format", map)?,
            "chat_template_kwargs" => {
                let template: Option<Template> = value(place, "chat_template_kwargs", map)?;
                let enable = template.and_then(|it| it.enable_thinking.or(it.thinking));
                self.thought.enable = enable.or(self.thought.enable);
            }
            "user" => request.user = Text::of(value(place, "user", map)?),
            "user_id" => {
                let user = Text::of(value(place, "user_id", map)?);
                request.user = request.user.take().or(user);
            }
            "safety_identifier" => {
                let user = Text::of(value(place, "safety_identifier", map)?);
                request.user = request.user.take().or(user);
            }
            "prompt_cache_key" => {
                request.cache_key = Text::of(value(place, "prompt_cache_key", map)?);
            }
            "modalities" => {
                let asked: Option<Vec<Text<'_>>> = value(place, "modalities", map)?;
                if asked.into_iter().flatten().any(|Text(one)| one != "text") {
                    let refusal = || unsupported("modalities", "asks for more than text");
                    self.unknown.get_or_insert_with(refusal);
                }
            }
            _ => {
                place.at("");
                if map.next_value::<Option<IgnoredAny>>()?.is_none() {
                    return Ok(());
                }
                match EXTRAS.iter().find(|extra| **extra == key) {
                    Some(extra) => request.extras.push(Cow::Borrowed(extra)),
                    None => {
                        let name = || key.chars().take(64).collect::<String>();
                        let refusal = || unsupported(name(), "is known to some providers alone");
                        self.unknown.get_or_insert_with(refusal);
                    }
                }
            }
        }
        Ok(())
    }

    /// In the hub's words.
    pub(super) fn request(self) -> Result<Request<'de>, Refusal> {
        if let Some(refusal) = self.unknown {
            return Err(refusal);
        }
        let mut request = self.request;
        request.messages = messages(self.messages)?;
        request.tools = tools::tools(self.tools.unwrap_or_default())?;
        request.tool_choice = self.tool_choice.map(tools::choice).transpose()?;
        let functions = self.functions.unwrap_or_default();
        if !functions.is_empty() {
            request.legacy_functions = true;
            request.tools.extend(tools::functions(functions)?);
            // There is no calling of several.
            request.parallel_tools = Some(false);
            request.tool_choice = self.function_call.map(tools::function_call).transpose()?;
        }
        if let Some(format) = self.format {
            request.format = format::format(format)?;
        }
        request.reasoning = self.thought.read();
        Ok(request)
    }
}

/// The list of messages, each told apart where it is wrong.
struct Messages<'p>(&'p Place);

impl<'de> DeserializeSeed<'de> for Messages<'_> {
    type Value = Vec<Message<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_> {
    type Value = Vec<Message<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut messages = Vec::new();
        loop {
            self.0.item(messages.len());
            match seq.next_element()? {
                Some(message) => messages.push(message),
                None => return Ok(messages),
            }
        }
    }
}
