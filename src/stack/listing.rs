//! Lists of models in each vendor's form.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    catalog::Model,
    query::{Refusal, RefusalKind, Vendor},
};

/// Most models on a page of Anthropic's or Google's lists.
const MOST: usize = 1_000;

/// What is said of a model or an alias.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) released: Option<SystemTime>,
    pub(super) owned_by: &'a str,
    /// The model itself; `None` for an alias.
    pub(super) model: Option<&'a Model>,
}

/// One model.
pub(super) fn one(entry: &Entry<'_>, vendor: Vendor) -> Vec<u8> {
    let json = match vendor {
        Vendor::OpenAi => serde_json::to_vec(&OpenAi::from(entry)),
        Vendor::Anthropic => serde_json::to_vec(&Anthropic::from(entry)),
        Vendor::Google => serde_json::to_vec(&Google::from(entry)),
    };
    json.unwrap_or_default()
}

/// A page of all of them; `query` says which, in the vendor's words.
pub(super) fn all(entries: &[Entry<'_>], query: &str, vendor: Vendor) -> Result<Vec<u8>, Refusal> {
    let json = match vendor {
        Vendor::OpenAi => serde_json::to_vec(&List {
            object: "list",
            data: entries.iter().map(OpenAi::from).collect(),
        }),
        Vendor::Anthropic => serde_json::to_vec(&anthropic_page(entries, query)?),
        Vendor::Google => serde_json::to_vec(&google_page(entries, query)?),
    };
    Ok(json.unwrap_or_default())
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<OpenAi<'a>>,
}

#[derive(Serialize)]
struct OpenAi<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'a str,
}

impl<'a> From<&Entry<'a>> for OpenAi<'a> {
    fn from(entry: &Entry<'a>) -> Self {
        let created = entry
            .released
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self {
            id: entry.id,
            object: "model",
            created: created.map_or(0, |since| since.as_secs()),
            owned_by: entry.owned_by,
        }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    data: Vec<Anthropic<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Anthropic<'a> {
    r#type: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: String,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
}

impl<'a> From<&Entry<'a>> for Anthropic<'a> {
    fn from(entry: &Entry<'a>) -> Self {
        // Of what is not known Anthropic's own list says the epoch.
        let released = entry.released.unwrap_or(UNIX_EPOCH);
        let created = Timestamp::try_from(released).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            r#type: "model",
            id: entry.id,
            display_name: entry.id,
            created_at: created.to_string(),
            max_input_tokens: entry.model.and_then(Model::context),
            max_tokens: entry.model.and_then(Model::max_output),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Models<'a> {
    models: Vec<Google<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Google<'a> {
    name: String,
    display_name: &'a str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_token_limit: Option<u64>,
    supported_generation_methods: [&'static str; 2],
}

impl<'a> From<&Entry<'a>> for Google<'a> {
    fn from(entry: &Entry<'a>) -> Self {
        Self {
            name: format!("models/{}", entry.id),
            display_name: entry.id,
            version: "001",
            input_token_limit: entry.model.and_then(Model::context),
            output_token_limit: entry.model.and_then(Model::max_output),
            supported_generation_methods: ["generateContent", "countTokens"],
        }
    }
}

/// A parameter of a URL's query, as it stands there.
fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// How many models a page is to have.
fn size(query: &str, name: &'static str, usual: usize) -> Result<usize, Refusal> {
    let Some(text) = parameter(query, name) else {
        return Ok(usual);
    };
    let size = text.parse().ok().filter(|size| (1..=MOST).contains(size));
    size.ok_or_else(|| {
        let message = format!("`{name}` must be 1 to {MOST}");
        Refusal::new(RefusalKind::Malformed, message).with_param(name)
    })
}

fn anthropic_page<'a>(entries: &[Entry<'a>], query: &str) -> Result<Page<'a>, Refusal> {
    let size = size(query, "limit", 20)?;
    let at = |name: &str| {
        let id = parameter(query, name)?;
        entries.iter().position(|entry| entry.id == id)
    };
    let (page, has_more) = match (at("after_id"), at("before_id")) {
        (None, Some(before)) => {
            let from = before.saturating_sub(size);
            (&entries[from..before], from > 0)
        }
        (after, _) => {
            let rest = &entries[after.map_or(0, |after| after + 1)..];
            (&rest[..size.min(rest.len())], rest.len() > size)
        }
    };
    Ok(Page {
        data: page.iter().map(Anthropic::from).collect(),
        has_more,
        first_id: page.first().map(|entry| entry.id),
        last_id: page.last().map(|entry| entry.id),
    })
}

fn google_page<'a>(entries: &[Entry<'a>], query: &str) -> Result<Models<'a>, Refusal> {
    let size = size(query, "pageSize", 50)?;
    let from = parameter(query, "pageToken").map_or(Some(0), |token| token.parse().ok());
    let from = from.filter(|from| *from <= entries.len());
    let from = from.ok_or_else(|| {
        let message = "`pageToken` is not one that was given here";
        Refusal::new(RefusalKind::Malformed, message).with_param("pageToken")
    })?;
    let rest = &entries[from..];
    let page = &rest[..size.min(rest.len())];
    Ok(Models {
        models: page.iter().map(Google::from).collect(),
        next_page_token: (rest.len() > size).then(|| (from + size).to_string()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn list(query: &str, vendor: Vendor) -> Result<Value, Refusal> {
        let entries = NAMES.map(|id| Entry {
            id,
            released: None,
            owned_by: "x",
            model: None,
        });
        Ok(serde_json::from_slice(&all(&entries, query, vendor)?).unwrap())
    }

    fn names(value: &Value, list: &str, key: &str) -> Vec<String> {
        let entries = value[list].as_array().unwrap().iter();
        entries
            .map(|entry| entry[key].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn anthropic_s_pages_go_on_after_the_last_one() {
        let first = list("limit=2", Vendor::Anthropic).unwrap();
        assert_eq!(names(&first, "data", "id"), ["a", "b"]);
        assert_eq!(first["has_more"], true);
        let next = list("limit=3&after_id=b", Vendor::Anthropic).unwrap();
        assert_eq!(names(&next, "data", "id"), ["c", "d", "e"]);
        assert_eq!(next["has_more"], false);
        let before = list("limit=1&before_id=c", Vendor::Anthropic).unwrap();
        assert_eq!(names(&before, "data", "id"), ["b"]);
        assert!(list("limit=0", Vendor::Anthropic).is_err());
    }

    #[test]
    fn google_s_pages_go_on_by_their_token() {
        let first = list("pageSize=4", Vendor::Google).unwrap();
        assert_eq!(names(&first, "models", "displayName"), ["a", "b", "c", "d"]);
        let next = first["nextPageToken"].as_str().unwrap();
        let next = list(&format!("pageToken={next}"), Vendor::Google).unwrap();
        assert_eq!(names(&next, "models", "name"), ["models/e"]);
        assert!(next.get("nextPageToken").is_none());
        for bad in ["pageToken=99", "pageToken=x", "pageSize=1001"] {
            assert!(list(bad, Vendor::Google).is_err(), "{bad}");
        }
    }
}
