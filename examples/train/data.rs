//! The sets that weights are learned from, and where each can be had.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;
use tower_genai::{
    classify::Evidence,
    query::{Prompt, Shares, Task},
};

/// Which tasks the prompts of arena-hard ask for: their clusters, two prompts each. Labelled by hand.
const ARENA: &str = include_str!("arena.tsv");
/// Which tasks CLINC150's intents are; those that are not named are left out.
const INTENTS: &str = include_str!("intents.tsv");
/// Prompts written for this.
pub(crate) const OWN: &str = include_str!("own.jsonl");
/// Questions that the heuristics' rules were made with. No part of a published package.
const DEVELOPMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/heuristics/development.jsonl"
);

const CLINC: &str = "tasktype_clinc150_train.jsonl";

/// Where a prompt is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    Arena,
    Own,
    Development,
    Clinc,
    Ulab,
    Mmlu,
}

/// A prompt, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) set: Set,
    /// The set's part, for leaving out one at a time.
    pub(crate) part: String,
    pub(crate) prompt: String,
    pub(crate) evidence: Evidence,
    /// In the order of [`Shares::tasks`].
    pub(crate) class: usize,
    /// How right each model was, by name.
    pub(crate) scores: BTreeMap<String, f32>,
}

/// A line of any of the files.
#[derive(Deserialize)]
struct Line {
    prompt: String,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    cluster: Option<String>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    dataset: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    scores: BTreeMap<String, f32>,
}

/// The place of a task among the known ones.
pub(crate) fn class_of(name: &str) -> Option<usize> {
    Shares::tasks()
        .iter()
        .position(|task| task.as_str() == name)
}

/// The class of the broader task, of one that is part of another of the first nine.
pub(crate) fn broad(class: usize) -> usize {
    if class < 9 {
        return class;
    }
    let broader = Shares::tasks()[class].broader().unwrap_or(Task::GENERAL);
    class_of(broader.as_str()).unwrap_or(8)
}

fn task_of_set(dataset: &str) -> Option<&'static str> {
    Some(match dataset {
        "agentverse-logicgrid" => "logic",
        "commongen" => "constrained",
        "natural_qa" | "trivia_qa" => "knowledge",
        "mmlu" => "exam",
        "openbook_qa" => "commonsense",
        "gpqa" => "science",
        "mbpp" => "coding",
        "math" => "math",
        _ => return None,
    })
}

fn lines(text: &str) -> impl Iterator<Item = Result<Line>> {
    text.lines().map(|line| Ok(serde_json::from_str(line)?))
}

/// Reads a file of questions with their tasks.
pub(crate) fn tasks(text: &str, set: Set) -> Result<Vec<Asked>> {
    let mut all = Vec::new();
    for line in lines(text) {
        let line = line?;
        let name = line.task.clone().unwrap_or_default();
        let class = class_of(&name).with_context(|| format!("no task {name}"))?;
        all.push(asked(line, set, name, class));
    }
    Ok(all)
}

fn asked(line: Line, set: Set, part: String, class: usize) -> Asked {
    Asked {
        set,
        part,
        evidence: Evidence::of(&Prompt::new(&line.prompt)),
        prompt: line.prompt,
        class,
        scores: line.scores,
    }
}

/// CLINC150's prompts by intent, those that are no known task as well.
pub(crate) fn intents(folder: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut intents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(&file(folder, CLINC)?) {
        let line = line?;
        intents
            .entry(line.label.unwrap_or_default())
            .or_default()
            .push(line.prompt);
    }
    Ok(intents)
}

fn file(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Own prompts, those of development, and all files that lie in the folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Asked>> {
    let mut all = tasks(OWN, Set::Own)?;
    all.extend(tasks(
        &fs::read_to_string(DEVELOPMENT).context(DEVELOPMENT)?,
        Set::Development,
    )?);
    let file = |name: &str| file(folder, name);
    all.extend(arena(&file("tasktype_arena_hard_v01.jsonl")?)?);
    for line in lines(&file(CLINC)?) {
        let line = line?;
        let label = line.label.clone().unwrap_or_default();
        let task = table(INTENTS).find(|(intent, _)| *intent == label);
        let Some(class) = task.and_then(|(_, task)| class_of(task)) else {
            continue;
        };
        all.push(asked(line, Set::Clinc, label, class));
    }
    for (name, set) in [("ulab.jsonl", Set::Ulab), ("routellm.jsonl", Set::Mmlu)] {
        for line in lines(&file(name)?) {
            let line = line?;
            let dataset = line.dataset.clone().unwrap_or_default();
            let Some(class) = task_of_set(&dataset).and_then(class_of) else {
                continue;
            };
            let part = if set == Set::Mmlu {
                line.sub.clone().unwrap_or_default()
            } else {
                dataset
            };
            all.push(asked(line, set, part, class));
        }
    }
    Ok(all)
}

fn table(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('\t'))
}

fn arena(text: &str) -> Result<Vec<Asked>> {
    let labels: BTreeMap<&str, &str> = table(ARENA).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for line in lines(text) {
        let line = line?;
        let cluster = line.cluster.clone().unwrap_or_default();
        let at = seen.entry(cluster.clone()).or_default();
        let label = labels
            .get(&*cluster)
            .and_then(|tasks| tasks.split('\t').nth(*at));
        *at += 1;
        let class = label
            .and_then(class_of)
            .with_context(|| format!("no task for {cluster}"))?;
        all.push(asked(line, Set::Arena, cluster, class));
    }
    Ok(all)
}
