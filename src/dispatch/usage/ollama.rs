use serde::Deserialize;

use super::{Report, count::Count, reader::Shaped};
use crate::{catalog::Usage, dispatch::Reported};

/// Ollama's native API: counts at the top of the answer, or of a stream's last line. The answer's include thinking.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ollama {
    prompt_eval_count: Count,
    eval_count: Count,
}

impl Shaped for Ollama {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let line: Self = serde_json::from_str(json)?;
        if line.eval_count != Count::Absent || line.prompt_eval_count != Count::Absent {
            *self = line;
        }
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let usage = match (self.prompt_eval_count, self.eval_count) {
            // How long a prompt was that a cache served as a whole is not said.
            (Count::Absent, Count::Absent | Count::Of(_)) => Reported::Missing,
            (prompt, answer) => match prompt.or_zero().zip(answer.or_zero()) {
                Some((prompt, answer)) if prompt > 0 && (answer > 0 || !said) => {
                    Reported::Usage(Usage::text(prompt, answer))
                }
                _ => Reported::Implausible,
            },
        };
        Report {
            usage,
            ..Report::default()
        }
    }
}
