use http::{HeaderMap, HeaderName};

use crate::{
    context::{Context, DataLabel},
    query::{Api, Wish},
};

/// Headers of a request that change what is answered, or on whose account.
const HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("openai-beta"),
    HeaderName::from_static("openai-organization"),
    HeaderName::from_static("openai-project"),
];

/// What a key was first used for: a digest of the request, by which another one is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

/// What makes a request the one that it is.
pub(super) struct Asked<'a> {
    pub(super) api: Api,
    pub(super) path: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) wish: Option<&'a Wish>,
    pub(super) context: &'a Context,
    pub(super) body: &'a [u8],
}

impl Asked<'_> {
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut print = Print(blake3::Hasher::new());
        print.text(format!("{:?}", self.api).as_bytes());
        print.text(self.path.as_bytes());
        for name in &HEADERS {
            let values = self.headers.get_all(name);
            print.number(values.iter().count());
            values.iter().for_each(|value| print.text(value.as_bytes()));
        }
        self.write_wish(&mut print);
        let labels = self.context.labels().iter().map(DataLabel::as_str);
        print.all(labels.collect());
        print.text(self.body);
        Fingerprint(*print.0.finalize().as_bytes())
    }

    fn write_wish(&self, print: &mut Print) {
        let quality = self.wish.and_then(Wish::quality);
        print.optional(quality.map(|share| share.to_bits().to_le_bytes()));
        let most = self.wish.and_then(Wish::max_cost);
        print.optional(most.map(|most| most.nanos().to_le_bytes()));
        print.text(&self.wish.map(Wish::way).unwrap_or_default());
        let models = self.wish.and_then(Wish::models);
        print.number(usize::from(models.is_some()));
        print.all(models.into_iter().flatten().map(|name| &**name).collect());
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

#[cfg(test)]
impl Fingerprint {
    pub(super) const fn of_test(n: u8) -> Self {
        Self([n; 32])
    }
}

/// Parts that say where each ends.
struct Print(blake3::Hasher);

impl Print {
    fn number(&mut self, number: usize) {
        self.0.update(&(number as u64).to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len());
        self.0.update(text);
    }

    fn optional(&mut self, number: Option<[u8; 8]>) {
        self.text(number.as_ref().map_or(&[], |bytes| bytes));
    }

    /// In whatever order they come.
    fn all(&mut self, mut texts: Vec<&str>) {
        texts.sort_unstable();
        texts.dedup();
        self.number(texts.len());
        texts.iter().for_each(|text| self.text(text.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::query::{Pace, Prefer};

    /// What is changed of a request, one thing at a time.
    #[derive(Default)]
    struct Change {
        api: Api,
        path: &'static str,
        header: Option<&'static str>,
        wish: Option<Wish>,
        label: Option<&'static str>,
        body: &'static [u8],
    }

    fn of(change: &Change) -> Fingerprint {
        let mut headers = HeaderMap::new();
        if let Some(name) = change.header {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let label = change.label.map(|name| DataLabel::new(name).unwrap());
        let context = label.map_or(Context::new(), |label| Context::new().with_label(label));
        let asked = Asked {
            api: change.api,
            path: change.path,
            headers: &headers,
            wish: change.wish.as_ref(),
            context: &context,
            body: change.body,
        };
        asked.fingerprint()
    }

    #[test]
    fn whatever_changes_the_answer_makes_another_request() {
        let wish = |wish| Change {
            wish: Some(wish),
            ..Change::default()
        };
        let header = |name| Change {
            header: Some(name),
            ..Change::default()
        };
        let api = |api| Change {
            api,
            ..Change::default()
        };
        let all = [
            Change::default(),
            api(Api::GeminiStream),
            api(Api::GeminiStreamArray),
            Change {
                path: "/v1/messages",
                ..Change::default()
            },
            header("anthropic-beta"),
            header("anthropic-version"),
            header("openai-project"),
            wish(Wish::new().with_quality(0.0)),
            wish(Wish::new().with_max_cost("0.01".parse().unwrap())),
            wish(Wish::new().with_pace(Pace::Batch)),
            wish(Wish::new().with_prefer(Prefer::Latency)),
            wish(Wish::new().with_exploration(false)),
            wish(Wish::new().with_models(["m"])),
            wish(Wish::new().with_models::<&str>([])),
            Change {
                label: Some("personal"),
                ..Change::default()
            },
            Change {
                body: b"{}",
                ..Change::default()
            },
            Change {
                body: b"{ }",
                ..Change::default()
            },
        ];
        for (i, one) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                assert_eq!(of(one) == of(other), i == j, "{i} and {j}");
            }
        }
    }

    #[test]
    fn what_does_not_makes_none() {
        let trace = Change {
            header: Some("x-stainless-retry-count"),
            ..Change::default()
        };
        assert_eq!(of(&trace), of(&Change::default()));
        let wish = |models: [&str; 2]| Change {
            wish: Some(Wish::new().with_models(models)),
            ..Change::default()
        };
        assert_eq!(of(&wish(["a", "b"])), of(&wish(["b", "a"])));
    }
}
