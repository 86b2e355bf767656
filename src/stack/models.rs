use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};
use serde::Serialize;

use crate::{
    Body,
    catalog::{Alias, Kind, Model, Resolved, Snapshot},
    query::{Refusal, RefusalKind},
    select::{Allowed, Selector},
};

/// Who stands as the owner of aliases, which no provider has.
const OURS: &str = "tower-genai";

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'a str,
}

/// The aliases and models that a caller may use, or the one that the path names.
pub(super) fn answer(
    path: &str,
    selector: &Selector,
    allowed: Option<&Allowed>,
) -> Result<Response<Body>, Refusal> {
    let catalog = selector.catalog().snapshot();
    let offered = Offered {
        catalog: &catalog,
        selector,
        allowed,
        at: selector.now(),
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let body = match path.rsplit_once('/') {
        Some((before, name)) if before.ends_with("/models") => {
            let name = decoded(name);
            let entry = name.as_deref().and_then(|name| offered.entry(name));
            serde_json::to_vec(&entry.ok_or_else(unknown)?)
        }
        _ => serde_json::to_vec(&offered.list()),
    };
    let body = Bytes::from(body.unwrap_or_default());
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

fn unknown() -> Refusal {
    // What was asked for is not repeated: it is anything that fits into a path.
    let message = "the model does not exist or you do not have access to it";
    Refusal::new(RefusalKind::UnknownModel, message).with_param("model")
}

struct Offered<'a> {
    catalog: &'a Snapshot,
    selector: &'a Selector,
    allowed: Option<&'a Allowed>,
    at: SystemTime,
}

impl<'a> Offered<'a> {
    fn list(&self) -> List<'a> {
        let aliases = self.catalog.aliases().iter();
        let models = self.catalog.models().iter();
        let aliases = aliases.filter_map(|alias| self.alias(alias));
        let models = models.filter(|model| self.catalog.alias(model.name()).is_none());
        let models = models.filter_map(|model| self.model(model));
        List {
            object: "list",
            data: aliases.chain(models).collect(),
        }
    }

    fn entry(&self, name: &str) -> Option<Entry<'a>> {
        match self.catalog.resolve(name, self.at) {
            Resolved::Alias(alias) => self.alias(alias),
            Resolved::Model {
                model,
                instead_of: None,
            } => self.model(model),
            // A successor is told where it answers.
            _ => None,
        }
    }

    /// An alias is there for those who may use a model of its pool.
    fn alias(&self, alias: &'a Alias) -> Option<Entry<'a>> {
        let mut pool = alias.pool().iter();
        pool.any(|candidate| self.model(candidate.model()).is_some())
            .then(|| entry(alias.name(), None, OURS))
    }

    fn model<'m>(&self, model: &'m Model) -> Option<Entry<'m>> {
        let usable = model.routable()
            && model.kind() == Kind::Chat
            && self.selector.speaks_to(model)
            && !model.lifecycle().is_gone(self.at)
            && self.allowed.is_none_or(|allowed| allowed.permits(model));
        let released = model.lifecycle().released().map(|day| day.starts());
        usable.then(|| entry(model.name(), released, model.provider().name()))
    }
}

fn entry<'a>(id: &'a str, created: Option<SystemTime>, owned_by: &'a str) -> Entry<'a> {
    let created = created.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Entry {
        id,
        object: "model",
        created: created.map_or(0, |since| since.as_secs()),
        owned_by,
    }
}

/// A path's segment with its `%XX` read once; `None` where that is no text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            // Signs are taken for digits otherwise.
            let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
            bytes.push(
                u8::from_str_radix(digits, 16)
                    .ok()
                    .filter(|_| hexadecimal)?,
            );
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read_once() {
        assert_eq!(decoded("zai%2Fglm-5").as_deref(), Some("zai/glm-5"));
        assert_eq!(decoded("a%252fb").as_deref(), Some("a%2fb"));
        for bad in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
