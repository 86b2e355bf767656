use crate::{
    chat::Request,
    query::{Refusal, RefusalKind},
};

pub(in crate::chat) fn read(_: crate::query::Api, _: &[u8]) -> Result<Request<'_>, Refusal> {
    Err(Refusal::new(RefusalKind::Unsupported, "not yet"))
}
