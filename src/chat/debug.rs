//! What people see of what is said: kinds and sizes, never words.

use std::fmt::{Debug, Formatter, Result};

use super::{
    Citation, Content, Delta, Ended, Format, Media, Message, Problem, Request, Sampling, Source,
    Thinking, Tool, ToolCall,
};

/// Bytes that are not shown.
struct Bytes(usize);

impl Debug for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} bytes", self.0)
    }
}

fn bytes(text: &str) -> Bytes {
    Bytes(text.len())
}

impl Debug for Request<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Request")
            .field("messages", &self.messages)
            .field("tools", &self.tools)
            .field("tool_choice", &self.tool_choice)
            .field("parallel_tools", &self.parallel_tools)
            .field("format", &self.format)
            .field("sampling", &self.sampling)
            .field("reasoning", &self.reasoning)
            .field("max_output", &self.max_output)
            .field("choices", &self.choices)
            .field("stream", &self.stream)
            .field("extras", &self.extras.len())
            .finish_non_exhaustive()
    }
}

impl Debug for Message<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Message")
            .field("role", &self.role)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl Debug for Content<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut tuple = |name: &str, value: &dyn Debug| f.debug_tuple(name).field(value).finish();
        match self {
            Self::Text(text) => tuple("Text", &bytes(text)),
            Self::Refusal(text) => tuple("Refusal", &bytes(text)),
            Self::Image(media) => tuple("Image", media),
            Self::Audio(media) => tuple("Audio", media),
            Self::Document(media) => tuple("Document", media),
            Self::ToolCall(call) => tuple("ToolCall", call),
            Self::ToolResult(result) => tuple("ToolResult", result),
            Self::Thinking(thinking) => tuple("Thinking", thinking),
        }
    }
}

impl Debug for Media<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Media")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Debug for Source<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (kind, size) = match self {
            Self::Inline { data, .. } => ("Inline", data.len()),
            Self::Text(text) => ("Text", text.len()),
            Self::Url { url, .. } => ("Url", url.len()),
        };
        f.debug_tuple(kind).field(&Bytes(size)).finish()
    }
}

impl Debug for Tool<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Tool")
            .field("name", &self.name)
            .field("strict", &self.strict)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Debug for ToolCall<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("ToolCall")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("arguments", &bytes(&self.arguments))
            .field("signed", &self.signature.is_some())
            .finish()
    }
}

impl Debug for Format<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::JsonObject => f.write_str("JsonObject"),
            Self::JsonSchema { strict, .. } => f
                .debug_struct("JsonSchema")
                .field("strict", strict)
                .finish_non_exhaustive(),
        }
    }
}

impl Debug for Sampling<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Sampling")
            .field("temperature", &self.temperature)
            .field("top_p", &self.top_p)
            .field("top_k", &self.top_k)
            .field("presence_penalty", &self.presence_penalty)
            .field("frequency_penalty", &self.frequency_penalty)
            .field("seed", &self.seed)
            .field("stop", &self.stop.len())
            .field("logprobs", &self.logprobs)
            .field("top_logprobs", &self.top_logprobs)
            .field("logit_bias", &self.logit_bias.is_some())
            .finish()
    }
}

impl Debug for Thinking<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Thinking")
            .field("text", &bytes(&self.text))
            .field("signed", &self.signature.is_some())
            .field("redacted", &self.redacted)
            .finish()
    }
}

impl Debug for Delta<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut said = |name: &str, choice: &u32, what: &dyn Debug| {
            let mut shown = f.debug_struct(name);
            shown.field("choice", choice).field("said", what).finish()
        };
        match self {
            Self::Text { choice, text } => said("Text", choice, &bytes(text)),
            Self::Refusal { choice, text } => said("Refusal", choice, &bytes(text)),
            Self::Thinking { choice, text } => said("Thinking", choice, &bytes(text)),
            Self::Signature { choice, of, .. } => said("Signature", choice, of),
            Self::Citation { choice, citation } => said("Citation", choice, citation),
            Self::ToolCall { choice, name, .. } => said("ToolCall", choice, name),
            Self::Arguments { choice, json, .. } => said("Arguments", choice, &bytes(json)),
            Self::End { choice, ended } => said("End", choice, ended),
            Self::Begin { id, model } => f
                .debug_struct("Begin")
                .field("id", id)
                .field("model", model)
                .finish(),
            Self::Usage(usage) => f.debug_tuple("Usage").field(usage).finish(),
            Self::Failed(problem) => f.debug_tuple("Failed").field(problem).finish(),
        }
    }
}

