//! What an answer says, whether it may be kept, and how it is written in the form that a caller asks for.

mod facts;
mod form;
mod headers;
mod json;
mod stream_usage;
mod to_stream;
mod to_whole;
mod usage;

pub(super) use self::{
    facts::Facts,
    form::Form,
    headers::{is_plain, kept, streams},
};
use bytes::Bytes;

use crate::catalog::Usage;

/// An answer in another form; `None` for what cannot be read.
///
/// `usage` is what the call used, for where the answer itself does not say.
pub(super) fn convert(body: &Bytes, from: Form, to: Form, usage: Option<&Usage>) -> Option<Bytes> {
    match (from, to) {
        (Form::Whole, Form::Whole) => Some(body.clone()),
        (Form::Whole, Form::Stream { usage: tell }) => to_stream::write(body, tell, usage),
        (Form::Stream { .. }, Form::Whole) => to_whole::write(body, usage),
        (Form::Stream { usage: a }, Form::Stream { usage: b }) if a == b => Some(body.clone()),
        (Form::Stream { .. }, Form::Stream { usage: true }) => stream_usage::add(body, usage),
        (Form::Stream { .. }, Form::Stream { usage: false }) => stream_usage::drop(body),
    }
}
