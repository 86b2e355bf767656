use crate::{
    catalog::{Effort, ReasoningForm},
    dispatch::{Outgoing, edit::Edits},
    query::{Member, Op},
};

const OUTPUT_CONFIG: &str = "output_config";

/// What has to change in the body of a caller of the same format for this candidate. A limit of output is not among
/// it: the format demands that the caller sets one.
pub(super) fn edits(call: &Outgoing<'_>) -> Edits {
    let mut edits = Edits::default();
    let model = call.candidate.model();
    if call.query.model() != model.id()
        && let Some(member) = call.query.member("model")
    {
        let quoted = serde_json::to_vec(model.id()).unwrap_or_default();
        edits.replace(member, quoted);
    }
    if let Some(level) = call.candidate.effort().map(Effort::level)
        && call.query.effort().is_none()
        && call.query.api().op() == Op::Generate
        && model
            .reasoning()
            .is_none_or(|form| form == ReasoningForm::Adaptive)
        && matches!(level, "low" | "medium" | "high" | "xhigh" | "max")
    {
        effort(call, level, &mut edits);
    }
    edits
}

/// Writes the candidate's effort, keeping what else the caller says of the output.
fn effort(call: &Outgoing<'_>, level: &str, edits: &mut Edits) {
    let Some(Member { value, .. }) = call.query.member(OUTPUT_CONFIG) else {
        return edits.insert(OUTPUT_CONFIG, &format!("{{\"effort\":\"{level}\"}}"));
    };
    let raw = call.bytes.get(value.clone()).unwrap_or_default();
    let Some(inside) = raw.strip_prefix(b"{") else {
        // `null`, or nothing that the provider would read.
        return edits.replace_at(value.clone(), format!("{{\"effort\":\"{level}\"}}"));
    };
    let empty = inside.trim_ascii_start().starts_with(b"}");
    let comma = if empty { "" } else { "," };
    let at = value.start + 1;
    edits.replace_at(at..at, format!("\"effort\":\"{level}\"{comma}"));
}
