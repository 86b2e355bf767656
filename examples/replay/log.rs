use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Read},
};

use serde::Deserialize;
use tower_genai::{catalog::Usage, money::Usd};

/// A longer line is none that was meant.
const LONGEST: u64 = 64 << 20;
/// So many wrong lines are told one by one.
const TOLD: usize = 20;

/// The decisions of a log for which somebody was chosen.
pub(crate) struct Log {
    pub(crate) decisions: Vec<Logged>,
    /// Refused, or never answered: another policy might have done no better, and nothing is known of it.
    pub(crate) unanswered: usize,
    /// Lines that could not be read; they are told on standard error.
    pub(crate) wrong: usize,
}

/// A decision, and what became of it.
pub(crate) struct Logged {
    pub(crate) task: String,
    pub(crate) confidence: f64,
    pub(crate) candidates: Vec<Candidate>,
    /// Place of who was chosen.
    pub(crate) chosen: usize,
    /// Whether a policy has chosen it, and not a conversation, the caller, or want.
    pub(crate) free: bool,
    /// What all attempts have cost, in USD.
    pub(crate) cost: Option<f64>,
    /// Of the answer.
    pub(crate) usage: Option<Usage>,
    pub(crate) score: Option<f64>,
    pub(crate) prompt: Option<String>,
}

pub(crate) struct Candidate {
    pub(crate) name: String,
    /// Predicted.
    pub(crate) quality: Option<f64>,
    /// Guessed, in USD.
    pub(crate) cost: Option<f64>,
    /// With which probability it would have been chosen, where that is known.
    pub(crate) probability: Option<f64>,
    /// Whether it could have answered: where a policy alone has left it out, another may take it.
    pub(crate) able: bool,
}

/// A line of a log: a decision, or a score that came later.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Scored(ScoreLine),
    Decided(Box<DecisionLine>),
}

#[derive(Deserialize)]
struct ScoreLine {
    decision: String,
    score: f64,
    source: String,
}

#[derive(Deserialize)]
struct DecisionLine {
    id: String,
    task: String,
    #[serde(default)]
    confidence: f64,
    candidates: Vec<CandidateLine>,
    chosen: Option<String>,
    #[serde(default)]
    chosen_effort: Option<String>,
    probability: f64,
    kind: String,
    outcome: Option<OutcomeLine>,
    cost_usd: Option<Usd>,
    #[serde(default)]
    scores: Vec<Score>,
    #[serde(default)]
    prompt: Option<PromptLine>,
}

#[derive(Deserialize)]
struct CandidateLine {
    model: String,
    effort: Option<String>,
    quality: Option<f64>,
    cost_usd: Option<Usd>,
    probability: Option<f64>,
    able: bool,
}

#[derive(Deserialize)]
struct OutcomeLine {
    ending: String,
    usage: Option<UsageLine>,
}

#[derive(Deserialize)]
struct PromptLine {
    user: String,
}

#[derive(Deserialize)]
struct Score {
    score: f64,
    source: String,
}

/// Tokens; `extra` is what has another unit, which is not priced anew.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct UsageLine {
    input: u64,
    cache_read: u64,
    cache_write_5m: u64,
    cache_write_30m: u64,
    cache_write_1h: u64,
    cache_write: u64,
    output: u64,
    reasoning: u64,
    audio_input: u64,
    audio_output: u64,
    image_input: u64,
    image_output: u64,
    extra: Vec<serde_json::Value>,
}

impl Log {
    pub(crate) fn load(path: &str) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
        let mut input = BufReader::new(file);
        let (mut lines, mut later) = (Vec::new(), HashMap::<String, Vec<Score>>::new());
        let (mut wrong, mut bytes) = (0, Vec::new());
        for line in 1.. {
            bytes.clear();
            let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
            if read.map_err(|error| format!("{path}:{line}: {error}"))? == 0 {
                break;
            }
            if bytes.len() as u64 == LONGEST {
                return Err(format!("{path}:{line}: longer than {} MiB", LONGEST >> 20));
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            match Line::read(&bytes) {
                Ok(Line::Decided(decided)) => lines.push(*decided),
                Ok(Line::Scored(ScoreLine {
                    decision,
                    score,
                    source,
                })) => {
                    let scores = later.entry(decision).or_default();
                    scores.push(Score { score, source });
                }
                Err(why) => {
                    wrong += 1;
                    if wrong <= TOLD {
                        eprintln!("replay: {path}:{line}: {why}");
                    }
                }
            }
        }
        let mut unanswered = 0;
        let mut decisions = Vec::with_capacity(lines.len());
        for mut line in lines {
            line.scores
                .extend(later.remove(&line.id).unwrap_or_default());
            match line.logged() {
                Some(logged) => decisions.push(logged),
                None => unanswered += 1,
            }
        }
        Ok(Self {
            decisions,
            unanswered,
            wrong,
        })
    }
}

