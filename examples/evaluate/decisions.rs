use std::{
    fs::File,
    io::{BufWriter, Write},
    time::{Duration, SystemTime},
};

use tower_genai::{money::Usd, observe::DecisionLine, profile::Source};

use crate::play::Told;

/// The decision log of what is played: as a stack would have written it, one call each second since 1970, so that the
/// same calls give the same log.
pub(crate) struct Decisions<'a> {
    path: &'a str,
    out: BufWriter<File>,
    at: SystemTime,
    prompts: bool,
}

impl<'a> Decisions<'a> {
    pub(crate) fn create(path: &'a str, prompts: bool) -> Result<Self, String> {
        let file = File::create(path).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self {
            path,
            out: BufWriter::new(file),
            at: SystemTime::UNIX_EPOCH,
            prompts,
        })
    }

    pub(crate) fn write(&mut self, told: &Told<'_>) -> Result<(), String> {
        self.at += Duration::from_secs(1);
        let Some(first) = told.decision.routed().next() else {
            return Ok(());
        };
        let cost = dollars(told.call.costs[told.chosen]);
        let usage = told.call.usage.clone();
        let line = DecisionLine::new(told.decision.clone(), self.at);
        let mut line = line.answered(&first.candidate, usage, Some(cost));
        if told.revealed {
            line = line.scored(told.score, Source::Explicit);
        }
        if self.prompts {
            line = line.prompt(told.call.query.prompt());
        }
        let written = serde_json::to_writer(&mut self.out, &line).map_err(Into::into);
        let written = written.and_then(|()| self.out.write_all(b"\n"));
        self.wrote(written)
    }

    pub(crate) fn finish(mut self) -> Result<(), String> {
        let flushed = self.out.flush();
        self.wrote(flushed)
    }

    fn wrote(&self, written: std::io::Result<()>) -> Result<(), String> {
        written.map_err(|error| format!("{}: {error}", self.path))
    }
}

fn dollars(cost: f64) -> Usd {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let nanos = (cost * 1e9).round() as u64;
    Usd::from_nanos(nanos).unwrap_or(Usd::MAX)
}
