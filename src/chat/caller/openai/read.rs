use crate::{
    chat::Request,
    query::{Refusal, RefusalKind},
};

pub(in crate::chat) fn read(_: &[u8]) -> Result<Request<'_>, Refusal> {
    Err(Refusal::new(RefusalKind::Unsupported, "not yet"))
}
