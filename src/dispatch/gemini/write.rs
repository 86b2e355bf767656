use std::borrow::Cow;

use super::{
    config,
    path::resource,
    turns::{drops, turns},
};
use crate::{
    catalog::ReasoningForm,
    chat::{
        Request,
        json::{Array, Object},
    },
    dispatch::Outgoing,
    query::{Op, Refusal},
};

/// A request of another format in Gemini's, and what it leaves out.
pub(super) fn body(
    call: &Outgoing<'_>,
    request: &Request<'_>,
) -> Result<(Vec<u8>, Vec<Cow<'static, str>>), Refusal> {
    let (api, model) = (call.query.api(), call.candidate.model());
    // From Gemini 3 on, which has levels and no budgets.
    let signs = model.reasoning() != Some(ReasoningForm::Budget);
    let said = turns(&request.messages, api, signs)?;
    let mut dropped = said.dropped;
    let mut out = Vec::with_capacity(call.bytes.len() + 256);
    let mut body = Object::begin(&mut out);
    let counts = api.op() == Op::CountTokens;
    let mut inner = if counts {
        // The other form of the call leaves system prompt and tools uncounted.
        let mut inner = Object::begin(body.member("generateContentRequest"));
        inner.text("model", &resource(model.id()));
        inner
    } else {
        body
    };
    if !said.system.is_empty() {
        let mut system = Object::begin(inner.member("systemInstruction"));
        let mut parts = Array::begin(system.member("parts"));
        for text in said.system {
            let mut part = Object::begin(parts.item());
            part.text("text", text);
            part.end();
        }
        parts.end();
        system.end();
    }
    let mut contents = Array::begin(inner.member("contents"));
    for turn in said.turns {
        let mut content = Object::begin(contents.item());
        content.text("role", turn.role);
        let mut parts = Array::begin(content.member("parts"));
        for piece in turn.parts {
            piece.write(parts.item());
        }
        parts.end();
        content.end();
    }
    contents.end();
    config::tools(request, api, &mut inner, &mut dropped)?;
    if !counts {
        config::generation(call, request, &mut inner, &mut dropped)?;
    }
    inner.end();
    if counts {
        out.push(b'}');
    }
    if request.user.is_some() {
        drops(&mut dropped, "user");
    }
    if request.cache_key.is_some() {
        drops(&mut dropped, "prompt_cache_key");
    }
    dropped.extend(request.extras.iter().cloned());
    Ok((out, dropped))
}
