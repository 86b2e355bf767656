use std::{borrow::Cow, fmt};

use super::Said;
use crate::{
    catalog::{Prefix, Usage},
    chat::{Delta, Signed},
};

/// The rest of an answer, made to follow what its caller was told of it already.
pub(in super::super) struct Rest {
    /// What the server is to repeat before it goes on; `heard` bytes of it have come.
    echo: Option<String>,
    heard: usize,
    /// White space that the caller has, and that was not sent: it is not said twice.
    space: String,
    /// Unicode characters that the caller has.
    chars: u64,
    /// What the attempts before have used.
    usage: Option<Usage>,
}

impl Rest {
    /// Behind what was said, of which `sent` is the last turn as the server gets it.
    pub(in super::super) fn of(said: &Said, sent: &str, prefix: Prefix) -> Self {
        let told = said.text();
        Self {
            echo: (prefix == Prefix::Echo).then(|| sent.to_owned()),
            heard: 0,
            space: told[told.trim_end().len()..].to_owned(),
            chars: told.chars().count() as u64,
            usage: said.usage().cloned(),
        }
    }

    /// The piece as the caller is to get it, if it is.
    pub(in super::super) fn pass(&mut self, delta: Delta<'_>, out: &mut dyn FnMut(Delta<'_>)) {
        match delta {
            Delta::Text { choice: 0, text } => {
                if let Some(text) = self.text(text) {
                    out(Delta::Text { choice: 0, text });
                }
            }
            // Who answers was said; what is thought on the way to the rest was not asked for.
            Delta::Begin { .. }
            | Delta::Thinking { .. }
            | Delta::Signature {
                of: Signed::Thinking | Signed::Redacted,
                ..
            } => {}
            Delta::Citation {
                choice,
                mut citation,
            } => {
                let chars = self.chars;
                citation.span = citation.span.map(|(from, to)| (from + chars, to + chars));
                out(Delta::Citation { choice, citation });
            }
            Delta::Usage(mut usage) => {
                if let Some(before) = &self.usage {
                    usage.add(before);
                }
                out(Delta::Usage(usage));
            }
            delta => {
                // It was no repetition.
                if let Some(echo) = self.echo.take().filter(|_| self.heard > 0) {
                    let begun = echo[..self.heard].to_owned();
                    if let Some(text) = self.fresh(begun.into()) {
                        out(Delta::Text { choice: 0, text });
                    }
                }
                out(delta);
            }
        }
    }

    fn text<'a>(&mut self, text: Cow<'a, str>) -> Option<Cow<'a, str>> {
        let Some(echo) = &self.echo else {
            return self.fresh(text);
        };
        let left = &echo[self.heard..];
        if left.len() > text.len() && left.starts_with(&*text) {
            self.heard += text.len();
            return None;
        }
        let rest = match text.strip_prefix(left) {
            Some(rest) => rest.to_owned(),
            // It was no repetition.
            None => [&echo[..self.heard], &text].concat(),
        };
        self.echo = None;
        self.fresh(rest.into())
    }

    /// What is new of a text: white space that the caller has already is not.
    fn fresh<'a>(&mut self, text: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if self.space.is_empty() {
            return (!text.is_empty()).then_some(text);
        }
        let pairs = text.char_indices().zip(self.space.chars());
        let same = pairs.take_while(|((_, new), known)| new == known);
        let same = same.map(|((at, new), _)| at + new.len_utf8()).last();
        let same = same.unwrap_or(0);
        match same == text.len() {
            true => {
                self.space.drain(..same);
                None
            }
            false => {
                self.space = String::new();
                Some(text[same..].to_owned().into())
            }
        }
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest")
            .field("chars", &self.chars)
            .field("heard", &self.heard)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Finish, Request},
        query::Api,
    };

    fn said(text: &str) -> Said {
        let body = br#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
        let mut said = Said::of(&Request::read(Api::OpenAiChat, body).unwrap());
        said.hear(&Delta::Text {
            choice: 0,
            text: text.into(),
        });
        said.hear(&Delta::Usage(Usage::text(7, 2)));
        said
    }

    /// What the caller gets in the end of what is told, and then goes on so.
    fn whole(told: &str, prefix: Prefix, pieces: &[&str]) -> String {
        let said = said(told);
        let mut rest = Rest::of(&said, told.trim_end(), prefix);
        let mut all = told.to_owned();
        let mut out = |delta: Delta<'_>| {
            if let Delta::Text { text, .. } = delta {
                all.push_str(&text);
            }
        };
        for piece in pieces {
            let text = (*piece).into();
            rest.pass(Delta::Text { choice: 0, text }, &mut out);
        }
        let ended = Finish::Stop.into();
        rest.pass(Delta::End { choice: 0, ended }, &mut out);
        all
    }

    #[test]
    fn white_space_is_said_once() {
        for (told, pieces, all) in [
            ("a b", &[" c"][..], "a b c"),
            ("a b ", &[" c"], "a b c"),
            ("a b ", &["c"], "a b c"),
            ("a b ", &["  c"], "a b  c"),
            ("a b\n\n", &["\n", "\n", "c"], "a b\n\nc"),
            ("a b\n\n", &["\n\n\nc"], "a b\n\n\nc"),
            ("a b\n\n", &["\nc \n"], "a b\n\nc \n"),
            ("a b \n", &["\n c"], "a b \n\n c"),
            ("a b\u{a0}", &["\u{a0}c"], "a b\u{a0}c"),
        ] {
            assert_eq!(whole(told, Prefix::Message, pieces), all, "{pieces:?}");
            let echoed = [&[told.trim_end()], pieces].concat();
            assert_eq!(whole(told, Prefix::Echo, &echoed), all, "{pieces:?}");
        }
    }

    #[test]
    fn a_repetition_is_left_out_only_where_there_is_one() {
        for (pieces, all) in [
            (&["ab ab", " cd"][..], "ab ab cd"),
            (&["a", "b", " ab c", "d"], "ab ab cd"),
            (&["ab ab cd"], "ab ab cd"),
            (&["ab", " x"], "ab abab x"),
            (&["ab "], "ab abab "),
            (&[" ab cd"], "ab ab ab cd"),
            (&[""], "ab ab"),
        ] {
            assert_eq!(whole("ab ab", Prefix::Echo, pieces), all, "{pieces:?}");
        }
        let all = whole("ab ab", Prefix::Flag, &["ab ab", " cd"]);
        assert_eq!(all, "ab abab ab cd", "nobody said that it repeats");
    }

    #[test]
    fn what_was_said_before_is_left_out_and_sums_are_of_both() {
        let said = said("Gr\u{fc}\u{df}e");
        let mut rest = Rest::of(&said, "Gr\u{fc}\u{df}e", Prefix::Message);
        let mut passed = Vec::new();
        let mut out = |delta: Delta<'_>| {
            passed.push(match delta {
                Delta::Usage(usage) => format!("{} {}", usage.prompt(), usage.answer()),
                Delta::Citation { citation, .. } => format!("{:?}", citation.span),
                _ => "other".to_owned(),
            });
        };
        for delta in [
            Delta::Begin {
                id: Some("x".into()),
                model: None,
            },
            Delta::Thinking {
                choice: 0,
                text: "hm".into(),
            },
            Delta::Usage(Usage::text(10, 3)),
            Delta::Citation {
                choice: 0,
                citation: crate::chat::Citation {
                    span: Some((1, 4)),
                    ..Default::default()
                },
            },
        ] {
            rest.pass(delta, &mut out);
        }
        assert_eq!(passed, ["17 5", "Some((6, 9))"]);
    }
}
