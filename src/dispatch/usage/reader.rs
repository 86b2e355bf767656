use std::fmt;

use super::{
    Report, Shape, anthropic, ark, bfl, gemini, kling, ollama, openai_chat, openai_images,
    openai_responses,
};
use crate::dispatch::{Reported, Unreadable};

/// Reads what an answer says of its usage: all of it at once, or event by event.
///
/// Numbers are believed only where they can be: whole, not negative, below 2^40, not written as text, and no member
/// twice. What breaks this makes the whole usage [`Reported::Implausible`], and never panics.
pub struct Reader {
    shape: Box<dyn Shaped>,
    implausible: bool,
}

/// What has been read of one shape.
pub(super) trait Shaped: Send + Sync + fmt::Debug {
    /// Takes an answer or an event. The only error of the kind `Data` is a member that is there twice.
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error>;

    fn report(&self, said: bool) -> Report;
}

impl Reader {
    /// For one answer.
    pub fn new(shape: Shape) -> Self {
        let shape: Box<dyn Shaped> = match shape {
            Shape::OpenAiChat => Box::new(openai_chat::Chat::default()),
            Shape::OpenAiResponses => Box::new(openai_responses::Responses::default()),
            Shape::OpenAiImages => Box::new(openai_images::Images::default()),
            Shape::Anthropic => Box::new(anthropic::Messages::default()),
            Shape::Gemini => Box::new(gemini::Gemini::default()),
            Shape::Ark => Box::new(ark::Ark::default()),
            Shape::Bfl => Box::new(bfl::Bfl::default()),
            Shape::Kling => Box::new(kling::Kling::default()),
            Shape::Ollama => Box::new(ollama::Ollama::default()),
        };
        Self {
            shape,
            implausible: false,
        }
    }

    /// Reads a whole answer.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn whole(shape: Shape, answer: &[u8]) -> Result<Report, Unreadable> {
        let mut reader = Self::new(shape);
        reader.read(answer)?;
        Ok(reader.report(false))
    }

    /// Takes an answer, or the data of one event of a stream. Of what several say, the last counts.
    ///
    /// # Errors
    /// When it is no JSON object; nothing is changed then.
    pub fn read(&mut self, json: &[u8]) -> Result<(), Unreadable> {
        // A list would be taken for an object without names.
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(Unreadable);
        }
        let json = std::str::from_utf8(json).map_err(|_| Unreadable)?;
        match self.shape.read(json) {
            Ok(()) => Ok(()),
            Err(error) if error.is_data() => {
                self.implausible = true;
                Ok(())
            }
            Err(_) => Err(Unreadable),
        }
    }

    /// What was said so far. `said` is whether content came: then no output at all cannot be.
    pub fn report(&self, said: bool) -> Report {
        let mut report = self.shape.report(said);
        if self.implausible {
            report.usage = Reported::Implausible;
            report.shares.clear();
            report.cost = None;
        }
        report
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("shape", &self.shape)
            .field("implausible", &self.implausible)
            .finish()
    }
}
