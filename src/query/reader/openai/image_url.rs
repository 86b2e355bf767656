use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::super::{dimensions, name::Name, weigh::Weigh};
use crate::query::ImageIn;

/// An image of a message: an object with its URL, or the URL alone; and whether it lies in the request itself. Of one
/// that says something twice nothing is known.
pub(super) struct ImageUrl;

const UNKNOWN: (ImageIn, bool) = (ImageIn::new(None, false), false);

impl<'de> DeserializeSeed<'de> for ImageUrl {
    type Value = (ImageIn, bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ImageUrl {
    type Value = (ImageIn, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an image's URL")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<Self::Value, E> {
        let image = ImageIn::new(dimensions::of_data_url(url), false);
        Ok((image, url.starts_with("data:")))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(UNKNOWN)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut size, mut inline, mut low) = (None, false, false);
        let (mut urls, mut details, mut others) = (0, 0, 0);
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "url" => {
                    urls += 1;
                    let (image, here) = map.next_value_seed(Self)?;
                    (size, inline) = (image.size(), here);
                }
                "detail" => {
                    details += 1;
                    low = map
                        .next_value::<Option<Name<'_>>>()?
                        .is_some_and(|name| name.0 == "low");
                }
                _ => {
                    others += 1;
                    map.next_value_seed(Weigh::TOP)?;
                }
            }
        }
        if urls > 1 || details > 1 || others > 0 {
            return Ok((ImageIn::default(), inline));
        }
        Ok((ImageIn::new(size, low), inline))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(UNKNOWN)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(UNKNOWN)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(UNKNOWN)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(UNKNOWN)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element_seed(Weigh::TOP)?.is_some() {}
        Ok(UNKNOWN)
    }
}

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lies {
    /// In the request itself, with nothing else that names one elsewhere.
    Here,
    AtAnAddress,
    /// At the provider, by its id, or who knows where.
    Elsewhere,
}

/// A file of a message.
pub(super) struct File;

impl<'de> DeserializeSeed<'de> for File {
    type Value = Lies;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Lies, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File {
    type Value = Lies;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lies, A::Error> {
        let (mut here, mut addresses, mut others) = (0, 0, 0);
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "file_data" => {
                    let Name(data) = map.next_value()?;
                    // Some providers take an address in its place.
                    match data.starts_with("http") || data.starts_with("gs:") {
                        true => addresses += 1,
                        false => here += 1,
                    }
                }
                "filename" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    others += 1;
                    map.next_value_seed(Weigh::TOP)?;
                }
            }
        }
        Ok(match (here, addresses, others) {
            (1, 0, 0) => Lies::Here,
            (_, 1.., 0) => Lies::AtAnAddress,
            _ => Lies::Elsewhere,
        })
    }
}
