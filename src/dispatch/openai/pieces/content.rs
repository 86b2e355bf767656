use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::text::Text;

/// `content`: a text, or Mistral's list of texts and thinking.
#[derive(Debug, Default)]
pub(super) struct Content<'a>(pub(super) Vec1<'a>);

/// Thinking in words, in a text or in parts.
#[derive(Debug, Default)]
pub(super) struct Words<'a>(pub(super) Option<Cow<'a, str>>);

/// One piece is the rule, and needs no list.
#[derive(Debug, Default)]
pub(super) enum Vec1<'a> {
    #[default]
    None,
    One(Cow<'a, str>),
    Many(Vec<Piece<'a>>),
}

/// A part of a list.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Refusal(Cow<'a, str>),
    Thinking(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Content(content) = Content::deserialize(deserializer)?;
        Ok(Self(content.words()))
    }
}

impl<'a> Vec1<'a> {
    /// All words run together, of whatever kind.
    fn words(self) -> Option<Cow<'a, str>> {
        match self {
            Self::None => None,
            Self::One(text) => Some(text),
            Self::Many(pieces) => {
                let mut all = Cow::Borrowed("");
                for piece in pieces {
                    let (Piece::Text(text) | Piece::Refusal(text) | Piece::Thinking(text)) = piece;
                    if all.is_empty() {
                        all = text;
                    } else {
                        all.to_mut().push_str(&text);
                    }
                }
                Some(all)
            }
        }
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Vec1<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of parts")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Vec1::One(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Vec1::One(text.to_owned().into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec1::None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec1::None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Vec1::None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Vec1::None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Vec1::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Vec1::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pieces = Vec::new();
        while let Some(part) = seq.next_element::<Part<'de>>()? {
            pieces.extend(part.0);
        }
        Ok(Vec1::Many(pieces))
    }
}

/// A part of a list; one of another shape says nothing.
struct Part<'a>(Option<Piece<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Members<'a> {
            #[serde(borrow)]
            text: Option<Text<'a>>,
            #[serde(borrow)]
            refusal: Option<Text<'a>>,
            #[serde(borrow)]
            thinking: Words<'a>,
        }
        let crate::dispatch::usage::Lenient(members) =
            <crate::dispatch::usage::Lenient<Members<'de>>>::deserialize(deserializer)?;
        let members = members.unwrap_or_default();
        let piece = match (members.thinking.0, members.text, members.refusal) {
            (Some(words), _, _) => Some(Piece::Thinking(words)),
            (None, Some(Text(text)), _) => Some(Piece::Text(text)),
            (None, None, refusal) => refusal.map(|Text(words)| Piece::Refusal(words)),
        };
        Ok(Self(piece))
    }
}
