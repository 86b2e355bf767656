use crate::{
    chat::Sink,
    dispatch::{Answer, Seen, Step, Unreadable},
};

/// Reads an answer of Messages.
#[derive(Debug, Default)]
pub(super) struct MessagesAnswer {
    seen: Seen,
}

impl Answer for MessagesAnswer {
    fn event(&mut self, _: &[u8], _: &mut dyn Sink) -> Step {
        Step::Garbage
    }

    fn whole(&mut self, _: &[u8], _: &mut dyn Sink) -> Result<(), Unreadable> {
        Err(Unreadable)
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}
