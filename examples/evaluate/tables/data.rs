use std::path::Path;

use tower_genai::{
    catalog::{Alias, Catalog, Model, Price, Provider, Snapshot},
    query::Task,
};

use crate::{
    AUTO,
    outcomes::Outcomes,
    stream::{Stream, Tasks},
};

/// Models with what a million tokens cost there, by the repositories that the outcomes are from: the same in and out.
pub(crate) type Prices = &'static [(&'static str, &'static str)];

/// Of `ulab.jsonl`.
pub(crate) const NINE: Prices = &[
    ("qwen2.5-7b-instruct", "0.20"),
    ("codegemma-7b", "0.20"),
    ("llama-3.1-8b-instruct", "0.20"),
    ("llama3-chatqa-1.5-8b", "0.20"),
    ("mistral-7b-instruct-v0.3", "0.20"),
    ("gemma-2-9b-it", "0.10"),
    ("llama-3.3-nemotron-super-49b-v1", "0.90"),
    ("llama-3.1-nemotron-51b-instruct", "0.90"),
    ("llama3-chatqa-1.5-70b", "0.90"),
];

/// Of `routellm.jsonl`: what the providers asked in its time.
pub(crate) const PAIR: Prices = &[
    ("mixtral-8x7b-instruct", "0.27"),
    ("gpt-4-1106-preview", "10.00"),
];

/// A file's calls, with the task of each as the crate's classifier tells it and as the file does.
pub(crate) struct Data {
    pub(crate) prices: Prices,
    pub(crate) told: Stream,
    pub(crate) known: Stream,
}

impl Data {
    pub(crate) fn load(dir: &str, file: &str, prices: Prices) -> Result<Self, String> {
        let path = Path::new(dir).join(file);
        let path = path.to_string_lossy();
        let outcomes = Outcomes::load(&path)?;
        if outcomes.wrong > 0 {
            return Err(format!("{path}: {} wrong lines", outcomes.wrong));
        }
        let catalog = catalog(prices, |_| vec![(Task::GENERAL, 0.5)])?;
        let snapshot = catalog.snapshot();
        let stream = |tasks| {
            let stream = Stream::new(&snapshot, AUTO, &outcomes.rows, tasks);
            let stream = stream.map_err(|why| format!("{path}: {why}"))?;
            let whole = stream.calls.iter().all(crate::stream::Call::is_whole);
            if !whole || stream.models.len() != prices.len() {
                return Err(format!(
                    "{path}: every call must have a score of every model"
                ));
            }
            Ok(stream)
        };
        Ok(Self {
            prices,
            told: stream(Tasks::Told)?,
            known: stream(Tasks::Known)?,
        })
    }

    /// Places of all calls, and of either half of them: which half a call is in is the same for every setting.
    pub(crate) fn stretches(&self) -> [Vec<usize>; 3] {
        let all: Vec<usize> = (0..self.told.calls.len()).collect();
        let mut mixed = all.clone();
        fastrand::Rng::with_seed(0).shuffle(&mut mixed);
        let other = mixed.split_off(mixed.len() / 2);
        [all, mixed, other]
    }
}

/// A catalog of these models and what is said of each one's quality.
pub(crate) fn catalog(
    prices: Prices,
    quality: impl Fn(usize) -> Vec<(Task, f64)>,
) -> Result<Catalog, String> {
    let provider = Provider::builder("open", "openai", "https://models.example/v1");
    let mut snapshot = Snapshot::builder().provider(provider);
    for (at, (name, million)) in prices.iter().enumerate() {
        let price = Price::per_million(million, million).map_err(|error| error.to_string())?;
        let model = Model::builder(*name, "open").price(price);
        let scores = quality(at).into_iter();
        let model = scores.fold(model, |model, (task, score)| model.quality(task, score));
        snapshot = snapshot.model(model);
    }
    let snapshot = snapshot.alias(Alias::builder(AUTO)).build();
    Ok(Catalog::new(snapshot.map_err(|error| error.to_string())?))
}
