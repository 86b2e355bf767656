use crate::{
    chat::Sink,
    dispatch::{Answer, Seen, Step, Unreadable},
};

/// Reads an answer of generateContent.
#[derive(Debug, Default)]
pub(super) struct GenerateAnswer {
    seen: Seen,
}

impl Answer for GenerateAnswer {
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
