use std::{collections::HashMap, sync::Arc};

use tower_genai::{
    catalog::{self, Model, Provider, Snapshot},
    observe::DecisionId,
    profile::{Consultation, Feedback, Profile},
    query::{Classification, Prompt, Query, Task},
};

use crate::{
    log::Logged,
    policy::{Choice, able},
    prices::Prices,
};

/// With which probabilities a profile would have chosen that knows nothing before the log begins, and is told a score
/// wherever it would have chosen as the log did: of what it would have done otherwise the log says nothing. It learns
/// more slowly than it would have on its own calls. What the catalog said of a model on a task is what the log first did.
pub(crate) fn choose(
    log: &[Logged],
    pool: Option<&[String]>,
    prices: &Prices,
    quality: Option<f64>,
    seed: u64,
) -> Result<Vec<Choice>, String> {
    if log.iter().all(|logged| logged.prompt.is_none()) {
        return Err("what a profile would have learned needs a log with prompts".to_owned());
    }
    let models = models(log)?;
    let profile = Profile::new().labels_per_minute(u32::MAX).seed(seed);
    fastrand::seed(seed);
    let mut priors: HashMap<(&str, &str), f64> = HashMap::new();
    let mut choices = Vec::with_capacity(log.len());
    for logged in log {
        let mut places: Vec<usize> = able(pool, logged).collect();
        // The same names come in the same order.
        places.sort_by(|a, b| logged.candidates[*a].name.cmp(&logged.candidates[*b].name));
        let (Some(prompt), true, false) = (&logged.prompt, logged.free, places.is_empty()) else {
            choices.push(Choice::AsLogged);
            continue;
        };
        let task = Task::new(logged.task.clone());
        #[expect(clippy::cast_possible_truncation, reason = "was written as one")]
        let classification = Classification::new(task).with_confidence(logged.confidence as f32);
        let query = Query::of_prompt("auto", Prompt::new(prompt)).classified(classification);
        let candidates: Vec<_> = places
            .iter()
            .map(|at| {
                let one = &logged.candidates[*at];
                let key = (&*logged.task, &*one.name);
                let prior = one.quality.map(|now| *priors.entry(key).or_insert(now));
                let cost = prices.guess(logged, *at).unwrap_or(f64::MAX);
                (&models[&*one.name], prior, cost)
            })
            .collect();
        let id = DecisionId::random();
        let mut call = Consultation::new(id, "auto", &query);
        call.quality = quality.unwrap_or(1.0);
        call.explore = 0.01;
        let advice = profile.consult(&call, &candidates);
        let mut choice = vec![0.0; logged.candidates.len()];
        for (at, probability) in places.iter().zip(&advice.probabilities) {
            choice[*at] = *probability;
        }
        choices.push(Choice::Of(choice));
        let first = advice.order.first().and_then(|first| places.get(*first));
        if first == Some(&logged.chosen) {
            let name = &*logged.candidates[logged.chosen].name;
            profile.answered(id, &models[name]);
            if let Some(score) = logged.score {
                let taken = profile.feedback(None, &Feedback::new(id, score));
                taken.map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(choices)
}

/// A candidate for each name of a log: a profile knows them apart by their names alone.
fn models(log: &[Logged]) -> Result<HashMap<&str, catalog::Candidate>, String> {
    let provider = Provider::builder("log", "openai", "https://models.example/v1");
    let mut snapshot = Snapshot::builder().provider(provider);
    let mut numbers: HashMap<&str, String> = HashMap::new();
    for one in log.iter().flat_map(|logged| &logged.candidates) {
        let next = numbers.len();
        numbers.entry(&one.name).or_insert_with(|| {
            // Names of candidates may be none of models.
            format!("m{next}")
        });
    }
    for number in numbers.values() {
        snapshot = snapshot.model(Model::builder(&**number, "log"));
    }
    let snapshot = snapshot.build().map_err(|error| error.to_string())?;
    let mut candidates = HashMap::new();
    for (name, number) in numbers {
        let model = snapshot.model(&number).ok_or("a model is missing")?;
        candidates.insert(name, catalog::Candidate::new(Arc::clone(model)));
    }
    Ok(candidates)
}
