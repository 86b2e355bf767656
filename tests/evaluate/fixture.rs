//! Calls of known outcomes, drawn anew for each test by a seed.

use std::fmt::Write;

pub(crate) const MODELS: [&str; 3] = ["small", "middle", "large"];

/// Of each task, how often each model is right.
const RIGHT: [(&str, [f64; 3]); 4] = [
    ("coding", [0.35, 0.90, 0.90]),
    ("math", [0.30, 0.40, 0.92]),
    ("knowledge", [0.86, 0.86, 0.87]),
    ("creative", [0.55, 0.86, 0.87]),
];

const PLACES: [&str; 8] = [
    "Peru", "Iceland", "Kenya", "Japan", "Oman", "Chile", "Latvia", "Nepal",
];

/// So many calls, in an order in which tasks are mixed.
pub(crate) fn outcomes(count: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = String::new();
    for at in 0..count {
        let (task, right) = RIGHT[random.usize(..RIGHT.len())];
        let prompt = prompt(task, &mut random);
        let mut score = |right: f64| u8::from(random.f64() < right);
        let [small, middle, large] = right.map(&mut score);
        let prompt = serde_json::to_string(&prompt).unwrap();
        writeln!(
            text,
            r#"{{"id": "{at}", "prompt": {prompt}, "scores": {{"small": {small}, "middle": {middle}, "large": {large}}}}}"#
        )
        .unwrap();
    }
    text
}

/// One that a classifier can tell.
fn prompt(task: &str, random: &mut fastrand::Rng) -> String {
    let (a, b) = (random.u32(2..900), random.u32(2..900));
    let place = PLACES[random.usize(..PLACES.len())];
    match task {
        "coding" => format!(
            "Write a Python function that returns the {a} largest items of a list without sorting it, and unit tests.\n\
             ```python\ndef largest_{b}(items):\n    pass\n```"
        ),
        "math" => format!(
            "Solve the equation {a}x^2 + {b}x - 7 = 0 for x, and prove that the roots are real."
        ),
        "knowledge" => {
            format!("Who was the head of state of {place} in 1{b:03}, and where is its capital?")
        }
        _ => {
            format!("Write a poem of {a} lines about a winter in {place}, in which nobody speaks.")
        }
    }
}

/// What a catalog says of the models: of each task as it is, or of all tasks at once.
pub(crate) fn catalog(by_task: bool) -> String {
    let mut text = String::from(
        "[[provider]]\nname = \"house\"\ndialect = \"openai\"\nbase_url = \"https://models.example/v1\"\n",
    );
    let prices = ["0.10", "0.50", "5.00"];
    let general = ["0.55", "0.75", "0.88"];
    for (at, (name, price)) in MODELS.iter().zip(prices).enumerate() {
        let quality = if by_task {
            let each = RIGHT.map(|(task, right)| format!("{task} = {:.2}", right[at]));
            format!("{}, general = {}", each.join(", "), general[at])
        } else {
            format!("general = {}", general[at])
        };
        write!(
            text,
            "\n[[model]]\nname = \"{name}\"\nprovider = \"house\"\nprice = {{ input = \"{price}\", output = \"{price}\" }}\n\
             quality = {{ {quality} }}\n"
        )
        .unwrap();
    }
    text.push_str("\n[[alias]]\nname = \"auto\"\n\n[[alias]]\nname = \"lottery\"\nsplit = { small = 1, middle = 1, large = 1 }\n");
    text
}
