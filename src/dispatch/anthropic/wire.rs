use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::dispatch::{
    Unreadable,
    usage::{Lenient, List},
};

/// An event of a stream, with the members of all kinds: each kind has a few of them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Words<'a>,
    pub(super) index: u64,
    #[serde(borrow)]
    pub(super) message: Lenient<Message<'a>>,
    #[serde(borrow)]
    pub(super) content_block: Lenient<Block<'a>>,
    #[serde(borrow)]
    pub(super) delta: Lenient<Piece<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<WireError<'a>>,
}

/// A whole answer, of any kind; or the message that a stream begins with, which may have content of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) id: Words<'a>,
    #[serde(borrow)]
    pub(super) model: Words<'a>,
    #[serde(borrow)]
    pub(super) content: Option<List<Block<'a>>>,
    #[serde(borrow)]
    pub(super) stop_reason: Words<'a>,
    #[serde(borrow)]
    pub(super) stop_sequence: Words<'a>,
    #[serde(borrow)]
    pub(super) stop_details: Lenient<Details<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<WireError<'a>>,
}

/// A block of content: as it begins in a stream, or all of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Words<'a>,
    #[serde(borrow)]
    pub(super) text: Words<'a>,
    #[serde(borrow)]
    pub(super) thinking: Words<'a>,
    #[serde(borrow)]
    pub(super) signature: Words<'a>,
    #[serde(borrow)]
    pub(super) data: Words<'a>,
    #[serde(borrow)]
    pub(super) id: Words<'a>,
    #[serde(borrow)]
    pub(super) name: Words<'a>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) citations: List<Source<'a>>,
}

/// More of a block, or what a `message_delta` says of the end.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Piece<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Words<'a>,
    #[serde(borrow)]
    pub(super) text: Words<'a>,
    #[serde(borrow)]
    pub(super) partial_json: Words<'a>,
    #[serde(borrow)]
    pub(super) thinking: Words<'a>,
    #[serde(borrow)]
    pub(super) signature: Words<'a>,
    #[serde(borrow)]
    pub(super) citation: Lenient<Source<'a>>,
    #[serde(borrow)]
    pub(super) stop_reason: Words<'a>,
    #[serde(borrow)]
    pub(super) stop_sequence: Words<'a>,
    #[serde(borrow)]
    pub(super) stop_details: Lenient<Details<'a>>,
}

/// Why the model declined.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Details<'a> {
    #[serde(borrow)]
    pub(super) explanation: Words<'a>,
}

/// What a text cites: a page of the web, or a document of the request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Source<'a> {
    #[serde(borrow)]
    pub(super) url: Words<'a>,
    #[serde(borrow)]
    pub(super) source: Words<'a>,
    #[serde(borrow)]
    pub(super) title: Words<'a>,
    #[serde(borrow)]
    pub(super) document_title: Words<'a>,
    #[serde(borrow)]
    pub(super) cited_text: Words<'a>,
}

/// An error: Anthropic's object, or what servers that are compatible with it make of one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WireError<'a> {
    Object {
        #[serde(borrow, default)]
        r#type: Words<'a>,
        #[serde(borrow, default)]
        code: Words<'a>,
        #[serde(borrow, default)]
        message: Words<'a>,
    },
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

/// The answer of the counting endpoint.
#[derive(Deserialize)]
pub(super) struct Counted {
    pub(super) input_tokens: u64,
}

/// Reads an event. Of a kind that nobody here knows the kind is all that has to be readable.
pub(super) fn event(json: &[u8]) -> Result<Event<'_>, Unreadable> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: Words<'a>,
    }
    let json = object(json)?;
    serde_json::from_str(json).or_else(|_| {
        let Kind { kind } = serde_json::from_str(json).map_err(|_| Unreadable)?;
        let known = matches!(
            &*kind.0,
            "" | "message_start"
                | "content_block_start"
                | "content_block_delta"
                | "content_block_stop"
                | "message_delta"
                | "message_stop"
                | "error"
        );
        let event = Event {
            kind,
            ..Event::default()
        };
        (!known).then_some(event).ok_or(Unreadable)
    })
}

/// Reads an answer that is not streamed.
pub(super) fn whole<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_str(object(json)?).map_err(|_| Unreadable)
}

/// An object; a list would be taken for one without names.
fn object(json: &[u8]) -> Result<&str, Unreadable> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Unreadable);
    }
    std::str::from_utf8(json).map_err(|_| Unreadable)
}

/// A text, copied only where it has escapes; anything else counts as an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words<'a>(pub(super) Cow<'a, str>);

impl Words<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl<'a> Words<'a> {
    /// The text, where there is any.
    pub(super) fn said(&'a self) -> Option<Cow<'a, str>> {
        (!self.is_empty()).then(|| Cow::Borrowed(&*self.0))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Words)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_event_may_have_any_shape_and_a_known_one_may_not() {
        let odd = br#"{"type":"news","index":"x","delta":7,"content_block":[]}"#;
        assert_eq!(event(odd).unwrap().kind.0, "news");
        let known = br#"{"type":"content_block_delta","index":"x"}"#;
        assert!(event(known).is_err());
        assert!(event(b"[]").is_err());
        assert!(event(b"{\"type\":\"ping\"").is_err());
        let lax = br#"{"type":"content_block_delta","delta":{"type":"text_delta","text":{"a":[1,2.5,null]}}}"#;
        assert!(event(lax).unwrap().delta.0.unwrap().text.is_empty());
    }

    #[test]
    fn texts_are_borrowed_where_they_can_be() {
        let json =
            br#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"plain"}}"#;
        let read = event(json).unwrap();
        assert!(matches!(
            read.delta.0.unwrap().text.0,
            Cow::Borrowed("plain")
        ));
    }
}
