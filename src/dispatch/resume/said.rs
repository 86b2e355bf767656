use std::fmt;

use crate::{
    catalog::Usage,
    chat::{Delta, Request, Signed},
};

/// What a caller was told so far of an answer that may have to be gone on with.
pub(in super::super) struct Said {
    text: String,
    stops: Box<[Box<str>]>,
    usage: Option<Usage>,
    /// It has ended, or has said what nobody else can go on with.
    closed: bool,
}

impl Said {
    /// A longer answer is not kept, and not gone on with.
    const LONGEST: usize = 1024 * 1024;

    /// Nothing yet, of an answer to this.
    pub(in super::super) fn of(asked: &Request<'_>) -> Self {
        let stops = asked.sampling.stop.iter().map(|stop| Box::from(&**stop));
        Self {
            text: String::new(),
            stops: stops.collect(),
            usage: None,
            closed: false,
        }
    }

    pub(in super::super) fn hear(&mut self, delta: &Delta<'_>) {
        match delta {
            Delta::Text { choice: 0, text } if self.text.len() + text.len() <= Self::LONGEST => {
                if !self.closed {
                    self.text.push_str(text);
                }
            }
            Delta::Usage(usage) => self.usage = Some(usage.clone()),
            // What a call is signed with comes with the call, and words need not be sent back with it.
            Delta::Signature {
                of: Signed::Call(_) | Signed::Text,
                ..
            }
            | Delta::Begin { .. }
            | Delta::Citation { .. } => {}
            // Thinking comes before all words, or else between them: it cannot be gone on with.
            Delta::Thinking { .. } if self.text.is_empty() => {}
            _ => {
                self.closed = true;
                self.text = String::new();
            }
        }
    }

    pub(in super::super) fn text(&self) -> &str {
        &self.text
    }

    pub(in super::super) const fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Whether there is something to go on with, and a stop text would not be cut in two.
    pub(in super::super) fn can_go_on(&self) -> bool {
        let begins = |stop: &str| {
            let ends = stop.char_indices().skip(1).map(|(at, _)| at);
            ends.map(|end| &stop[..end])
                .any(|begun| self.text.ends_with(begun))
        };
        !self.closed
            && !self.text.trim_end().is_empty()
            && !self.stops.iter().any(|stop| begins(stop))
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said")
            .field("bytes", &self.text.len())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chat::Finish, query::Api};

    fn said(stop: &str, deltas: Vec<Delta<'_>>) -> Said {
        let body = format!(
            r#"{{"model":"m","stop":["{stop}"],"messages":[{{"role":"user","content":"x"}}]}}"#
        );
        let mut said = Said::of(&Request::read(Api::OpenAiChat, body.as_bytes()).unwrap());
        for delta in deltas {
            said.hear(&delta);
        }
        said
    }

    fn text(text: &str) -> Delta<'_> {
        let text = text.into();
        Delta::Text { choice: 0, text }
    }

    #[test]
    fn only_open_text_can_be_gone_on_with() {
        assert!(!said("END", vec![]).can_go_on());
        assert!(!said("END", vec![text(" \n")]).can_go_on());
        assert!(said("END", vec![text("a "), text("b")]).can_go_on());
        let thought = |text: &'static str| Delta::Thinking {
            choice: 0,
            text: text.into(),
        };
        assert!(!said("END", vec![thought("x")]).can_go_on());
        assert!(said("END", vec![thought("x"), text("a")]).can_go_on());
        let signature = |of| Delta::Signature {
            choice: 0,
            of,
            signature: "s".into(),
        };
        assert!(said("END", vec![text("a"), signature(Signed::Text)]).can_go_on());
        for last in [
            thought("x"),
            signature(Signed::Thinking),
            signature(Signed::Redacted),
            Delta::Refusal {
                choice: 0,
                text: "no".into(),
            },
            Delta::Text {
                choice: 1,
                text: "b".into(),
            },
            Delta::ToolCall {
                choice: 0,
                call: 0,
                id: None,
                name: "f".into(),
            },
            Delta::End {
                choice: 0,
                ended: Finish::Stop.into(),
            },
        ] {
            let mut said = said("END", vec![text("a")]);
            said.hear(&last);
            said.hear(&text("b"));
            assert!(!said.can_go_on() && said.text().is_empty());
        }
    }

    #[test]
    fn a_stop_text_is_not_cut_in_two() {
        assert!(said("END", vec![text("the end")]).can_go_on());
        assert!(!said("END", vec![text("the EN")]).can_go_on());
        assert!(!said("END", vec![text("the E")]).can_go_on());
        assert!(said("END", vec![text("the EX")]).can_go_on());
        assert!(!said("\u{fc}b\u{fc}", vec![text("x\u{fc}")]).can_go_on());
    }

    #[test]
    fn what_is_too_long_is_let_go() {
        let long = "x".repeat(Said::LONGEST);
        assert!(said("END", vec![text(&long)]).can_go_on());
        let said = said("END", vec![text(&long), text("x"), text("y")]);
        assert!(!said.can_go_on());
        assert_eq!(said.text.capacity(), 0);
    }
}
