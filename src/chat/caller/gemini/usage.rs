use crate::{
    catalog::Usage,
    chat::json::{Array, Object},
};

/// Writes `usageMetadata`: thinking stands apart from the answer, and what a cache served is a part of the prompt.
pub(super) fn metadata(usage: &Usage, out: &mut Vec<u8>) {
    let prompt = usage.prompt();
    let candidates = usage.answer().saturating_sub(usage.reasoning);
    let mut metadata = Object::begin(out);
    metadata.number("promptTokenCount", prompt);
    if candidates > 0 {
        metadata.number("candidatesTokenCount", candidates);
    }
    metadata.number("totalTokenCount", prompt.saturating_add(usage.answer()));
    if usage.cache_read > 0 {
        metadata.number("cachedContentTokenCount", usage.cache_read);
    }
    let text = prompt
        .saturating_sub(usage.audio_input)
        .saturating_sub(usage.image_input);
    let kinds = [
        ("TEXT", text),
        ("AUDIO", usage.audio_input),
        ("IMAGE", usage.image_input),
    ];
    details("promptTokensDetails", kinds, &mut metadata);
    if usage.audio_output > 0 || usage.image_output > 0 {
        let kinds = [
            ("TEXT", usage.output),
            ("AUDIO", usage.audio_output),
            ("IMAGE", usage.image_output),
        ];
        details("candidatesTokensDetails", kinds, &mut metadata);
    }
    if usage.reasoning > 0 {
        metadata.number("thoughtsTokenCount", usage.reasoning);
    }
    metadata.end();
}

fn details(name: &str, kinds: [(&str, u64); 3], metadata: &mut Object<'_>) {
    let mut list = Array::begin(metadata.member(name));
    for (modality, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        let mut kind = Object::begin(list.item());
        kind.text("modality", modality);
        kind.number("tokenCount", count);
        kind.end();
    }
    list.end();
}
