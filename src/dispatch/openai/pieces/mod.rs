//! A Chat Completions answer, read into the hub's pieces.

mod calls;
mod choice;
mod content;
mod finish;
mod problem;
mod text;
mod wire;

pub(super) use self::problem::problem;
use self::{
    choice::Choice,
    text::Text,
    wire::{Chunk, Said},
};
use crate::{
    chat::{Delta, Sink},
    dispatch::Unreadable,
};

/// Most choices that an answer has.
const MOST_CHOICES: u32 = 128;

/// What has been told of an answer so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    choices: Vec<Choice>,
    named: bool,
}

impl Pieces {
    /// Tells what a chunk, or a whole answer, says. It has been read before, and is no error.
    pub(super) fn tell(
        &mut self,
        json: &[u8],
        whole: bool,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let chunk: Chunk<'_> = serde_json::from_slice(json).map_err(|_| Unreadable)?;
        if !self.named {
            let (id, model) = (Text::said(chunk.id), Text::said(chunk.model));
            // Some name the model later than the id, or neither in the first chunk.
            self.named = id.is_some() && model.is_some();
            if id.is_some() || model.is_some() {
                out.take(Delta::Begin { id, model });
            }
        }
        for (place, said) in chunk.choices.into_iter().flatten().enumerate() {
            self.choice(place, said, whole, out)?;
        }
        Ok(())
    }

    fn choice(
        &mut self,
        place: usize,
        said: Said<'_>,
        whole: bool,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let place = u32::try_from(place).map_err(|_| Unreadable)?;
        let number = said.index.unwrap_or(place);
        if number >= MOST_CHOICES {
            return Err(Unreadable);
        }
        let at = usize::try_from(number).map_err(|_| Unreadable)?;
        if self.choices.len() <= at {
            self.choices.resize_with(at + 1, Choice::default);
        }
        match self.choices.get_mut(at) {
            Some(choice) => choice.tell(number, said, whole, out),
            None => Err(Unreadable),
        }
    }
}
