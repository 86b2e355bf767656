use std::ops::Range;

use bytes::Bytes;

use crate::{Body, query::Member};

/// Changes to a JSON body that leave every other byte where it is: values replaced, members put in front.
///
/// The result is a body of slices of the original with the new pieces between: nothing is copied but what is new.
#[derive(Debug, Default)]
pub(super) struct Edits {
    front: Vec<u8>,
    cuts: Vec<(Range<usize>, Bytes)>,
}

impl Edits {
    /// Gives a member another value.
    pub(super) fn replace(&mut self, member: &Member, value: impl Into<Bytes>) {
        self.replace_at(member.value.clone(), value);
    }

    /// Puts other bytes in the place of these. Places must not overlap.
    pub(super) fn replace_at(&mut self, place: Range<usize>, value: impl Into<Bytes>) {
        self.cuts.push((place, value.into()));
    }

    /// Gives a member another name; its value stays.
    #[cfg(feature = "openai")]
    pub(super) fn rename(&mut self, member: &Member, body: &[u8], name: &str) {
        if let Some(key) = key_before(body, member.value.start) {
            self.cuts.push((key, format!("\"{name}\"").into()));
        }
    }

    /// Puts a member in front of the others.
    pub(super) fn insert(&mut self, name: &str, value: &str) {
        self.front
            .extend_from_slice(format!("\"{name}\":{value},").as_bytes());
    }

    /// Puts the members of an object in front of the others.
    #[cfg(feature = "openai")]
    pub(super) fn insert_members(&mut self, object: &[u8]) {
        let inside = object
            .strip_prefix(b"{")
            .and_then(|rest| rest.strip_suffix(b"}"));
        if let Some(members) = inside.filter(|members| !members.is_empty()) {
            self.front.extend_from_slice(members);
            self.front.push(b',');
        }
    }

    /// The body with all changes. `body` must be a JSON object that has a member.
    pub(super) fn apply(mut self, body: &Bytes) -> Body {
        if self.front.is_empty() && self.cuts.is_empty() {
            return Body::from(body.clone());
        }
        if !self.front.is_empty()
            && let Some(open) = memchr::memchr(b'{', body)
        {
            self.cuts.push((open + 1..open + 1, self.front.into()));
        }
        // What is put in front comes before a first key that is renamed, where both are at one place.
        self.cuts.sort_by_key(|(range, _)| (range.start, range.end));
        let mut slices = Vec::with_capacity(self.cuts.len() * 2 + 1);
        let mut from = 0;
        for (range, piece) in self.cuts {
            slices.push(body.slice(from..range.start));
            slices.push(piece);
            from = range.end;
        }
        slices.push(body.slice(from..));
        Body::from_iter(slices)
    }
}

/// Where the key of the value at `value` lies, quotes included. Valid JSON has `"key" : value` there.
#[cfg(feature = "openai")]
fn key_before(body: &[u8], value: usize) -> Option<Range<usize>> {
    let head = body
        .get(..value)?
        .trim_ascii_end()
        .strip_suffix(b":")?
        .trim_ascii_end();
    let end = head.len();
    let mut inside = head.strip_suffix(b"\"")?;
    loop {
        let quote = memchr::memrchr(b'"', inside)?;
        let escapes = inside[..quote]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        if escapes % 2 == 0 {
            return Some(quote..end);
        }
        inside = &inside[..quote];
    }
}

#[cfg(all(test, feature = "openai"))]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::query::{Api, Query};

    #[tokio::test]
    async fn only_what_changes_changes() {
        let text = r#" {"messages":[{"role":"user","content":"a \"model\": 1"}], "model" : "auto","max_tokens":  5,"x":1.0}"#;
        let query = Query::read(Api::OpenAiChat, text.as_bytes()).unwrap();
        let mut edits = Edits::default();
        edits.replace(query.member("model").unwrap(), "\"glm-5\"");
        edits.rename(
            query.member("max_tokens").unwrap(),
            text.as_bytes(),
            "max_completion_tokens",
        );
        edits.insert("stream", "true");
        let body = edits.apply(&Bytes::from_static(text.as_bytes()));
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(
            bytes,
            r#" {"stream":true,"messages":[{"role":"user","content":"a \"model\": 1"}], "model" : "glm-5","max_completion_tokens":  5,"x":1.0}"#
        );
    }

    #[tokio::test]
    async fn a_first_member_is_renamed_behind_what_is_put_in_front() {
        let text = r#"{"max_tokens":5,"model":"m","messages":[{"role":"user","content":"x"}]}"#;
        let query = Query::read(Api::OpenAiChat, text.as_bytes()).unwrap();
        let mut edits = Edits::default();
        let member = query.member("max_tokens").unwrap();
        edits.rename(member, text.as_bytes(), "max_completion_tokens");
        edits.insert("stream", "true");
        let body = edits.apply(&Bytes::from_static(text.as_bytes()));
        let bytes = body.collect().await.unwrap().to_bytes();
        let begins: &[u8] = br#"{"stream":true,"max_completion_tokens":5,"model""#;
        assert!(bytes.starts_with(begins), "{bytes:?}");
    }

    #[test]
    fn a_key_with_escapes_is_found_whole() {
        let body = br#"{"m\u006f\"del" : 7}"#;
        let range = key_before(body, 18).unwrap();
        assert_eq!(&body[range], br#""m\u006f\"del""#);
    }
}
