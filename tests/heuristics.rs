//! The built-in heuristics against questions with known tasks.
//!
//! Macro accuracy measured when these tests were written; the bounds below are a little lower:
//!
//! | file | questions | accuracy | |
//! | --- | --- | --- | --- |
//! | development.jsonl | 210 | 0.924 | rules were made with these in view |
//! | held_out.jsonl | 119 | 0.949 | never tuned on, but by the hand that then wrote the terms: too good (0.957 since a term was put back) |
//! | examples/questions.jsonl | 420 | 0.876 | 0.706 at the first look, before terms were added by class |
//! | unseen.jsonl | 63 | 0.778 | written after the rules were final, looked at once: what to expect |
//!
//! On unseen.jsonl, confidence of 0.5 and more was right 35 times out of 37.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use tower_genai::{
    classify::{Classifier, Heuristics},
    query::{Classification, Prompt, Query, Task},
};

const DEVELOPMENT: &str = include_str!("heuristics/development.jsonl");
const HELD_OUT: &str = include_str!("heuristics/held_out.jsonl");
const UNSEEN: &str = include_str!("heuristics/unseen.jsonl");
const EXAMPLES: &str = include_str!("../examples/questions.jsonl");

#[derive(serde::Deserialize)]
struct Question {
    id: String,
    task: String,
    prompt: String,
}

fn questions(file: &str) -> Vec<Question> {
    file.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The share of right tasks by task, and their mean.
fn accuracy(file: &str) -> (BTreeMap<String, f32>, f32) {
    let heuristics = Heuristics::new();
    let mut by_task: BTreeMap<String, (f32, f32)> = BTreeMap::new();
    for question in questions(file) {
        let found = heuristics.read(&Prompt::new(&question.prompt));
        let counts = by_task.entry(question.task.clone()).or_default();
        counts.0 += f32::from(u8::from(found.task().as_str() == question.task));
        counts.1 += 1.0;
    }
    let by_task: BTreeMap<_, _> = by_task
        .into_iter()
        .map(|(task, (right, all))| (task, right / all))
        .collect();
    let mean = by_task.values().sum::<f32>() / by_task.len() as f32;
    (by_task, mean)
}

fn assert_accuracy(file: &str, mean: f32, each: f32) {
    let (by_task, measured) = accuracy(file);
    assert_eq!(by_task.len(), 9);
    assert!(measured >= mean, "{measured} on average: {by_task:?}");
    for (task, share) in by_task {
        assert!(share >= each, "{share} on {task}");
    }
}

#[test]
fn development_questions() {
    assert_accuracy(DEVELOPMENT, 0.90, 0.80);
}

#[test]
fn held_out_questions() {
    assert_accuracy(HELD_OUT, 0.92, 0.76);
}

#[test]
fn unseen_questions() {
    assert_accuracy(UNSEEN, 0.74, 0.55);
}

#[test]
fn example_questions() {
    assert_accuracy(EXAMPLES, 0.85, 0.75);
}

#[test]
fn example_questions_are_many_varied_and_even() {
    let all = questions(EXAMPLES);
    assert_eq!(all.len(), 420);
    let mut by_task: BTreeMap<&str, usize> = BTreeMap::new();
    for question in &all {
        *by_task.entry(&question.task).or_default() += 1;
    }
    assert!(
        by_task.values().all(|count| (46..=47).contains(count)),
        "{by_task:?}"
    );
    for texts in [
        all.iter().map(|question| &question.id).collect::<Vec<_>>(),
        all.iter().map(|question| &question.prompt).collect(),
    ] {
        let mut unique = texts.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), texts.len());
    }
}

#[test]
fn the_sure_are_mostly_right_and_the_unsure_mostly_say_so() {
    let heuristics = Heuristics::new();
    let (mut sure, mut sure_right, mut unsure, mut unsure_right) = (0.0, 0.0, 0.0, 0.0);
    for question in questions(UNSEEN).into_iter().chain(questions(EXAMPLES)) {
        let found = heuristics.read(&Prompt::new(&question.prompt));
        let right = f32::from(u8::from(found.task().as_str() == question.task));
        if found.confidence() >= 0.5 {
            sure += 1.0;
            sure_right += right;
        } else {
            unsure += 1.0;
            unsure_right += right;
        }
    }
    assert!(sure_right / sure > 0.93, "{}", sure_right / sure);
    assert!(unsure_right / unsure < 0.8, "{}", unsure_right / unsure);
}

#[test]
fn signals_name_rules_and_explain_the_task() {
    let heuristics = Heuristics::new();
    for question in questions(EXAMPLES) {
        let found = heuristics.read(&Prompt::new(&question.prompt));
        assert!(!found.signals().is_empty(), "{}", question.id);
        assert!(
            found
                .signals()
                .iter()
                .any(|signal| signal.task.as_ref() == Some(found.task())),
            "nothing speaks for {} in {}",
            found.task(),
            question.id
        );
        // Names are constants of the program, so no prompt can put its words there.
        assert!(
            found
                .signals()
                .iter()
                .all(|signal| matches!(signal.name, Cow::Borrowed(_)) && !signal.name.is_empty())
        );
        assert!(
            found
                .signals()
                .windows(2)
                .all(|pair| pair[0].weight >= pair[1].weight)
        );
    }
    let found = heuristics.read(&Prompt::new("```\nfn zanzibar() {}\n```\nwhy?"));
    assert!(
        found
            .signals()
            .iter()
            .any(|signal| signal.name == "fenced code" && signal.task == Some(Task::CODING))
    );
    assert!(!format!("{:?}", found.signals()).contains("zanzibar"));
}

