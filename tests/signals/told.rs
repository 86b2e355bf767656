use std::sync::{Arc, Mutex};

use tower_genai::{
    observe::{Event, Observer},
    profile::Source,
};

use crate::support::{DIALECTS, House, Vendor, Want};

/// Every caller's form before every provider's, whole and streamed.
fn all() -> impl Iterator<Item = (Vendor, &'static str, bool)> {
    Vendor::ALL.into_iter().flat_map(|vendor| {
        let dialects = DIALECTS.into_iter();
        dialects.flat_map(move |(name, _)| [false, true].map(|stream| (vendor, name, stream)))
    })
}

#[tokio::test]
async fn json_that_fits_its_schema() {
    let mut house = House::start().await;
    for (vendor, alias, stream) in all() {
        let request = vendor.call(alias, "Where?", Want::Schema, stream);
        let (id, text) = house.ask(request).await;
        let told = house.told().await;
        let case = format!("{vendor:?} {alias} {stream}: {text}");
        assert_eq!(told, "source=Schema fits=true taken=true", "{case}");
        assert!(house.is_scored(id, Source::Schema) && !house.is_scored(id, Source::ToolCall));
    }
}

#[tokio::test]
async fn observers_are_told_of_what_was_taken() {
    let mut house = House::start().await;
    let seen: Arc<Mutex<Vec<_>>> = Arc::default();
    let log = Arc::clone(&seen);
    let observer: Arc<dyn Observer> = Arc::new(move |event: &Event<'_>| {
        if let Event::Scored(feedback) = event {
            log.lock().unwrap().push(**feedback);
        }
    });
    house.profile.tells(&observer);
    let request = Vendor::ALL[0].call("openai", "Where?", Want::Schema, false);
    let (id, _) = house.ask(request).await;
    house.told().await;
    let seen = seen.lock().unwrap();
    let told: Vec<_> = seen
        .iter()
        .map(|one| (one.decision, one.score, one.source))
        .collect();
    assert_eq!(told, [(id, 1.0, Source::Schema)]);
}

#[tokio::test]
async fn json_that_does_not() {
    let mut house = House::start().await;
    for (vendor, alias, stream) in all() {
        for say in ["In Rome.", r#"{"town": 1}"#] {
            let prompt = format!("Where? [[sim: say={say}]]");
            let (_, text) = house
                .ask(vendor.call(alias, &prompt, Want::Schema, stream))
                .await;
            let told = house.told().await;
            let case = format!("{vendor:?} {alias} {stream}: {text}");
            assert_eq!(told, "source=Schema fits=false taken=true", "{case}");
        }
    }
}

#[tokio::test]
async fn calls_of_tools_that_are_valid() {
    let mut house = House::start().await;
    for (vendor, alias, stream) in all() {
        let (id, text) = house
            .ask(vendor.call(alias, "Where?", Want::Tool, stream))
            .await;
        let told = house.told().await;
        let case = format!("{vendor:?} {alias} {stream}: {text}");
        assert_eq!(told, "source=ToolCall fits=true taken=true", "{case}");
        assert!(house.is_scored(id, Source::ToolCall) && !house.is_scored(id, Source::Schema));
    }
}

#[tokio::test]
async fn calls_of_tools_whose_arguments_break_off() {
    let mut house = House::start().await;
    for stream in [false, true] {
        let prompt = "Where? [[sim: malformed]]";
        let request = Vendor::OpenAi.call("openai", prompt, Want::Tool, stream);
        let (_, text) = house.ask(request).await;
        let told = house.told().await;
        assert_eq!(
            told, "source=ToolCall fits=false taken=true",
            "{stream}: {text}"
        );
    }
}
