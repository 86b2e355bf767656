use super::Handed;
use crate::{
    chat::{Content, Message, Part, Request, Role, ToolChoice},
    query::{Refusal, RefusalKind},
};

/// Whether an answer to this could be gone on with elsewhere, should it break off: it is streamed, and is one text.
pub(in super::super) fn suits(asked: &Request<'_>) -> bool {
    let forced = matches!(
        asked.tool_choice,
        Some(
            ToolChoice::Required
                | ToolChoice::Named(_)
                | ToolChoice::Allowed { required: true, .. }
        )
    );
    let words = |part: &Part<'_>| matches!(part.content, Content::Text(_));
    let begun = asked.messages.last();
    let begun = begun.filter(|last| last.role == Role::Assistant);
    asked.stream
        && asked.choices <= 1
        && asked.format.is_none()
        && !asked.sampling.logprobs
        && asked.sampling.top_logprobs.is_none()
        && !forced
        && begun.is_none_or(|last| last.parts.iter().all(words))
}

/// Makes of a request one for the rest of its answer; gives the model's turn that is gone on with.
///
/// White space at its end stays behind: Anthropic refuses it, and tokens begin with it rather than end.
pub(in super::super) fn go_on(asked: &mut Request<'_>, handed: &Handed) -> Result<String, Refusal> {
    if let Some(most) = asked.max_output {
        let used = u32::try_from(handed.used).unwrap_or(u32::MAX);
        let left = most.checked_sub(used).filter(|left| *left > 0);
        asked.max_output = Some(left.ok_or_else(|| {
            let message = "nothing is left of the limit of output tokens";
            Refusal::new(RefusalKind::Unsupported, message).with_param("max_tokens")
        })?);
    }
    let last = asked.messages.last();
    let mut turn = String::new();
    if last.is_some_and(|last| last.role == Role::Assistant) {
        for part in asked.messages.pop().into_iter().flat_map(|last| last.parts) {
            if let Content::Text(text) = part.content {
                turn.push_str(&text);
            }
        }
    }
    turn.push_str(handed.said.text());
    turn.truncate(turn.trim_end().len());
    let message = Message::new(Role::Assistant, vec![Part::text(turn.clone())]);
    asked.messages.push(message);
    asked.continues = true;
    // It was thought before.
    asked.reasoning = None;
    Ok(turn)
}
