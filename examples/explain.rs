//! Says for each prompt where it would go, and why. No call is made, and no key is needed.
//!
//! ```sh
//! cargo run --release --example explain -- [--catalog FILE] [--alias NAME] [--quality X] < PROMPTS.jsonl > DECISIONS.jsonl
//! ```
//!
//! A line in is `{"id": …, "prompt": "…"}` or `{"id": …, "request": {a chat body}}`. A request that names a model is
//! asked of that, unless `--alias` says otherwise. Lines are taken in order, as a stack would take calls: a
//! conversation stays with its model. A line that cannot be read is reported on standard error, and the others are
//! answered all the same.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, BufRead, Write},
    process::ExitCode,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use tower_genai::{
    catalog::{Catalog, Effort, Resolved},
    classify::{Classifier, Trained},
    context::Context,
    money::Usd,
    observe::Considered,
    query::{Api, Query, Task, Wish},
    select::{Call, Selector},
};

const AUTO: &str = "auto";
const USAGE: &str =
    "usage: explain [--catalog FILE] [--alias NAME] [--quality X] < PROMPTS.jsonl > DECISIONS.jsonl

  --catalog FILE   models and prices; the built-in catalog unless given
  --alias NAME     the alias, or the model, to ask; `auto` unless given
  --quality X      at least this share of the best candidate's quality, from 0 to 1";

fn main() -> ExitCode {
    let args = std::env::args_os().skip(1);
    let args = args.map(|arg| arg.to_string_lossy().into_owned());
    let explainer = match Explainer::from_args(args) {
        Ok(Some(explainer)) => explainer,
        Ok(None) => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("explain: {error}");
            return ExitCode::from(2);
        }
    };
    match explainer.run(io::stdin().lock(), io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("explain: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Explainer {
    selector: Selector,
    classifier: Trained,
    /// Where `--alias` was given.
    alias: Option<String>,
    wish: Wish,
}

/// A line of the input.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    prompt: Option<String>,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
}

/// A line of the output.
#[derive(Serialize)]
struct Explained<'a> {
    id: &'a RawValue,
    task: &'a str,
    difficulty: f64,
    label: Option<&'static str>,
    candidates: Vec<Judged<'a>>,
    route: Vec<&'a str>,
    reason: String,
}

#[derive(Serialize)]
struct Judged<'a> {
    model: &'a str,
    effort: Option<&'a str>,
    quality: Option<f64>,
    // Within which it lies with a confidence of 90 %; the listed quality where nothing is measured.
    quality_low: Option<f64>,
    quality_high: Option<f64>,
    cost_usd: Option<Usd>,
    dropped: Option<String>,
}