impl Debug for Citation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Citation")
            .field("span", &self.span)
            .finish_non_exhaustive()
    }
}

impl Debug for Ended<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Ended")
            .field("finish", &self.finish)
            .finish_non_exhaustive()
    }
}

impl Debug for Problem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // Its words may quote the prompt.
        f.debug_struct("Problem")
            .field("class", &self.class)
            .field("code", &self.code)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        chat::{Citation, Delta, Finish, Opening, Problem, Request, Signed, writer},
        query::Api,
    };

    #[test]
    fn nobody_s_words_are_shown_of_a_request() {
        let body = br#"{"model":"m","user":"canary","stop":["canary"],"prompt_cache_key":"canary",
            "response_format":{"type":"json_schema","json_schema":{"name":"canary","schema":{"title":"canary"}}},
            "tools":[{"type":"function","function":{"name":"f","description":"canary","parameters":{"title":"canary"}}}],
            "messages":[{"role":"system","content":"canary"},
            {"role":"user","name":"canary","content":[{"type":"text","text":"canary"},
            {"type":"image_url","image_url":{"url":"https://canary.test/"}}]},
            {"role":"assistant","content":"canary","reasoning_content":"canary","tool_calls":[
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"canary\"}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"canary"}]}"#;
        let request = Request::read(Api::OpenAiChat, body).unwrap();
        let shown = format!("{request:?}");
        assert!(
            shown.contains("ToolResult") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn nor_of_an_answer_nor_of_who_writes_it() {
        let mut ended = crate::chat::Ended::new(Finish::Refused);
        ended.stop = Some("canary".into());
        ended.explanation = Some("canary".into());
        let citation = Citation {
            url: Some("https://canary.test/".into()),
            title: Some("canary".into()),
            quote: Some("canary".into()),
            span: Some((0, 1)),
        };
        let failed = Problem {
            message: Some("canary".into()),
            param: Some("canary".into()),
            ..Problem::unknown()
        };
        let text = || "canary".into();
        let choice = 0;
        let deltas = [
            Delta::Thinking {
                choice,
                text: text(),
            },
            Delta::Signature {
                choice,
                of: Signed::Thinking,
                signature: text(),
            },
            Delta::Text {
                choice,
                text: text(),
            },
            Delta::Citation { choice, citation },
            Delta::ToolCall {
                choice,
                call: 0,
                id: None,
                name: "f".into(),
            },
            Delta::Arguments {
                choice,
                call: 0,
                json: r#"{"a":"canary""#.into(),
            },
            Delta::Refusal {
                choice,
                text: text(),
            },
            Delta::End { choice, ended },
            Delta::Failed(failed),
        ];
        // As bytes it would be words too.
        let numbers = format!("{:?}", b"canary");
        let numbers = numbers.trim_matches(['[', ']']);
        for api in Api::QUERIES {
            for stream in [true, false] {
                let opening = Opening {
                    api,
                    id: "id".into(),
                    model: "m".into(),
                    created: 0,
                    stream,
                    include_usage: true,
                    shows_thinking: true,
                    legacy_functions: false,
                    choices: 1,
                };
                let Some(mut writer) = writer(opening) else {
                    continue;
                };
                for delta in &deltas {
                    writer.take(delta.clone());
                    for shown in [format!("{delta:?}"), format!("{writer:?}")] {
                        assert!(!shown.contains("canary"), "{api:?}: {shown}");
                        assert!(!shown.contains(numbers), "{api:?}: {shown}");
                    }
                }
            }
        }
    }
}
