use http::{HeaderValue, Method, Response, header::CONTENT_TYPE, request::Parts};

use crate::{
    Body,
    context::Tenant,
    observe::{DecisionId, DecisionLog},
    query::{Refusal, RefusalKind},
};

/// What a `GET …/decisions/{id}` asks for; `None` for any other request.
pub(super) fn asked(head: &Parts) -> Option<&str> {
    let path = head.uri.path();
    let (before, id) = path.strip_suffix('/').unwrap_or(path).rsplit_once('/')?;
    (head.method == Method::GET && before.ends_with("/decisions")).then_some(id)
}

/// The record of one of the caller's own decisions. That of another tenant does not exist for it.
pub(super) fn answer(
    id: &str,
    log: &DecisionLog,
    tenant: Option<&Tenant>,
) -> Result<Response<Body>, Refusal> {
    let found = id.parse::<DecisionId>().ok().and_then(|id| log.get(id));
    let own = found.filter(|record| record.tenant() == tenant);
    let record = own.ok_or_else(|| {
        let message = "there is no such decision, or it is not kept any more";
        Refusal::new(RefusalKind::UnknownPath, message).with_param("id")
    })?;
    let body = serde_json::to_string(&record).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
