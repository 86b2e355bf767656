use bytes::Bytes;

use crate::{
    chat::{Delta, Opening, Sink, Writer},
    query::Refusal,
};

pub(in crate::chat) fn writer(_: Opening) -> Box<dyn Writer> {
    Box::new(Nothing)
}

#[derive(Debug)]
struct Nothing;

impl Sink for Nothing {
    fn take(&mut self, _: Delta<'_>) {}
}

impl Writer for Nothing {
    fn written(&mut self) -> Bytes {
        Bytes::new()
    }

    fn end(&mut self) -> Bytes {
        Bytes::new()
    }

    fn fail(&mut self, _: &Refusal) -> Bytes {
        Bytes::new()
    }
}
