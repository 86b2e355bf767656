use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;

use super::{
    json::{MOST_MEMBERS, Object, Writer, array},
    stream_usage::events,
    usage,
};
use crate::catalog::Usage;

/// Puts a stream together to a whole answer, as official SDKs do.
pub(super) fn write(body: &Bytes, used: Option<&Usage>) -> Option<Bytes> {
    let chunks: Vec<Bytes> = events(body)
        .filter_map(|event| event.data().cloned())
        .collect();
    let mut answer = Answer::default();
    for data in chunks
        .iter()
        .filter(|data| !data.is_empty() && data.trim_ascii() != b"[DONE]")
    {
        answer.take(&Object::read_bytes(data)?)?;
    }
    answer.write(body.len(), used)
}

/// Members of which the last one counts that is not `null`, in the order in which they first came.
#[derive(Debug, Default)]
struct Latest<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Latest<'a> {
    /// `None` where there are too many of them.
    fn take(&mut self, name: Cow<'a, str>, value: &'a str) -> Option<()> {
        let full = self.0.len() == MOST_MEMBERS;
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) if value != "null" => *old = value,
            Some(_) => {}
            None if full => return None,
            None => self.0.push((name, value)),
        }
        Some(())
    }

    fn write(&self, out: &mut Writer) {
        for (name, value) in &self.0 {
            out.member(name, value);
        }
    }
}

/// A text that comes in pieces. They are joined as they are written, so that escapes stay as they are.
#[derive(Debug, Default)]
struct Text(Option<String>);

impl Text {
    /// `None` for what is no text.
    fn take(&mut self, value: &str) -> Option<()> {
        if value != "null" {
            let inside = value.strip_prefix('"')?.strip_suffix('"')?;
            self.0.get_or_insert_default().push_str(inside);
        }
        Some(())
    }

    fn write(&self, name: &str, out: &mut Writer) {
        match &self.0 {
            Some(text) => out.key(name).raw("\"").raw(text).raw("\""),
            None => out.member(name, "null"),
        };
    }
}

#[derive(Debug, Default)]
struct Answer<'a> {
    head: Latest<'a>,
    usage: Option<&'a str>,
    choices: BTreeMap<u32, Choice<'a>>,
}

#[derive(Debug, Default)]
struct Choice<'a> {
    message: Message<'a>,
    logprobs: Option<BTreeMap<Cow<'a, str>, Vec<&'a str>>>,
    rest: Latest<'a>,
}

#[derive(Debug, Default)]
struct Message<'a> {
    /// In the order in which they first came.
    texts: Vec<(Cow<'a, str>, Text)>,
    tool_calls: BTreeMap<u32, Call<'a>>,
    function_call: Option<Inner<'a>>,
    rest: Latest<'a>,
}

#[derive(Debug, Default)]
struct Call<'a> {
    inner: Vec<(Cow<'a, str>, Inner<'a>)>,
    rest: Latest<'a>,
}

/// What is called and with what: the one text of it that comes in pieces is joined.
#[derive(Debug, Default)]
struct Inner<'a> {
    pieces: Option<(Cow<'a, str>, Text)>,
    rest: Latest<'a>,
}

/// Members of a delta that come in pieces.
const JOINED: [&str; 4] = ["content", "refusal", "reasoning_content", "reasoning"];

impl<'a> Answer<'a> {
    fn take(&mut self, chunk: &Object<'a>) -> Option<()> {
        for (name, value) in &chunk.0 {
            match name.as_ref() {
                "choices" if *value != "null" => {
                    for (at, choice) in array(value)?.into_iter().enumerate() {
                        let choice = Object::read(choice)?;
                        let index = place(&choice, at)?;
                        self.choices.entry(index).or_default().take(&choice)?;
                    }
                }
                "choices" => {}
                "usage" => {
                    self.usage = Some(*value).filter(|usage| *usage != "null").or(self.usage)
                }
                "object" => self.head.take(name.clone(), "\"chat.completion\"")?,
                _ => self.head.take(name.clone(), value)?,
            }
        }
        Some(())
    }

    fn write(&self, size: usize, used: Option<&Usage>) -> Option<Bytes> {
        if self.choices.is_empty() {
            return None;
        }
        let mut out = Writer::with_capacity(size);
        out.open("{");
        self.head.write(&mut out);
        out.key("choices").open("[");
        for (index, choice) in &self.choices {
            choice.write(*index, &mut out);
        }
        out.raw("]");
        let used = used.map(usage::json);
        if let Some(used) = self.usage.or(used.as_deref()) {
            out.member("usage", used);
        }
        out.raw("}");
        Some(out.finish().into())
    }
}

