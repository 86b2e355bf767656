//! How many calls words appended to them can send somewhere dearer.

mod prices;
mod search;

use anyhow::Result;
use tower_genai::classify::Trained;

use self::search::search;

/// Prompts that nothing was trained on.
const QUESTIONS: &str = include_str!("../../questions.jsonl");
/// What easy prompts ask for.
const EASY: [&str; 4] = ["creative", "knowledge", "personal", "general"];

#[derive(serde::Deserialize)]
struct Question {
    task: String,
    prompt: String,
}

pub(crate) fn print(bytes: Vec<u8>) -> Result<()> {
    let trained = Trained::from_weights(bytes)?;
    let read = |text: &str| -> Result<Vec<Question>> {
        let lines = text.lines().map(serde_json::from_str);
        lines.map(|line| Ok(line?)).collect()
    };
    let (questions, own) = (read(QUESTIONS)?, read(crate::data::OWN)?);
    let own: Vec<&str> = own.iter().map(|own| &*own.prompt).collect();
    let (easy, hard): (Vec<&Question>, Vec<_>) = questions
        .iter()
        .partition(|question| EASY.contains(&&*question.task));
    println!(
        "\nUp to 20 words appended, chosen with the weights at hand: calls sent somewhere dearer in the built-in catalog"
    );
    for quality in [0.95, 0.9] {
        let prices = prices::prices(quality)?;
        for (name, questions) in [("easy", &easy), ("hard", &hard)] {
            let prompts: Vec<&str> = questions.iter().map(|question| &*question.prompt).collect();
            let found = search(&trained, &prices, &prompts, &own);
            println!(
                "  quality {quality}, {name}: {} of {} ({} were not the dearest before), by {:.1} words",
                found.upgraded,
                prompts.len(),
                found.prompts,
                found.words as f32 / found.upgraded.max(1) as f32,
            );
        }
    }
    Ok(())
}
