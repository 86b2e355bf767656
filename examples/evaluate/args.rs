use std::str::FromStr;

pub(crate) const USAGE: &str =
    "usage: evaluate [--catalog FILE] [--alias NAME] [--quality X] [--learn] [--feedback SHARE] [--seed N] [--json]
                OUTCOMES.jsonl [--decisions FILE [--prompts]]
       evaluate --tables DIR [--seeds N] [--threads N] [--only stationary|relative|shift|pair]

  --catalog FILE    models and prices; the built-in catalog unless given
  --alias NAME      the alias, or the model, to ask; `auto` unless given
  --quality X       at least this share of the best candidate's quality, from 0 to 1
  --learn           with a profile that learns from scores, instead of the catalog's alone
  --feedback SHARE  of how many calls it, and the decision log, is told the score, from 0 to 1; of all unless given
  --seed N          for what is left to chance; 1 unless given
  --json            one JSON object instead of tables
  --decisions FILE  where to write the decision log, a line for each call
  --prompts         with their prompts in it, for `replay --policy learned`
  --tables DIR      the tables of all settings on the files `ulab.jsonl` and `routellm.jsonl` of a folder
  --seeds N         how many orders and priors each setting is played with; 20 unless given
  --threads N       how many at once; as many as there are processors unless given
  --only NAME       one of the tables

A line of OUTCOMES.jsonl is {\"id\", \"prompt\", \"scores\": {model: 0..1}, \"costs\": {model: USD}}; `costs` may be
left out where the catalog has prices: then a call has a token for each four bytes of its prompt, and answers 400.";

/// What is wanted.
pub(crate) enum Wanted {
    Help,
    Play(Args),
    Tables(TableArgs),
}

/// One stream of calls.
pub(crate) struct Args {
    pub(crate) catalog: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) quality: Option<f64>,
    pub(crate) learn: bool,
    pub(crate) feedback: f64,
    pub(crate) seed: u64,
    pub(crate) json: bool,
    pub(crate) outcomes: String,
    pub(crate) decisions: Option<String>,
    pub(crate) prompts: bool,
}

/// Many streams of the open data.
pub(crate) struct TableArgs {
    pub(crate) dir: String,
    pub(crate) seeds: u64,
    pub(crate) threads: usize,
    pub(crate) only: Option<String>,
}

/// The tables that there are.
pub(crate) const TABLES: [&str; 4] = ["stationary", "relative", "shift", "pair"];

impl Wanted {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut catalog, mut alias, mut quality, mut decisions) = (None, None, None, None);
        let (mut learn, mut feedback, mut seed, mut json) = (false, None, None, false);
        let (mut outcomes, mut dir, mut only) = (None, None, None);
        let (mut seeds, mut threads, mut prompts) = (None, None, false);
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (&*word, None),
            };
            let alone = value.is_none();
            let mut value = || {
                let value = value.clone().or_else(|| words.next());
                value.ok_or_else(|| format!("{name} needs a value\n{USAGE}"))
            };
            match name {
                "--catalog" => catalog = Some(value()?),
                "--alias" => alias = Some(value()?),
                "--quality" => quality = Some(share(name, &value()?)?),
                "--learn" if alone => learn = true,
                "--feedback" => feedback = Some(share(name, &value()?)?),
                "--seed" => seed = Some(number(name, &value()?)?),
                "--json" if alone => json = true,
                "--prompts" if alone => prompts = true,
                "--decisions" => decisions = Some(value()?),
                "--tables" => dir = Some(value()?),
                "--seeds" => seeds = Some(number(name, &value()?)?),
                "--threads" => threads = Some(number(name, &value()?)?),
                "--only" => only = Some(value()?),
                "--help" | "-h" => return Ok(Self::Help),
                _ if name.starts_with('-') => {
                    return Err(format!("unknown argument `{word}`\n{USAGE}"));
                }
                _ if outcomes.is_some() => {
                    return Err(format!("one file of outcomes, and not `{word}` too"));
                }
                _ => outcomes = Some(word),
            }
        }
        if let Some(dir) = dir {
            if outcomes.is_some() {
                return Err("--tables takes a folder, and no file of outcomes".to_owned());
            }
            if let Some(only) = &only
                && !TABLES.contains(&&**only)
            {
                return Err(format!("--only is one of {}", TABLES.join(", ")));
            }
            let processors = std::thread::available_parallelism().map_or(1, usize::from);
            return Ok(Self::Tables(TableArgs {
                dir,
                seeds: seeds.unwrap_or(20).clamp(2, 10_000),
                threads: threads.unwrap_or(processors).clamp(1, 256),
                only,
            }));
        }
        if prompts && decisions.is_none() {
            return Err("--prompts says what --decisions writes".to_owned());
        }
        if feedback.is_some() && !learn && decisions.is_none() {
            let what =
                "--feedback says of how many calls --learn and --decisions are told the score";
            return Err(what.to_owned());
        }
        Ok(Self::Play(Args {
            catalog,
            alias,
            quality,
            learn,
            feedback: feedback.unwrap_or(1.0),
            seed: seed.unwrap_or(1),
            json,
            outcomes: outcomes.ok_or_else(|| format!("no file of outcomes\n{USAGE}"))?,
            decisions,
            prompts,
        }))
    }
}

fn share(name: &str, text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok().filter(|x| (0.0..=1.0).contains(x));
    parsed.ok_or_else(|| format!("{name} `{text}` is no number from 0 to 1"))
}

fn number<T: FromStr>(name: &str, text: &str) -> Result<T, String> {
    let wrong = |_| format!("{name} `{text}` is no whole number");
    text.parse().map_err(wrong)
}
