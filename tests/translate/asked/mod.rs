//! What a request says, read from any vendor's JSON into one neutral form, so that two requests can be compared.

mod anthropic;
mod compare;
mod gemini;
mod json_schema;
mod openai;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use self::compare::{differences, unchanged};
use crate::way::Vendor;

/// What a request says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// System prompts in front.
    pub(crate) system: Vec<String>,
    /// Everything after them, in order.
    pub(crate) items: Vec<Item>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    /// No two tools at once.
    pub(crate) serial: bool,
    pub(crate) format: Option<Format>,
    pub(crate) stop: Vec<String>,
    /// Temperature and the like, by OpenAI's names.
    pub(crate) numbers: BTreeMap<&'static str, f64>,
    pub(crate) limit: Option<u64>,
    pub(crate) effort: Option<Effort>,
    pub(crate) choices: u64,
    /// What the body says of streaming, where the format has it there.
    pub(crate) stream: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    User,
    Model,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Text {
        who: Who,
        text: String,
        /// Elsewhere it may stand among words that say what it is: a late system prompt, a document's text.
        framed: bool,
    },
    Media {
        kind: &'static str,
        source: Source,
    },
    Call {
        name: String,
        arguments: Value,
    },
    Result {
        /// Which of all calls, from 0; none for an orphan.
        call: Option<usize>,
        text: String,
        error: bool,
    },
}

impl Item {
    fn text(who: Who, text: &str) -> Self {
        Self::Text {
            who,
            text: text.to_owned(),
            framed: false,
        }
    }

    fn framed(text: &str) -> Self {
        Self::Text {
            who: Who::User,
            text: text.to_owned(),
            framed: true,
        }
    }

    const fn who(&self) -> Who {
        match self {
            Self::Text { who, .. } => *who,
            Self::Call { .. } => Who::Model,
            Self::Media { .. } | Self::Result { .. } => Who::User,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Inline { media_type: String, data: String },
    Url(String),
}

impl Source {
    /// From an address that may be a `data:` one.
    fn of_url(url: &str) -> Self {
        let inline = url
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"));
        match inline {
            Some((media_type, data)) => Self::Inline {
                media_type: media_type.to_owned(),
                data: data.to_owned(),
            },
            None => Self::Url(url.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Value,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    None,
    Any,
    /// Of these alone, and whether one has to be called.
    Of(Vec<String>, bool),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Format {
    Json,
    Schema(Value),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effort {
    Off,
    Adaptive,
    Level(String),
    Budget(u64),
}

impl Asked {
    /// Reads a vendor's body.
    pub(crate) fn read(vendor: Vendor, body: &Value) -> Self {
        let mut asked = match vendor {
            Vendor::OpenAi => openai::read(body),
            Vendor::Anthropic => anthropic::read(body),
            Vendor::Gemini => gemini::read(body),
        };
        if asked.tools.is_empty() {
            (asked.choice, asked.serial) = (Choice::Auto, false);
        }
        asked.choices = asked.choices.max(1);
        asked
    }

    fn number(&mut self, name: &'static str, value: &Value) {
        if let Some(value) = value.as_f64() {
            self.numbers.insert(name, value);
        }
    }
}

/// Calls so far, so that results find theirs.
#[derive(Default)]
struct Calls {
    /// Id, name, and whether it has its result.
    all: Vec<(Option<String>, String, bool)>,
}

impl Calls {
    fn add(&mut self, id: &Value, name: &str) {
        let id = id.as_str().map(str::to_owned);
        self.all.push((id, name.to_owned(), false));
    }

    fn by_id(&mut self, id: &str) -> Option<usize> {
        let of_id =
            |(_, call): &(usize, &(Option<String>, String, bool))| call.0.as_deref() == Some(id);
        // Ids may come again in a later turn: the latest call counts.
        let found = self.all.iter().enumerate().rev().find(of_id);
        let at = found.map(|(at, _)| at)?;
        self.all[at].2 = true;
        Some(at)
    }

    fn by_name(&mut self, name: &str) -> Option<usize> {
        let at = self
            .all
            .iter()
            .position(|(_, called, answered)| called == name && !answered)?;
        self.all[at].2 = true;
        Some(at)
    }
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The elements of an array; none of anything else.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<String> {
    list(value)
        .iter()
        .map(|one| string(one).to_owned())
        .collect()
}

/// A JSON text as what it says, and anything else as a string.
fn parsed(text: &str) -> Value {
    let text = if text.trim().is_empty() { "{}" } else { text };
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
