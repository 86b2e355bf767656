use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{dimensions, messages::Name, weigh::Weigh};
use crate::query::ImageIn;

/// An image of a message: an object with its URL, or the URL alone. Of one that says something twice nothing is known.
pub(super) struct ImageUrl;

impl<'de> DeserializeSeed<'de> for ImageUrl {
    type Value = ImageIn;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ImageIn, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ImageUrl {
    type Value = ImageIn;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an image's URL")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<ImageIn, E> {
        Ok(ImageIn::new(dimensions::of_data_url(url), false))
    }

    fn visit_unit<E: Error>(self) -> Result<ImageIn, E> {
        Ok(ImageIn::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ImageIn, A::Error> {
        let (mut size, mut low) = (None, false);
        let (mut urls, mut details, mut others) = (0, 0, 0);
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "url" => {
                    urls += 1;
                    size = map.next_value_seed(Self)?.size();
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
            return Ok(ImageIn::default());
        }
        Ok(ImageIn::new(size, low))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<ImageIn, E> {
        Ok(ImageIn::default())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<ImageIn, E> {
        Ok(ImageIn::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<ImageIn, E> {
        Ok(ImageIn::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<ImageIn, E> {
        Ok(ImageIn::default())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<ImageIn, A::Error> {
        while seq.next_element_seed(Weigh::TOP)?.is_some() {}
        Ok(ImageIn::default())
    }
}

/// A file of a message. Says whether it lies in the request itself, with nothing else that names one elsewhere.
pub(super) struct File;

impl<'de> DeserializeSeed<'de> for File {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let (mut inline, mut others) = (0, 0);
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "file_data" => {
                    let Name(data) = map.next_value()?;
                    // Some providers take an address in its place.
                    match data.starts_with("http") || data.starts_with("gs:") {
                        true => others += 1,
                        false => inline += 1,
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
        Ok(inline == 1 && others == 0)
    }
}
