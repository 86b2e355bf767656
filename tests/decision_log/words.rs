use tower_genai::{
    context::{Context, DataLabel},
    observe::JsonLines,
    select::LabelRule,
};

use crate::support::{House, Paper, ask, question};

const WORDS: &str = "what the zebra said";

fn label() -> DataLabel {
    DataLabel::new("personal").unwrap()
}

async fn log_of(prompts: bool, rules: Vec<LabelRule>, words: &str, context: Context) -> String {
    let mut house = House::start().await;
    house.paper = Paper::default();
    let log = JsonLines::to(house.paper.clone()).unwrap();
    house.log = log.prompts(prompts);
    ask(house.stack().labels(rules), question(words), context).await;
    assert_eq!(house.lines().len(), 1);
    house.paper.text()
}

#[tokio::test]
async fn no_prompt_is_written_unless_it_is_asked_for() {
    let text = log_of(false, vec![], WORDS, Context::new()).await;
    assert!(!text.contains("zebra"), "{text}");
    let text = log_of(true, vec![], WORDS, Context::new()).await;
    assert!(text.contains(WORDS), "{text}");
    assert!(!text.contains("sk-never-to-be-written"), "{text}");
}

#[tokio::test]
async fn words_of_labelled_calls_never_are() {
    let labelled = Context::new().with_label(label());
    let rule = || LabelRule::new(label(), ["cloud", "public"]);
    let open = vec![rule()];
    let text = log_of(true, vec![], WORDS, labelled).await;
    assert!(!text.contains("zebra"), "{text}");

    // Nor of those that the classifier takes for labelled.
    let personal = "Summarise my last messages from mum and my calendar for tomorrow, zebra";
    let text = log_of(true, open, personal, Context::new()).await;
    assert!(text.contains("\"task\":\"personal\""), "{text}");
    assert!(text.contains("zebra"), "{text}");
    let text = log_of(true, vec![rule().detect(true)], personal, Context::new()).await;
    assert!(!text.contains("zebra"), "{text}");
}
