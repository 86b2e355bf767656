use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Response, Uri, header::CONTENT_TYPE};

use super::listing::{self, Entry};
use crate::{
    Body,
    catalog::{Alias, Kind, Model, Resolved, Snapshot},
    query::{Refusal, RefusalKind, Vendor, api::decoded},
    select::{Allowed, Selector},
};

/// Who stands as the owner of aliases, which no provider has.
const OURS: &str = "tower-genai";

/// The aliases and models that a caller may use, or the one that the path names.
pub(super) fn answer(
    uri: &Uri,
    vendor: Vendor,
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
    let path = uri.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let body = match path.rsplit_once('/') {
        Some((before, name)) if before.ends_with("/models") => {
            let name = decoded(name);
            let entry = name.as_deref().and_then(|name| offered.entry(name));
            listing::one(&entry.ok_or_else(unknown)?, vendor)
        }
        _ => listing::all(&offered.list(), uri.query().unwrap_or_default(), vendor)?,
    };
    let body = Bytes::from(body);
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
    fn list(&self) -> Vec<Entry<'a>> {
        let aliases = self.catalog.aliases().iter();
        let models = self.catalog.models().iter();
        let aliases = aliases.filter_map(|alias| self.alias(alias));
        let models = models.filter(|model| self.catalog.alias(model.name()).is_none());
        let models = models.filter_map(|model| self.model(model));
        aliases.chain(models).collect()
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
            .then(|| Entry {
                id: alias.name(),
                released: None,
                owned_by: OURS,
                model: None,
            })
    }

    fn model<'m>(&self, model: &'m Model) -> Option<Entry<'m>> {
        let usable = model.routable()
            && model.kind() == Kind::Chat
            && self.selector.speaks_to(model)
            && !model.lifecycle().is_gone(self.at)
            && self.allowed.is_none_or(|allowed| allowed.permits(model));
        let released = model.lifecycle().released().map(|day| day.starts());
        usable.then(|| Entry {
            id: model.name(),
            released,
            owned_by: model.provider().name(),
            model: Some(model),
        })
    }
}
