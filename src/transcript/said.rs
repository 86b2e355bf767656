use std::{borrow::Cow, fmt};

use crate::chat::{Finish, json};

/// What an answer says: of its first choice.
#[derive(Clone, Default)]
pub struct Said {
    pub(super) text: String,
    pub(super) calls: Vec<Called>,
    pub(super) finish: Option<Finish>,
    pub(super) refused: bool,
}

/// A call of a tool, as the model wrote it: nothing says that there is such a tool, or that the arguments are JSON.
#[derive(Clone, Default)]
pub struct Called {
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Said {
    /// Nothing but words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With one more call of a tool; `arguments` is JSON text.
    #[must_use]
    pub fn with_call(mut self, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        self.calls.push(Called {
            name: name.into(),
            arguments: arguments.into(),
        });
        self
    }

    /// Its words, without thinking. Words with which the model declines are among them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tools that it calls, in order.
    pub fn calls(&self) -> &[Called] {
        &self.calls
    }

    /// Why it ended, where it says so.
    pub const fn finish(&self) -> Option<Finish> {
        self.finish
    }

    /// Whether the model declined.
    pub const fn refused(&self) -> bool {
        self.refused || matches!(self.finish, Some(Finish::Refused))
    }

    /// What it comes to, for judges: its words, or where it has none, its calls as JSON:
    /// `[{"name": …, "arguments": …}, …]`. Arguments that are no JSON are a text in it.
    pub fn words(&self) -> Cow<'_, str> {
        if !self.text.trim().is_empty() || self.calls.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let mut out = Vec::new();
        let mut list = json::Array::begin(&mut out);
        for call in &self.calls {
            let mut object = json::Object::begin(list.item());
            object.text("name", &call.name);
            let arguments = call.arguments();
            match serde_json::from_str::<serde::de::IgnoredAny>(arguments) {
                Ok(_) => object.raw("arguments", arguments),
                Err(_) => object.text("arguments", arguments),
            }
            object.end();
        }
        list.end();
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    }
}

impl Called {
    /// The tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of its arguments; `{}` where there are none.
    pub fn arguments(&self) -> &str {
        match self.arguments.trim() {
            "" => "{}",
            arguments => arguments,
        }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said")
            .field("bytes", &self.text.len())
            .field("calls", &self.calls)
            .field("finish", &self.finish)
            .field("refused", &self.refused)
            .finish()
    }
}

impl fmt::Debug for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Called")
            .field("name", &self.name)
            .field("bytes", &self.arguments.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_words_where_there_are_none() {
        let said = Said::new(" \n").with_call("f", r#"{"a":1}"#);
        assert_eq!(said.words(), r#"[{"name":"f","arguments":{"a":1}}]"#);
        let said = Said::new("").with_call("f", "").with_call("g\"", "{no");
        let expected = r#"[{"name":"f","arguments":{}},{"name":"g\"","arguments":"{no"}]"#;
        assert_eq!(said.words(), expected);
        assert_eq!(Said::new("x").with_call("f", "").words(), "x");
        assert_eq!(Said::default().words(), "");
    }

    #[test]
    fn no_word_is_shown() {
        let said = Said::new("secret").with_call("f", r#""secret""#);
        assert!(!format!("{said:?}").contains("secret"));
    }
}
