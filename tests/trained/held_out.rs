use std::{collections::BTreeMap, fs, path::Path};

use tower_genai::{
    classify::{ClassifyLayer, Heuristics, Trained},
    query::{Prompt, Shares, Task},
};

#[derive(serde::Deserialize)]
struct Question {
    task: String,
    prompt: String,
}

fn questions(file: &str) -> Vec<Question> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The task, or what it is a part of.
fn whole(task: &Task) -> &str {
    match task.as_str() {
        "exam" | "commonsense" => "knowledge",
        "logic" => "reasoning",
        "constrained" => "creative",
        whole => whole,
    }
}

/// The mean over tasks of the share that is right.
fn accuracy(file: &str, task_of: impl Fn(&Prompt) -> Task) -> f32 {
    let mut tasks: BTreeMap<String, (f32, f32)> = BTreeMap::new();
    for question in questions(file) {
        let found = task_of(&Prompt::new(&question.prompt));
        let row = tasks.entry(question.task.clone()).or_default();
        row.0 += f32::from(u8::from(whole(&found) == question.task));
        row.1 += 1.0;
    }
    tasks.values().map(|(right, all)| right / all).sum::<f32>() / tasks.len() as f32
}

#[test]
fn no_set_that_was_held_out_is_told_worse_than_by_the_heuristics() {
    let (trained, heuristics) = (Trained::new(), Heuristics::new());
    for (file, least) in [
        ("tests/heuristics/held_out.jsonl", 0.95),
        ("tests/heuristics/unseen.jsonl", 0.76),
        ("examples/questions.jsonl", 0.88),
    ] {
        let measured = accuracy(file, |prompt| trained.read(prompt).task().clone());
        let before = accuracy(file, |prompt| heuristics.read(prompt).task().clone());
        assert!(measured >= least, "{file}: {measured}");
        // Means are sums of thirds and sevenths.
        assert!(
            measured > before - 1e-5,
            "{file}: {measured} after {before}"
        );
    }
}

#[test]
fn confidence_is_about_as_high_as_answers_are_right() {
    let trained = Trained::new();
    let (mut said, mut right, mut sure, mut sure_right, mut count) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for file in ["tests/heuristics/unseen.jsonl", "examples/questions.jsonl"] {
        for question in questions(file) {
            let found = trained.read(&Prompt::new(&question.prompt));
            let is_right = f32::from(u8::from(whole(found.task()) == question.task));
            said += found.confidence();
            right += is_right;
            count += 1.0;
            if found.confidence() >= 0.8 {
                sure += 1.0;
                sure_right += is_right;
            }
        }
    }
    assert!(
        (said - right).abs() / count < 0.12,
        "{}",
        (said - right) / count
    );
    assert!(sure_right / sure > 0.93, "{}", sure_right / sure);
}

#[test]
fn one_order_is_told_in_seven_of_nine_languages_and_missed_unsurely_in_two() {
    let trained = Trained::new();
    let told = [
        (
            "Write a function that merges two sorted lists",
            Task::CODING,
        ),
        (
            "Schreib eine Funktion, die zwei sortierte Listen zusammenführt",
            Task::CODING,
        ),
        (
            "Écris une fonction qui fusionne deux listes triées",
            Task::CODING,
        ),
        (
            "Escribe una función que combine dos listas ordenadas",
            Task::CODING,
        ),
        (
            "Escreva uma função que junte duas listas ordenadas",
            Task::CODING,
        ),
        (
            "Scrivi una funzione che unisce due liste ordinate in Python",
            Task::CODING,
        ),
        (
            "Напиши функцию, которая объединяет два отсортированных списка",
            Task::CODING,
        ),
        ("写一个函数，合并两个有序列表", Task::CODING),
        (
            "二つの整列済みリストを結合する関数を書いてください",
            Task::CODING,
        ),
    ]
    .into_iter()
    .filter(|(prompt, task)| {
        let found = trained.read(&Prompt::new(prompt));
        let is_right = found.task() == task;
        assert!(is_right || found.confidence() < 0.4, "{prompt}: {found:?}");
        is_right
    });
    // German and Portuguese are taken for creative.
    let count = told.count();
    assert!(count >= 7, "{count}");
}

#[test]
fn shares_say_what_the_task_is_made_of() {
    let trained = Trained::new();
    let prompt = Prompt::new("Prove that the sum of two odd numbers is even.");
    let found = trained.read(&prompt);
    let shares = found.shares().unwrap();
    assert_eq!(shares, &trained.shares(&prompt));
    assert_eq!(shares.most().0, found.task());
    assert_eq!(found.task(), &Task::MATH);
    let sum: f32 = shares.iter().map(|(_, share)| share).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert_eq!(shares.iter().count(), Shares::LEN);
    assert!(
        found
            .signals()
            .iter()
            .any(|signal| signal.task.as_ref() == Some(found.task()))
    );
    assert!(
        found
            .signals()
            .windows(2)
            .all(|pair| pair[0].weight >= pair[1].weight)
    );
}

#[test]
fn finer_tasks_are_named_where_they_are_meant() {
    let trained = Trained::new();
    for (prompt, task) in [
        (
            "Which of the following is an example of a negative externality?\nA. A new park\nB. Smoke from a factory\nC. \
             A tax refund\nD. Lower rent\nAnswer:",
            Task::EXAM,
        ),
        (
            "There are 3 houses in a row, numbered 1 on the left to 3 on the right. There is one person living in each \
             house. Each person has a different pet: a dog, a cat, a bird. Clues: 1. The dog lives left of the cat. \
             Who has the bird?",
            Task::LOGIC,
        ),
        ("kite, park, child, wind, fly, string", Task::CONSTRAINED),
    ] {
        let found = trained.read(&Prompt::new(prompt));
        assert_eq!(found.task(), &task, "{prompt}: {found:?}");
    }
}

#[test]
fn longer_and_denser_questions_look_harder() {
    let difficulty = |text: &str| Trained::new().read(&Prompt::new(text)).difficulty();
    let fact = difficulty("What year did the Titanic sink?");
    let proof = difficulty(
        "Let f be continuous on [0,1]. Prove rigorously, without using the mean value theorem, that f attains its \
         maximum, and derive a necessary and sufficient condition under which it is attained exactly once.",
    );
    assert!(fact < proof, "{fact} {proof}");
}

#[test]
fn nothing_shows_the_prompt() {
    let found = Trained::new().read(&Prompt::new("zanzibar zanzibar secret word"));
    assert!(!format!("{found:?}").contains("zanzibar"));
    assert_eq!(format!("{:?}", Trained::new()), "Trained { .. }");
    let _ = ClassifyLayer::new();
}
