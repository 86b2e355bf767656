use std::fmt;

use serde_json::{Map, Value, json};

use super::KeptLabel;
use crate::context::Tenant;

/// Which calls teach together.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StreamName {
    /// Whose; `None` where calls have no tenant, or are shared.
    pub tenant: Option<Tenant>,
    /// By which alias.
    pub alias: Box<str>,
}

impl StreamName {
    /// Of a tenant's calls by an alias.
    pub fn new(tenant: Option<Tenant>, alias: impl Into<Box<str>>) -> Self {
        let alias = alias.into();
        Self { tenant, alias }
    }

    pub(super) fn write(&self, object: &mut Map<String, Value>) {
        object.insert(
            "tenant".into(),
            json!(self.tenant.as_ref().map(Tenant::as_str)),
        );
        object.insert("alias".into(), json!(self.alias));
    }

    pub(super) fn read(object: &Map<String, Value>) -> Result<Self, &'static str> {
        let alias = object.get("alias").and_then(Value::as_str).ok_or("alias")?;
        Ok(Self::new(tenant(object)?, alias))
    }
}

/// The tenant that a line is about.
pub(super) fn tenant(object: &Map<String, Value>) -> Result<Option<Tenant>, &'static str> {
    match object.get("tenant") {
        Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Tenant::new(name).map(Some).map_err(|_| "tenant"),
        _ => Err("tenant"),
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.tenant.as_ref().map_or("*", Tenant::as_str);
        write!(f, "{tenant}/{}", self.alias)
    }
}

/// Labels of a stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stream {
    /// Which.
    pub name: StreamName,
    /// The process has nothing of it yet.
    pub anew: bool,
    /// The oldest first.
    pub labels: Vec<KeptLabel>,
}

impl Stream {
    /// With labels, the oldest first.
    pub const fn new(name: StreamName, labels: Vec<KeptLabel>) -> Self {
        Self {
            name,
            anew: false,
            labels,
        }
    }
}
