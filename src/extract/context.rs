use std::convert::Infallible;

use axum_core::extract::FromRequestParts;
use http::request::Parts;

use crate::context::Context;

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    /// The request's own, joined with what is ambient.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}