#[test]
fn any_text_is_read() {
    let heuristics = Heuristics::new();
    let texts = [
        String::new(),
        " ".repeat(16 * 1024),
        "a".repeat(16 * 1024),
        "\"".repeat(16 * 1024),
        "`".repeat(16 * 1024),
        "\\".repeat(16 * 1024),
        "-".repeat(16 * 1024),
        "1, ".repeat(5 * 1024),
        "(11, ".repeat(3 * 1024),
        "l'".repeat(8 * 1024),
        "a-".repeat(8 * 1024),
        "。".repeat(5 * 1024),
        "谁".repeat(5 * 1024),
        "H2O".repeat(5 * 1024),
        "👩‍👩‍👧‍👦🏳️‍🌈".repeat(600),
        "\u{0}\u{1}\u{7f}\u{85}\u{200b}\u{202e}\u{feff}".repeat(900),
        "İSTANBUL ß ﬁ ǅ Σς ".repeat(700),
        "e\u{301}".repeat(5 * 1024),
        "\r\n".repeat(8 * 1024),
        "\u{10ffff}'_+#".into(),
        "c++c##'_'".into(),
    ];
    for text in texts {
        let found = heuristics.read(&Prompt::new(&text).with_system(&text));
        assert!((0.0..=1.0).contains(&found.difficulty()));
        assert!((0.0..=1.0).contains(&found.confidence()));
    }
}

proptest! {
    #[test]
    fn any_characters_are_read(user in ".{0,400}", system in "\\PC{0,100}") {
        let found = Heuristics::new().read(&Prompt::new(&user).with_system(&system));
        prop_assert!((0.0..=1.0).contains(&found.difficulty()));
        prop_assert!((0.0..=1.0).contains(&found.confidence()));
    }

    #[test]
    fn any_mixture_of_telling_bits_is_read(bits in proptest::collection::vec(
        prop::sample::select(vec![
            "```", "\"", "«", "(12, ", "34)", "\\frac", "\\", "$", "H2O", "my ", "translate: ", "if ", "?", "\n", "l'", "-", "_", "'", "’",
            "c+", "#", "谁", "です", "::", "at x(", "1, ", "|", "é", "👍", "\u{0}", ".py", "5 kg ",
        ]),
        0..120,
    )) {
        let text: String = bits.concat();
        let found = Heuristics::new().read(&Prompt::new(&text));
        prop_assert!(found.signals().len() <= 12);
    }
}

#[test]
fn a_word_repeated_counts_little_more() {
    let heuristics = Heuristics::new();
    let weight = |text: &str| {
        heuristics
            .read(&Prompt::new(text))
            .signals()
            .iter()
            .find(|signal| signal.name == "English: literary form")
            .map(|signal| signal.weight)
            .unwrap()
    };
    let once = weight("sonnet");
    assert!(weight(&"sonnet ".repeat(1000)) <= 1.61 * once);
}

#[test]
fn the_system_prompt_counts_less_than_the_asker() {
    let heuristics = Heuristics::new();
    let prompt =
        Prompt::new("Write a sonnet about rain").with_system("You are a Python coding assistant");
    assert_eq!(heuristics.read(&prompt).task(), &Task::CREATIVE);
    let prompt = Prompt::new("fix it").with_system("You repair Python code and debug functions");
    assert_eq!(heuristics.read(&prompt).task(), &Task::CODING);
}

#[test]
fn harder_questions_look_harder() {
    let difficulty = |text: &str| Heuristics::new().read(&Prompt::new(text)).difficulty();
    let fact = difficulty("What year did the Titanic sink?");
    let sum = difficulty("What is 17.5% of 2,340?");
    let proof = difficulty(
        "Let f be continuous on [0,1]. Prove rigorously, without using the mean value theorem, that f attains its \
         maximum, and derive a necessary and sufficient condition under which it is attained exactly once.",
    );
    assert!(fact < 0.15, "{fact}");
    assert!(fact < sum && sum < proof, "{fact} {sum} {proof}");
    assert!(proof > 0.4, "{proof}");
    assert!(difficulty("hi") < 0.1);
}

#[test]
fn closures_and_shared_and_boxed_classifiers_classify() {
    fn task_of(classifier: impl Classifier) -> Task {
        classifier
            .classify(&Query::of_prompt("auto", Prompt::new("2 + 2")))
            .task()
            .clone()
    }
    let closure = |query: &Query| {
        Classification::new(if query.prompt().user().contains('+') {
            Task::MATH
        } else {
            Task::GENERAL
        })
    };
    assert_eq!(task_of(closure), Task::MATH);
    assert_eq!(task_of(Arc::new(closure)), Task::MATH);
    let shared: Arc<dyn Classifier> = Arc::new(Heuristics::new());
    assert_eq!(task_of(Arc::clone(&shared)), Task::MATH);
    let boxed: Box<dyn Classifier> = Box::new(shared);
    assert_eq!(task_of(boxed), Task::MATH);
}
