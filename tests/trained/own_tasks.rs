use tower_genai::{
    classify::{BadExamples, Classifier, Examples, Trained},
    query::{Prompt, Query, Task},
};

const CONTRACT: [&str; 6] = [
    "Does this lease let the landlord raise the rent every year?",
    "Check clause 7 of the attached agreement for hidden penalties",
    "Draft a non-disclosure agreement between two companies",
    "is the indemnity in our supplier contract capped",
    "what notice period does the tenancy agreement give me",
    "compare the termination clauses of both contracts",
];

const RECIPE: [&str; 6] = [
    "what can I cook with leeks and potatoes",
    "recipe for a vegan lasagne",
    "how long do I roast a 2 kg chicken",
    "suggest a dessert with rhubarb",
    "my sauce is too thin, how do I thicken it",
    "quick dinner for four without gluten",
];

fn examples() -> Examples<Trained> {
    let of = |name: &'static str, texts: [&'static str; 6]| {
        texts.into_iter().map(move |text| (Task::new(name), text))
    };
    Examples::new(
        Trained::new(),
        of("contract", CONTRACT).chain(of("recipe", RECIPE)),
    )
    .unwrap()
}

fn task(examples: &Examples<Trained>, prompt: &str) -> Task {
    let query = Query::of_prompt("auto", Prompt::new(prompt));
    examples.classify(&query).task().clone()
}

#[test]
fn what_is_like_an_example_is_the_users_task() {
    let examples = examples();
    for (prompt, name) in [
        ("is there a penalty clause in this contract?", "contract"),
        (
            "which clause of the agreement covers termination",
            "contract",
        ),
        ("a recipe with chicken and leeks", "recipe"),
        ("how long do I cook the potatoes", "recipe"),
    ] {
        assert_eq!(task(&examples, prompt).as_str(), name, "{prompt}");
    }
}

#[test]
fn what_is_not_is_the_inner_classifiers() {
    let examples = examples();
    for (prompt, known) in [
        ("Prove that there are infinitely many primes.", Task::MATH),
        ("write a python function that reverses a list", Task::CODING),
        ("Remind me to call the dentist tomorrow", Task::PERSONAL),
    ] {
        assert_eq!(task(&examples, prompt), known, "{prompt}");
    }
    let unsure = examples.clone().sure(1.1);
    assert_eq!(unsure.own(&Prompt::new(CONTRACT[0])), None);
}

#[test]
fn the_users_tasks_keep_the_inner_difficulty_and_say_how_sure() {
    let examples = examples();
    let query = Query::of_prompt(
        "auto",
        Prompt::new("is there a penalty clause in this contract?"),
    );
    let found = examples.classify(&query);
    assert_eq!(
        found.difficulty(),
        Trained::new().classify(&query).difficulty()
    );
    let signal = found.signals().last().unwrap();
    assert_eq!(
        (&*signal.name, signal.weight),
        ("examples", found.confidence())
    );
    let debug = format!("{examples:?}");
    assert!(
        debug.contains("recipe") && !debug.contains("lasagne"),
        "{debug}"
    );
}

#[test]
fn too_few_examples_are_refused() {
    let none: [(Task, &str); 0] = [];
    let error = Examples::new(Trained::new(), none).unwrap_err();
    assert_eq!(error, BadExamples::Tasks { count: 0 });
    let few = CONTRACT
        .iter()
        .take(4)
        .map(|text| (Task::new("contract"), text));
    let error = Examples::new(Trained::new(), few).unwrap_err();
    assert_eq!(error.to_string(), "contract has 4 examples, and needs 5");
}
