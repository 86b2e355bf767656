use crate::catalog::Usage;

use super::json::Writer;

/// Usage as OpenAI writes it: what was cached is part of the prompt, and thinking of the completion.
pub(super) fn json(usage: &Usage) -> String {
    let (prompt, completion) = (usage.prompt(), usage.answer());
    let mut json = Writer::with_capacity(160);
    let number = |json: &mut Writer, name: &str, count: u64| {
        json.member(name, &count.to_string());
    };
    json.open("{");
    number(&mut json, "prompt_tokens", prompt);
    number(&mut json, "completion_tokens", completion);
    number(&mut json, "total_tokens", prompt.saturating_add(completion));
    details(
        &mut json,
        "prompt_tokens_details",
        &[
            ("cached_tokens", usage.cache_read),
            ("audio_tokens", usage.audio_input),
        ],
    );
    details(
        &mut json,
        "completion_tokens_details",
        &[
            ("reasoning_tokens", usage.reasoning),
            ("audio_tokens", usage.audio_output),
        ],
    );
    json.raw("}");
    String::from_utf8(json.finish()).unwrap_or_default()
}

fn details(json: &mut Writer, name: &str, counts: &[(&str, u64)]) {
    if counts.iter().all(|(_, count)| *count == 0) {
        return;
    }
    json.key(name).open("{");
    for (name, count) in counts.iter().filter(|(_, count)| *count > 0) {
        json.member(name, &count.to_string());
    }
    json.raw("}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_put_together_again() {
        let usage = Usage {
            cache_read: 60,
            reasoning: 30,
            ..Usage::text(40, 20)
        };
        assert_eq!(
            json(&usage),
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":30}}"#
        );
    }
}
