use crate::{catalog::Usage, chat::json};

/// Writes `usage` as OpenAI counts it: the prompt with what was cached of it, the answer with thinking.
pub(super) fn object(out: &mut Vec<u8>, usage: &Usage) {
    let (prompt, completion) = (usage.prompt(), usage.answer());
    let written = [
        usage.cache_write_5m,
        usage.cache_write_30m,
        usage.cache_write_1h,
        usage.cache_write,
    ];
    let written = written.into_iter().fold(0, u64::saturating_add);
    let mut member = |name: &str, count: u64| {
        out.extend_from_slice(name.as_bytes());
        json::number(out, count);
    };
    member(r#"{"prompt_tokens":"#, prompt);
    member(r#","completion_tokens":"#, completion);
    member(r#","total_tokens":"#, prompt.saturating_add(completion));
    member(
        r#","prompt_tokens_details":{"cached_tokens":"#,
        usage.cache_read,
    );
    if written > 0 {
        member(r#","cache_write_tokens":"#, written);
    }
    member(r#","audio_tokens":"#, usage.audio_input);
    if usage.image_input > 0 {
        member(r#","image_tokens":"#, usage.image_input);
    }
    member(
        r#"},"completion_tokens_details":{"reasoning_tokens":"#,
        usage.reasoning,
    );
    member(r#","audio_tokens":"#, usage.audio_output);
    if usage.image_output > 0 {
        member(r#","image_tokens":"#, usage.image_output);
    }
    out.extend_from_slice(br#","accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::{
        Reported,
        usage::{Reader, Shape},
    };

    #[test]
    fn tokens_are_conserved() {
        let usage = Usage {
            cache_read: 7,
            cache_write: 5,
            reasoning: 11,
            audio_input: 2,
            image_input: 4,
            audio_output: 6,
            image_output: 1,
            ..Usage::text(100, 50)
        };
        let mut out = br#"{"usage":"#.to_vec();
        object(&mut out, &usage);
        out.push(b'}');
        let report = Reader::whole(Shape::OpenAiChat, &out).unwrap();
        assert_eq!(report.usage, Reported::Usage(usage));
        let text = std::str::from_utf8(&out).unwrap();
        assert!(text.contains(r#""prompt_tokens":118,"completion_tokens":68,"total_tokens":186"#));
    }
}
