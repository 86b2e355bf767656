use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::MissingDecision;
use crate::{dispatch::Attempt, observe::Decision};

fn decision(parts: &Parts) -> Option<Decision> {
    let attempt = parts.extensions.get::<Attempt>()?;
    attempt.decision().map(|decision| Decision::clone(decision))
}

impl<S: Sync> FromRequestParts<S> for Decision {
    type Rejection = MissingDecision;

    /// A copy; the [`Attempt`] in the request's extensions has it without one.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingDecision> {
        decision(parts).ok_or(MissingDecision)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Decision {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(decision(parts))
    }
}
