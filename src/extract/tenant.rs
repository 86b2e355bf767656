use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::MissingTenant;
use crate::context::{Context, Tenant};

fn tenant(parts: &Parts) -> Option<Tenant> {
    Context::of(&parts.extensions).tenant().cloned()
}

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = MissingTenant;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingTenant> {
        tenant(parts).ok_or(MissingTenant)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Tenant {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(tenant(parts))
    }
}