impl Line {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        // Told apart by hand: what is wrong with an untagged one nobody says.
        let read = if value.get("decision").is_some() {
            serde_json::from_value(value).map(Self::Scored)
        } else {
            serde_json::from_value(value).map(|line| Self::Decided(Box::new(line)))
        };
        let line = read.map_err(|error| error.to_string())?;
        let share = |x: f64| (0.0..=1.0).contains(&x);
        match &line {
            Self::Scored(line) if !share(line.score) => {
                Err("`score` is no number from 0 to 1".to_owned())
            }
            Self::Decided(line) if !line.scores.iter().all(|one| share(one.score)) => {
                Err("`scores` has one that is no number from 0 to 1".to_owned())
            }
            Self::Decided(line) if !share(line.probability) => {
                Err("`probability` is no number from 0 to 1".to_owned())
            }
            Self::Decided(line) => {
                let each = line.candidates.iter();
                let mut each = each
                    .flat_map(|one| [one.probability, one.quality])
                    .flatten();
                match each.all(share) {
                    true => Ok(()),
                    false => Err(
                        "`candidates` has a probability or quality that is no number from 0 to 1"
                            .to_owned(),
                    ),
                }
            }
            Self::Scored(_) => Ok(()),
        }?;
        Ok(line)
    }
}

impl DecisionLine {
    /// `None` where nobody was chosen, or nothing came of it.
    fn logged(self) -> Option<Logged> {
        let chosen = name(self.chosen.as_deref()?, self.chosen_effort.as_deref());
        let outcome = self.outcome?;
        if outcome.ending != "complete" {
            return None;
        }
        let candidates: Vec<Candidate> = self.candidates.iter().map(Candidate::new).collect();
        let chosen = candidates.iter().position(|one| one.name == chosen)?;
        let mut candidates = candidates;
        // Older lines know the probability of the choice alone.
        let of_choice = &mut candidates[chosen].probability;
        *of_choice = Some(of_choice.unwrap_or(self.probability));
        Some(Logged {
            task: self.task,
            confidence: self.confidence,
            candidates,
            chosen,
            free: matches!(&*self.kind, "policy" | "only_one"),
            cost: self.cost_usd.map(Usd::as_f64),
            usage: outcome.usage.and_then(UsageLine::usage),
            score: score(&self.scores),
            prompt: self.prompt.map(|prompt| prompt.user),
        })
    }
}

impl Candidate {
    fn new(line: &CandidateLine) -> Self {
        Self {
            name: name(&line.model, line.effort.as_deref()),
            quality: line.quality,
            cost: line.cost_usd.map(Usd::as_f64),
            probability: line.probability,
            able: line.able,
        }
    }
}

/// `model`, or `model@effort`.
pub(crate) fn name(model: &str, effort: Option<&str>) -> String {
    effort.map_or_else(|| model.to_owned(), |effort| format!("{model}@{effort}"))
}

/// What an app or a person says counts alone; else the mean of what was seen.
fn score(scores: &[Score]) -> Option<f64> {
    let explicit = scores.iter().rfind(|one| one.source == "explicit");
    if let Some(one) = explicit {
        return Some(one.score);
    }
    // Those of weak signs are drawn so that they balance: of single answers they say nothing.
    let weak = ["length", "refusal", "asked_again"];
    let said = scores.iter().filter(|one| !weak.contains(&&*one.source));
    let said: Vec<f64> = said.map(|one| one.score).collect();
    (!said.is_empty()).then(|| said.iter().sum::<f64>() / said.len() as f64)
}

impl UsageLine {
    fn usage(self) -> Option<Usage> {
        if !self.extra.is_empty() {
            return None;
        }
        let mut usage = Usage::text(self.input, self.output);
        usage.cache_read = self.cache_read;
        usage.cache_write_5m = self.cache_write_5m;
        usage.cache_write_30m = self.cache_write_30m;
        usage.cache_write_1h = self.cache_write_1h;
        usage.cache_write = self.cache_write;
        usage.reasoning = self.reasoning;
        usage.audio_input = self.audio_input;
        usage.audio_output = self.audio_output;
        usage.image_input = self.image_input;
        usage.image_output = self.image_output;
        Some(usage)
    }
}

/// What is wrong with a line; serde_json counts it as line 1 of its own.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    format!("column {}: {what}", error.column())
}
