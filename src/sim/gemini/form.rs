use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    error, signed,
    stream::{self, Pieces},
    usage,
};
use crate::sim::{
    Dialect, UsageFault,
    answer::ToolCall,
    choice::{Choice, Finish},
    cite,
    error::json as to_json,
    form::Form,
    reply::Reply,
    script::{self, Step},
    words,
};

/// How an answer goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Whole,
    /// As a stream of events.
    Events,
    /// As a stream that is one JSON list.
    List,
}

/// How Google's answers are written.
#[derive(Debug)]
pub(crate) struct GenerateForm {
    id: String,
    wire: Wire,
}

impl GenerateForm {
    pub(crate) fn new(reply: &Reply, wire: Wire) -> Self {
        Self {
            id: words::alphanumeric(&mut reply.rng(), 22),
            wire,
        }
    }

    /// A response with these candidates.
    pub(crate) fn response(
        &self,
        reply: &Reply,
        candidates: Vec<Value>,
        usage: Option<Value>,
    ) -> Value {
        let mut response = json!({"modelVersion": reply.model, "responseId": self.id});
        if reply.answer.blocked {
            response["promptFeedback"] = json!({"blockReason": "PROHIBITED_CONTENT"});
        } else {
            response["candidates"] = candidates.into();
        }
        if let Some(usage) = usage {
            response["usageMetadata"] = usage;
        }
        response
    }

    /// One part of a stream; the first of a list opens it.
    pub(crate) fn framed(&self, first: bool, json: &[u8]) -> Bytes {
        let (before, after): (&[u8], &[u8]) = match self.wire {
            Wire::List if first => (b"[", b"\n"),
            Wire::List => (b",\r\n", b"\n"),
            Wire::Whole | Wire::Events => (b"data: ", b"\r\n\r\n"),
        };
        [before, json, after].concat().into()
    }
}

impl Form for GenerateForm {
    fn stream_type(&self) -> &'static str {
        match self.wire {
            Wire::List => "application/json; charset=UTF-8",
            Wire::Whole | Wire::Events => "text/event-stream",
        }
    }

    fn events(&self, reply: &Reply, ends: bool) -> Vec<Step> {
        let mut responses = stream::responses(self, reply, ends);
        if reply.usage_fault == Some(UsageFault::Twice)
            && let Some((last, _)) = responses.last().cloned()
        {
            responses.push((last, 0));
        }
        let responses = responses.into_iter().enumerate();
        let mut steps: Vec<Step> = responses
            .map(|(i, (json, tokens))| Step::Event {
                data: self.framed(i == 0, &to_json(&json)),
                tokens,
            })
            .collect();
        if self.wire == Wire::List && ends {
            steps.push(Step::More(Bytes::from_static(b"]")));
        }
        steps
    }

    fn whole(&self, reply: &Reply) -> Bytes {
        let choices = reply.answer.choices.iter().enumerate();
        let candidates = choices
            .map(|(i, choice)| candidate(i, parts(reply, choice), Some(choice)))
            .collect();
        let thoughts = reply.answer.reasoning_tokens();
        let answers = reply.answer.completion_tokens() - thoughts;
        let usage = usage::so_far(reply, thoughts, answers);
        to_json(&self.response(reply, candidates, usage))
    }

    fn error_event(&self, _: &Reply, first: bool) -> Bytes {
        let error = error::body(&script::error_in_band(Dialect::Gemini));
        let mut event = self.framed(first, &error).to_vec();
        if self.wire == Wire::List {
            event.push(b']');
        }
        event.into()
    }

    fn garbage(&self) -> Bytes {
        self.framed(false, b"{\"candidates\": [{\"content\": {\"par")
    }

    fn lists_errors(&self) -> bool {
        self.wire == Wire::List
    }

    fn has_comments(&self) -> bool {
        self.wire != Wire::List
    }
}

/// A candidate with these parts. With the choice it is complete.
pub(crate) fn candidate(index: usize, parts: Vec<Value>, whole: Option<&Choice>) -> Value {
    let mut content = json!({"role": "model"});
    if !parts.is_empty() {
        content["parts"] = parts.into();
    }
    let mut candidate = json!({"content": content, "index": index});
    let Some(choice) = whole else {
        return candidate;
    };
    candidate["finishReason"] = finish(&choice.finish).into();
    match choice.finish {
        Finish::Calls => {
            candidate["finishMessage"] = "Model generated function call(s).".into();
        }
        Finish::Malformed => {
            candidate["finishMessage"] = "Malformed function call: ".into();
        }
        Finish::Filtered | Finish::Refused => {
            candidate["safetyRatings"] = json!([{
                "category": "HARM_CATEGORY_DANGEROUS_CONTENT",
                "probability": "HIGH",
                "blocked": true,
            }]);
        }
        _ => {}
    }
    if choice.cites {
        candidate["groundingMetadata"] = grounding(&choice.text.concat());
    }
    candidate
}

/// Google's word for why an answer ends.
fn finish(finish: &Finish) -> &str {
    match finish {
        Finish::Stop | Finish::StopText(_) | Finish::Calls => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::Filtered | Finish::Refused => "SAFETY",
        Finish::Paused => "CONTINUATION",
        Finish::Malformed => "MALFORMED_FUNCTION_CALL",
        Finish::Word(word) => word,
    }
}

/// The sources that a text cites, by spans of bytes.
fn grounding(text: &str) -> Value {
    let cited = cite::first_sentence(text);
    json!({
        "webSearchQueries": ["a question"],
        "groundingChunks": [{"web": {"uri": cite::URL, "title": cite::TITLE}}],
        "groundingSupports": [{
            "segment": {"startIndex": 0, "endIndex": cited.len(), "text": cited},
            "groundingChunkIndices": [0],
        }],
    })
}

/// The parts of an answer that is not streamed.
fn parts(reply: &Reply, choice: &Choice) -> Vec<Value> {
    let pieces = Pieces::new(reply, choice);
    let mut parts = Vec::new();
    if pieces.shows_thoughts {
        parts.push(json!({"text": choice.thoughts().concat(), "thought": true}));
    }
    if !pieces.text.is_empty() {
        let mut text = json!({"text": pieces.text.concat()});
        if let Some(signature) = pieces.signature {
            text["thoughtSignature"] = signature.into();
        }
        parts.push(text);
    }
    parts.extend(pieces.calls.into_iter().map(|(call, _)| call));
    parts
}

/// The part of a call of a function, if its arguments are whole. The first of a turn is signed.
pub(crate) fn call(reply: &Reply, call: &ToolCall, first: bool) -> Option<Value> {
    let args: Value = serde_json::from_str(&call.arguments()).ok()?;
    let mut part = json!({"functionCall": {"name": call.name, "args": args}});
    if reply.call_ids {
        part["functionCall"]["id"] = call.id.get(..8).unwrap_or(&call.id).into();
    }
    if first {
        part["thoughtSignature"] = signed::of_call(&reply.signer, &call.name, &args).into();
    }
    Some(part)
}
