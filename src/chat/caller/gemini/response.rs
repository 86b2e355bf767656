use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::wire::Text;

/// What a function answered, in words, and whether it failed. `raw` is a JSON object.
///
/// Google's packages put a bare value under `result` or `output`, and what went wrong under `error`; any other object is the
/// answer itself.
pub(super) fn text(raw: &str) -> (Cow<'_, str>, bool) {
    match serde_json::from_str(raw) {
        Ok(Only(Some((key, value)))) if matches!(&*key, "result" | "output" | "error") => {
            let text = match serde_json::from_str::<Text<'_>>(value.get()) {
                Ok(Text(text)) => text,
                Err(_) => value.get().into(),
            };
            (text, key == "error")
        }
        _ => (raw.into(), false),
    }
}

/// An object's member, where it has exactly one.
struct Only<'a>(Option<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Only<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Only<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Only<'de>, A::Error> {
                let mut only = None;
                let mut count = 0;
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &RawValue>()? {
                    count += 1;
                    only = Some((key, value));
                }
                Ok(Only(only.filter(|_| count == 1)))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_value_is_taken_out_of_its_object() {
        assert_eq!(text(r#"{"result":"21 \"C\""}"#), ("21 \"C\"".into(), false));
        assert_eq!(text(r#"{"output": [1, 2.0]}"#), ("[1, 2.0]".into(), false));
        assert_eq!(text(r#"{"error":"gone"}"#), ("gone".into(), true));
        for whole in [r#"{"c":21}"#, r#"{"result":1,"unit":"C"}"#, "{}"] {
            assert_eq!(text(whole), (whole.into(), false));
        }
    }
}
