use std::borrow::Cow;

use serde_json::{Number, value::RawValue};

/// How tokens are drawn. Numbers are kept as they were written.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Sampling<'a> {
    /// 0 for the likeliest token, larger for more variety. Formats disagree on the largest: 1 or 2.
    pub temperature: Option<Number>,
    /// Tokens are drawn from the likeliest that have this share together.
    pub top_p: Option<Number>,
    /// Tokens are drawn from so many.
    pub top_k: Option<Number>,
    /// -2 to 2.
    pub presence_penalty: Option<Number>,
    /// -2 to 2.
    pub frequency_penalty: Option<Number>,
    /// Asks for the same draw again.
    pub seed: Option<Number>,
    /// Texts at which the answer stops.
    pub stop: Vec<Cow<'a, str>>,
    /// Log probabilities are wanted.
    pub logprobs: bool,
    /// So many of the likeliest alternatives with each.
    pub top_logprobs: Option<u32>,
    /// OpenAI's `logit_bias`, by its tokens.
    pub logit_bias: Option<&'a RawValue>,
}
