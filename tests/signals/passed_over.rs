use tower_genai::profile::Source;

use crate::support::{House, Vendor, Want};

#[tokio::test]
async fn what_has_no_form_to_be_checked() {
    let mut house = House::start().await;
    for vendor in Vendor::ALL {
        for stream in [false, true] {
            // Words, where words were asked for, or a tool was on offer and is not called.
            let words = vendor.call("openai", "Where?", Want::Words, stream);
            let talk = "Where? [[sim: no_tools]]";
            let talks = vendor.call("openai", talk, Want::Tool, stream);
            for request in [words, talks] {
                let (id, text) = house.ask(request).await;
                assert_eq!(house.rest().await, [""; 0], "{vendor:?} {stream}: {text}");
                assert!(
                    !house.is_scored(id, Source::Schema) && !house.is_scored(id, Source::ToolCall)
                );
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_whole_answer() {
    let mut house = House::start().await;
    for vendor in Vendor::ALL {
        for stream in [false, true] {
            let cut = vendor.call_of("openai", "Where?", Want::Schema, stream, 1);
            let refused = vendor.call("openai", "Where? [[sim: refusal]]", Want::Schema, stream);
            for request in [cut, refused] {
                let (_, text) = house.ask(request).await;
                assert_eq!(house.rest().await, [""; 0], "{vendor:?} {stream}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn who_names_a_model_teaches_nobody() {
    let mut house = House::start().await;
    let request = Vendor::OpenAi.call("openai-m", "Where?", Want::Schema, false);
    house.ask(request).await;
    assert_eq!(house.rest().await, [""; 0]);
}

#[tokio::test]
async fn what_is_too_long_to_be_read() {
    let mut house = House::start().await;
    for stream in [false, true] {
        let long = "Twenty-letter-words, ".repeat(3_500);
        let prompt = format!("Where? [[sim: say={long}]]");
        let request = Vendor::OpenAi.call_of("openai", &prompt, Want::Schema, stream, 100_000);
        let (_, text) = house.ask(request).await;
        assert!(text.len() > 64 * 1024, "{stream}: {text:.500}");
        assert_eq!(house.rest().await, [""; 0]);
    }
}
