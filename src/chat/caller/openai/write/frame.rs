use crate::chat::{Delta, Opening, ids, json};

/// Who answers: what every chunk, or the one object, begins with.
#[derive(Debug)]
pub(super) struct Frame {
    id: Box<str>,
    model: Box<str>,
    created: u64,
    named: bool,
}

/// The longest that an id or a model's name may be.
const LONGEST: usize = 256;

impl Frame {
    pub(super) fn new(opening: &Opening) -> Self {
        Self {
            id: id(&opening.id),
            model: opening.model.clone(),
            created: opening.created,
            named: false,
        }
    }

    /// Takes what a [`Delta::Begin`] says; the first id counts.
    pub(super) fn begin(&mut self, delta: &Delta<'_>) {
        let Delta::Begin { id, model } = delta else {
            return;
        };
        if let Some(id) = id
            && !self.named
            && (1..=LONGEST).contains(&id.len())
        {
            self.id = self::id(id);
            self.named = true;
        }
        if let Some(model) = model
            && (1..=LONGEST).contains(&model.len())
            && **model != *self.model
        {
            self.model = model.as_ref().into();
        }
    }

    /// Writes the members up to `choices`, with the object's brace in front.
    pub(super) fn head(&self, out: &mut Vec<u8>, object: &str) {
        out.extend_from_slice(br#"{"id":"#);
        json::string(out, &self.id);
        out.extend_from_slice(br#","object":""#);
        out.extend_from_slice(object.as_bytes());
        out.extend_from_slice(br#"","created":"#);
        json::number(out, self.created);
        out.extend_from_slice(br#","model":"#);
        json::string(out, &self.model);
        out.extend_from_slice(br#","system_fingerprint":null,"choices":["#);
    }

    /// Writes the id of a call: the provider's, where OpenAI's clients could send it back.
    pub(super) fn call_id(&self, out: &mut Vec<u8>, id: Option<&str>, choice: u32, call: u32) {
        match id {
            Some(id) => json::string(out, &ids::fitting(id, crate::catalog::ToolIds::Any)),
            None => json::string(out, &ids::of_call(&self.id, choice, call)),
        }
    }
}

/// An answer's id as OpenAI's look.
fn id(of: &str) -> Box<str> {
    const LOOK: &str = "chatcmpl-";
    if of.starts_with(LOOK) {
        return of.into();
    }
    let bare = of.strip_prefix("msg_").unwrap_or(of);
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    LOOK.chars()
        .chain(bare.chars().filter(plain))
        .collect::<String>()
        .into()
}
