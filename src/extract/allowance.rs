use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::MissingBudget;
use crate::{budget::Allowance, context::Context};

fn allowance(parts: &Parts) -> Option<Allowance> {
    Context::of(&parts.extensions).allowance()
}

impl<S: Sync> FromRequestParts<S> for Allowance {
    type Rejection = MissingBudget;

    /// What is left when the request comes; a hint, which may be old when it is read.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingBudget> {
        allowance(parts).ok_or(MissingBudget)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Allowance {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(allowance(parts))
    }
}
