pub(crate) const USAGE: &str =
    "usage: replay LOG.jsonl --policy POLICY [--quality X] [--catalog FILE] [--pool A,B] [--svg OUT.svg] [--seed N] [--json]

  --policy POLICY  what decides instead:
                     cheapest        the cheapest; with --quality, of those that reach it
                     threshold:X     the cheapest with at least the share X of the best candidate's predicted quality
                     best            the best by predicted quality
                     constant:NAME   always this model, where it qualifies
                     learned         a profile that learns from the log's own scores; needs a log with prompts
  --quality X      at least this share of the best candidate's predicted quality, from 0 to 1
  --catalog FILE   prices to reckon with instead of those of the time
  --pool A,B       only these models
  --svg OUT.svg    where to draw cost against quality
  --seed N         for the draws of the intervals; 1 unless given
  --json           one JSON object instead of tables";

pub(crate) struct Args {
    pub(crate) log: String,
    pub(crate) policy: Wanted,
    pub(crate) quality: Option<f64>,
    pub(crate) catalog: Option<String>,
    pub(crate) pool: Option<Vec<String>>,
    pub(crate) svg: Option<String>,
    pub(crate) seed: u64,
    pub(crate) json: bool,
}

/// What decides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// With at least this share of the best candidate's quality.
    Cheapest(Option<f64>),
    Best,
    Constant(String),
    Learned,
}

impl Args {
    /// `None` where help is asked for.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut log, mut policy, mut quality, mut catalog) = (None, None, None, None);
        let (mut pool, mut svg, mut seed, mut json) = (None, None, 1, false);
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
                "--policy" => policy = Some(value()?),
                "--quality" => quality = Some(share(name, &value()?)?),
                "--catalog" => catalog = Some(value()?),
                "--pool" => {
                    let names = value()?;
                    let names = names.split(',').map(|name| name.trim().to_owned());
                    pool = Some(names.filter(|name| !name.is_empty()).collect());
                }
                "--svg" => svg = Some(value()?),
                "--seed" => {
                    let text = value()?;
                    let wrong = |_| format!("--seed `{text}` is no whole number");
                    seed = text.parse().map_err(wrong)?;
                }
                "--json" if alone => json = true,
                "--help" | "-h" => return Ok(None),
                _ if name.starts_with('-') => {
                    return Err(format!("unknown argument `{word}`\n{USAGE}"));
                }
                _ if log.is_some() => return Err(format!("one log, and not `{word}` too")),
                _ => log = Some(word),
            }
        }
        let policy = policy.ok_or_else(|| format!("no --policy\n{USAGE}"))?;
        Ok(Some(Self {
            log: log.ok_or_else(|| format!("no log\n{USAGE}"))?,
            policy: Wanted::read(&policy, quality)?,
            quality,
            catalog,
            pool,
            svg,
            seed,
            json,
        }))
    }
}

impl Wanted {
    fn read(text: &str, quality: Option<f64>) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "cheapest" => Ok(Self::Cheapest(quality)),
            None if text == "best" => Ok(Self::Best),
            None if text == "learned" => Ok(Self::Learned),
            Some(("constant", name)) if !name.is_empty() => Ok(Self::Constant(name.to_owned())),
            Some(("threshold", x)) => Ok(Self::Cheapest(Some(share("threshold", x)?))),
            _ => Err(format!("there is no policy `{text}`\n{USAGE}")),
        }
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Cheapest(None) => "cheapest".to_owned(),
            Self::Cheapest(Some(share)) => format!("threshold:{share}"),
            Self::Best => "best".to_owned(),
            Self::Constant(name) => format!("constant:{name}"),
            Self::Learned => "learned".to_owned(),
        }
    }
}

fn share(name: &str, text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok().filter(|x| (0.0..=1.0).contains(x));
    parsed.ok_or_else(|| format!("{name} `{text}` is no number from 0 to 1"))
}
