use serde_json::{Value, json};

use super::{
    form::{self, GenerateForm},
    signed, usage,
};
use crate::sim::{
    ask::Thinking,
    choice::{Choice, Finish},
    reply::Reply,
};

/// So many tokens come in one response of a stream.
const AT_ONCE: usize = 4;

/// What an answer is made of.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    pub(crate) shows_thoughts: bool,
    pub(crate) text: &'a [String],
    /// The calls of functions, and their tokens.
    pub(crate) calls: Vec<(Value, u64)>,
    /// Of an answer in text that was thought about.
    pub(crate) signature: Option<String>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(reply: &Reply, choice: &'a Choice) -> Self {
        let broken = matches!(choice.finish, Finish::Refused | Finish::Malformed);
        let text = if broken { &[] } else { choice.text.as_slice() };
        let calls = choice.calls.iter().enumerate().filter(|_| !broken);
        let calls = calls.filter_map(|(i, call)| {
            let part = form::call(reply, call, i == 0)?;
            Some((part, call.tokens()))
        });
        let shown = reply.ask.thinking == Thinking::On { shown: true };
        let calls: Vec<_> = calls.collect();
        let thought = choice.reasoning > 0 && calls.is_empty() && !text.is_empty();
        Self {
            shows_thoughts: shown && choice.reasoning > 0,
            text,
            calls,
            signature: thought.then(|| signed::of_text(&reply.signer)),
        }
    }
}

/// One step of a candidate: its parts, and how many tokens of thoughts and of answer are in it.
struct Chunk {
    parts: Vec<Value>,
    thoughts: u64,
    answer: u64,
}

/// The responses of a stream, with the tokens that each carries.
pub(crate) fn responses(form: &GenerateForm, reply: &Reply, ends: bool) -> Vec<(Value, u64)> {
    if reply.answer.blocked {
        let response = form.response(reply, Vec::new(), usage::so_far(reply, 0, 0));
        return vec![(response, 0)];
    }
    let choices: Vec<_> = reply.answer.choices.iter().collect();
    let mut queues: Vec<_> = choices
        .iter()
        .map(|choice| chunks(reply, choice).into_iter().peekable())
        .collect();
    let (mut thoughts, mut answers) = (0, 0);
    let mut responses = Vec::new();
    while queues.iter_mut().any(|queue| queue.peek().is_some()) {
        for (index, queue) in queues.iter_mut().enumerate() {
            let Some(chunk) = queue.next() else {
                continue;
            };
            let last = queue.peek().is_none();
            if last && !ends {
                continue;
            }
            thoughts += chunk.thoughts;
            answers += chunk.answer;
            let whole = last.then_some(choices[index]);
            let candidate = form::candidate(index, chunk.parts, whole);
            let usage = usage::so_far(reply, thoughts, answers);
            let response = form.response(reply, vec![candidate], usage);
            responses.push((response, chunk.thoughts + chunk.answer));
        }
    }
    responses
}

/// The steps of one candidate, of which there is at least one.
fn chunks(reply: &Reply, choice: &Choice) -> Vec<Chunk> {
    let pieces = Pieces::new(reply, choice);
    let mut chunks = Vec::new();
    if pieces.shows_thoughts {
        for group in choice.thoughts().chunks(AT_ONCE) {
            chunks.push(Chunk {
                parts: vec![json!({"text": group.concat(), "thought": true})],
                thoughts: group.len() as u64,
                answer: 0,
            });
        }
    }
    for group in pieces.text.chunks(AT_ONCE) {
        chunks.push(Chunk {
            parts: vec![json!({"text": group.concat()})],
            thoughts: 0,
            answer: group.len() as u64,
        });
    }
    if let Some(signature) = pieces.signature {
        chunks.push(Chunk {
            parts: vec![json!({"text": "", "thoughtSignature": signature})],
            thoughts: 0,
            answer: 0,
        });
    }
    for (call, tokens) in pieces.calls {
        chunks.push(Chunk {
            parts: vec![call],
            thoughts: 0,
            answer: tokens,
        });
    }
    if chunks.is_empty() {
        chunks.push(Chunk {
            parts: Vec::new(),
            thoughts: 0,
            answer: 0,
        });
    }
    // What is not shown was written all the same: thoughts before the rest, broken calls at the end.
    let told = |chunks: &[Chunk], of: fn(&Chunk) -> u64| chunks.iter().map(of).sum::<u64>();
    let thoughts = choice.reasoning - told(&chunks, |chunk| chunk.thoughts);
    let rest = choice.tokens() - choice.reasoning - told(&chunks, |chunk| chunk.answer);
    if let Some(first) = chunks.first_mut() {
        first.thoughts += thoughts;
    }
    if let Some(last) = chunks.last_mut() {
        last.answer += rest;
    }
    chunks
}