impl Explainer {
    /// `None` where help is asked for.
    fn from_args(mut args: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut catalog, mut alias, mut wish) = (None, None, Wish::new());
        while let Some(arg) = args.next() {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (&*arg, None),
            };
            let mut value = || {
                let value = value.clone().or_else(|| args.next());
                value.ok_or_else(|| format!("{name} needs a value\n{USAGE}"))
            };
            match name {
                "--catalog" => catalog = Some(value()?),
                "--alias" => alias = Some(value()?),
                "--quality" => {
                    let share = value()?;
                    let parsed = share.parse().ok().filter(|x| (0.0..=1.0).contains(x));
                    let wrong = || format!("--quality `{share}` is no number from 0 to 1");
                    wish = wish.with_quality(parsed.ok_or_else(wrong)?);
                }
                "-h" | "--help" => return Ok(None),
                _ => return Err(format!("unknown argument `{arg}`\n{USAGE}")),
            }
        }
        let catalog = match catalog {
            Some(file) => Catalog::load(file).map_err(|error| error.to_string())?,
            None => Catalog::builtin(),
        };
        if let Some(alias) = &alias
            && let Resolved::Unknown { nearest } =
                catalog.snapshot().resolve(alias, SystemTime::now())
        {
            let hint = nearest.map(|name| format!("; did you mean `{name}`?"));
            let hint = hint.unwrap_or_default();
            return Err(format!("the catalog has no alias or model `{alias}`{hint}"));
        }
        Ok(Some(Self {
            selector: Selector::new(catalog),
            classifier: Trained::new(),
            alias,
            wish,
        }))
    }

    /// Answers line by line; says whether all lines were good.
    fn run(&self, mut input: impl BufRead, mut output: impl Write) -> io::Result<bool> {
        let (mut good, mut line) = (true, Vec::new());
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match self.explain(&line) {
                Ok(explained) => {
                    writeln!(output, "{explained}")?;
                    output.flush()?;
                }
                Err(error) => {
                    eprintln!("explain: line {number}: {error}");
                    good = false;
                }
            }
        }
        Ok(good)
    }

    fn explain(&self, line: &[u8]) -> Result<String, String> {
        let asked: Asked<'_> = serde_json::from_slice(line).map_err(|error| wrong(&error))?;
        if asked.id.get().starts_with(['{', '[', 't', 'f', 'n']) {
            return Err("`id` must be a string or a number".to_owned());
        }
        let body = self.body(&asked)?;
        let query = Query::read(Api::OpenAiChat, body.as_bytes())
            .map_err(|refusal| refusal.message().to_owned())?;
        let classification = self.classifier.classify(&query);
        let query = query.classified(classification);

        let context = Context::new();
        let call = Call::new(&query, &context).wish(Some(&self.wish));
        let plan = self.selector.plan(&call);
        let decision = match &plan {
            Ok(plan) => plan.decision(),
            Err(unplanned) => unplanned.decision(),
        };
        let reason = match (&plan, decision) {
            (Err(unplanned), _) => unplanned.refusal().message().to_owned(),
            (Ok(_), Some(decision)) => decision.explanation(),
            (Ok(_), None) => {
                "not in the catalog: the call goes on to where it was addressed".into()
            }
        };
        let candidates = decision.map_or(&[][..], |decision| &decision.candidates);
        let route = decision.into_iter().flat_map(|decision| decision.routed());
        let classification = query.classification();
        let explained = Explained {
            id: asked.id,
            task: classification.task().as_str(),
            difficulty: rounded(f64::from(classification.difficulty())),
            // What a rule that detects would see.
            label: (*classification.task() == Task::PERSONAL).then_some("personal"),
            candidates: candidates.iter().map(Judged::new).collect(),
            route: route.map(|one| one.candidate.model().name()).collect(),
            reason,
        };
        serde_json::to_string(&explained).map_err(|error| error.to_string())
    }

    /// The call as an app would send it.
    fn body<'a>(&self, asked: &Asked<'a>) -> Result<Cow<'a, str>, String> {
        let named = self.alias.as_deref();
        match (&asked.prompt, asked.request) {
            (Some(prompt), None) => {
                let messages = json!([{"role": "user", "content": prompt}]);
                let body = json!({"model": named.unwrap_or(AUTO), "messages": messages});
                Ok(Cow::Owned(body.to_string()))
            }
            (None, Some(request)) => {
                let wrong = |_| "`request` must be an object".to_owned();
                let mut members: BTreeMap<Cow<'_, str>, &RawValue> =
                    serde_json::from_str(request.get()).map_err(wrong)?;
                if named.is_none() && members.contains_key("model") {
                    return Ok(Cow::Borrowed(request.get()));
                }
                let model = to_raw_value(named.unwrap_or(AUTO)).map_err(|e| e.to_string())?;
                members.insert(Cow::Borrowed("model"), &model);
                let body = serde_json::to_string(&members).map_err(|e| e.to_string())?;
                Ok(Cow::Owned(body))
            }
            _ => Err("a line has `id` and either `prompt` or `request`".to_owned()),
        }
    }
}

impl<'a> Judged<'a> {
    fn new(one: &'a Considered) -> Self {
        let interval = one.estimate.map(|estimate| estimate.interval());
        Self {
            model: one.candidate.model().name(),
            effort: one.candidate.effort().map(Effort::level),
            quality: one.quality,
            quality_low: interval.map(|(low, _)| low).or(one.quality),
            quality_high: interval.map(|(_, high)| high).or(one.quality),
            cost_usd: one.guess,
            dropped: one.dropped.as_ref().map(ToString::to_string),
        }
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

/// To four decimals: there is no more in it.
fn rounded(x: f64) -> f64 {
    (x * 10_000.0).round() / 10_000.0
}
