//! How many calls words appended to them can send somewhere dearer.

mod prices;
mod search;

use anyhow::Result;
use tower_genai::classify::Trained;

use self::search::search;

/// Prompts that nothing was trained on.
const QUESTIONS: &str = include_str!("../../questions.jsonl");
/// Every so many of them are tried.
const EACH: usize = 7;

#[derive(serde::Deserialize)]
struct Question {
    prompt: String,
}

pub(crate) fn print(bytes: Vec<u8>) -> Result<()> {
    let trained = Trained::from_weights(bytes)?;
    let read = |text: &str| -> Result<Vec<String>> {
        let lines = text.lines().map(serde_json::from_str::<Question>);
        lines.map(|line| Ok(line?.prompt)).collect()
    };
    let (questions, own) = (read(QUESTIONS)?, read(crate::data::OWN)?);
    let questions: Vec<&str> = questions
        .iter()
        .step_by(EACH)
        .map(|prompt| &**prompt)
        .collect();
    let own: Vec<&str> = own.iter().map(|prompt| &**prompt).collect();
    println!(
        "\nUp to 20 words appended, chosen with the weights at hand: calls sent somewhere dearer in the built-in catalog"
    );
    for quality in [0.95, 0.9] {
        let prices = prices::prices(quality)?;
        let found = search(&trained, &prices, &questions, &own);
        println!(
            "  quality {quality}: {} of {} that were not the dearest, by {:.1} words; {} tried",
            found.upgraded,
            found.prompts,
            found.words as f32 / found.upgraded.max(1) as f32,
            questions.len()
        );
    }
    Ok(())
}
