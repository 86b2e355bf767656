use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

/// No tenant is known of this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no tenant is known here: a layer outside of this route must put a `Context` with one into the request's extensions"
)]
pub struct MissingTenant;

/// No budget with a limit is open for this request, or its ledger has no answer at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no budget with a limit of money is open here: put a `BudgetLayer` around this route, or take `Option<Allowance>`"
)]
pub struct MissingBudget;

/// Nobody has decided that this handler is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no decision has led here: this handler is no provider behind a `DispatchLayer`, or there is no `SelectLayer` outside \
     of that; the decisions of a client's calls are in their answers' `Outcome`"
)]
pub struct MissingDecision;

fn internal(why: &impl std::fmt::Display) -> Response {
    tracing::error!("{why}");
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
}

impl IntoResponse for MissingTenant {
    fn into_response(self) -> Response {
        internal(&self)
    }
}

impl IntoResponse for MissingBudget {
    fn into_response(self) -> Response {
        internal(&self)
    }
}

impl IntoResponse for MissingDecision {
    fn into_response(self) -> Response {
        internal(&self)
    }
}
