//! A request of Anthropic's Messages, or of its counting endpoint, read into the hub.

mod body;
mod part;
mod setting;
mod wire;

use self::body::Body;
use crate::{
    chat::{Message, Request, Role},
    query::{Refusal, RefusalKind},
};

/// Reads a request.
pub(in crate::chat) fn read(body: &[u8]) -> Result<Request<'_>, Refusal> {
    let Body {
        messages,
        system,
        tools,
        tool_choice,
        thinking,
        output_config,
        output_format,
        metadata,
        sampling,
        max_tokens,
        stream,
        extras,
    } = body::read(body)?;
    let mut request = Request::new();
    request.extras = extras;
    if let Some(system) = system {
        let parts = part::all(system, "system")?;
        request.messages.push(Message::new(Role::System, parts));
    }
    for (at, message) in messages.into_iter().enumerate() {
        let field = format!("messages[{at}]");
        request.messages.push(part::turn(message, &field)?);
    }
    for (at, tool) in tools.into_iter().enumerate() {
        request.tools.push(setting::tool(tool, at)?);
    }
    if let Some(choice) = tool_choice {
        request.tool_choice = Some(setting::choice(&choice)?);
        request.parallel_tools = choice.disable_parallel_tool_use.map(|serial| !serial);
    }
    let config = output_config.unwrap_or_default();
    request.reasoning = setting::reasoning(thinking, config.effort)?;
    request.format = setting::format(config.format.or(output_format))?;
    request.sampling = sampling;
    request.max_output = max_tokens;
    request.stream = stream;
    request.user = metadata.and_then(|metadata| metadata.user_id);
    Ok(request)
}

/// What is not as the format has it, by its field.
fn malformed(field: impl Into<String>, what: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Malformed, what).with_param(field.into())
}

/// What no other format has words for, by its field.
fn unsupported(field: impl Into<String>, what: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Unsupported, what).with_param(field.into())
}