impl<'a> Choice<'a> {
    fn take(&mut self, choice: &Object<'a>) -> Option<()> {
        for (name, value) in &choice.0 {
            match (name.as_ref(), *value) {
                ("index", _) | ("delta" | "logprobs", "null") => {}
                ("delta", value) => self.message.take(&Object::read(value)?)?,
                ("logprobs", value) => {
                    let all = self.logprobs.get_or_insert_default();
                    for (name, value) in Object::read(value)?.0 {
                        let list = all.entry(name).or_default();
                        if value != "null" {
                            list.extend(array(value)?);
                        }
                    }
                }
                _ => self.rest.take(name.clone(), value)?,
            }
        }
        Some(())
    }

    fn write(&self, index: u32, out: &mut Writer) {
        out.open("{").member("index", &index.to_string());
        out.key("message");
        self.message.write(out);
        if let Some(all) = &self.logprobs {
            out.key("logprobs").open("{");
            for (name, list) in all {
                if list.is_empty() {
                    out.member(name, "null");
                    continue;
                }
                out.key(name).open("[");
                for one in list {
                    out.element(one);
                }
                out.raw("]");
            }
            out.raw("}");
        } else {
            out.member("logprobs", "null");
        }
        self.rest.write(out);
        out.raw("}");
    }
}

impl<'a> Message<'a> {
    fn take(&mut self, delta: &Object<'a>) -> Option<()> {
        for (name, value) in &delta.0 {
            match (name.as_ref(), *value) {
                ("tool_calls" | "function_call", "null") => {}
                ("tool_calls", value) => {
                    for (at, call) in array(value)?.into_iter().enumerate() {
                        let call = Object::read(call)?;
                        let index = place(&call, at)?;
                        self.tool_calls.entry(index).or_default().take(&call)?;
                    }
                }
                ("function_call", value) => {
                    let call = self.function_call.get_or_insert_default();
                    call.take(&Object::read(value)?)?;
                }
                (joined, value) if JOINED.contains(&joined) => {
                    let at = self.texts.iter().position(|(other, _)| other == name);
                    let at = at.unwrap_or_else(|| {
                        self.texts.push((name.clone(), Text::default()));
                        self.texts.len() - 1
                    });
                    self.texts[at].1.take(value)?;
                }
                _ => self.rest.take(name.clone(), value)?,
            }
        }
        Some(())
    }

    fn write(&self, out: &mut Writer) {
        out.open("{");
        self.rest.write(out);
        for (name, text) in &self.texts {
            text.write(name, out);
        }
        // Nothing said at all is said so.
        if !self.texts.iter().any(|(name, _)| name == "content") {
            out.member("content", "null");
        }
        if !self.tool_calls.is_empty() {
            out.key("tool_calls").open("[");
            for call in self.tool_calls.values() {
                call.write(out);
            }
            out.raw("]");
        }
        if let Some(call) = &self.function_call {
            out.key("function_call");
            call.write(out);
        }
        out.raw("}");
    }
}

impl<'a> Call<'a> {
    fn take(&mut self, call: &Object<'a>) -> Option<()> {
        for (name, value) in &call.0 {
            match (name.as_ref(), *value) {
                ("index", _) => {}
                ("function" | "custom", value) if value != "null" => {
                    let at = self.inner.iter().position(|(other, _)| other == name);
                    let at = at.unwrap_or_else(|| {
                        self.inner.push((name.clone(), Inner::default()));
                        self.inner.len() - 1
                    });
                    self.inner[at].1.take(&Object::read(value)?)?;
                }
                _ => self.rest.take(name.clone(), value)?,
            }
        }
        Some(())
    }

    fn write(&self, out: &mut Writer) {
        out.open("{");
        self.rest.write(out);
        for (name, inner) in &self.inner {
            out.key(name);
            inner.write(out);
        }
        out.raw("}");
    }
}

impl<'a> Inner<'a> {
    fn take(&mut self, inner: &Object<'a>) -> Option<()> {
        for (name, value) in &inner.0 {
            if matches!(name.as_ref(), "arguments" | "input") {
                let (_, text) = self
                    .pieces
                    .get_or_insert_with(|| (name.clone(), Text::default()));
                text.take(value)?;
            } else {
                self.rest.take(name.clone(), value)?;
            }
        }
        Some(())
    }

    fn write(&self, out: &mut Writer) {
        out.open("{");
        self.rest.write(out);
        if let Some((name, text)) = &self.pieces {
            text.write(name, out);
        }
        out.raw("}");
    }
}

/// The place that an element of a list says is its own.
fn place(element: &Object<'_>, at: usize) -> Option<u32> {
    match element.get("index") {
        Some(index) => index.parse().ok(),
        None => u32::try_from(at).ok(),
    }
}
