//! Models that are gone: who answers, and what is refused.

use http::StatusCode;
use serde_json::Value;

use crate::support::{House, Vendor, ask};

/// Four models, each the successor of the one before.
const CHAIN: &str = r#"
    [[model]]
    name = "old"
    provider = "acme"
    sunset = 2026-01-01
    successor = "other/mid"

    [[model]]
    name = "mid"
    provider = "other"
    sunset = 2026-06-01
    successor = "new"

    [[model]]
    name = "new"
    provider = "acme"
    sunset = 2026-09-01
    successor = "lone"

    [[model]]
    name = "lone"
    provider = "other"
    sunset = 2027-01-01
"#;

#[tokio::test]
async fn the_first_of_the_chain_that_is_in_service_answers() {
    let house = House::start(CHAIN, "2025-01-01").await;
    for (today, by) in [
        ("2025-12-31", "old"),
        ("2026-01-01", "mid"),
        ("2026-06-01", "new"),
        ("2026-09-01", "lone"),
        ("2026-12-31", "lone"),
    ] {
        house.is(today);
        for vendor in Vendor::ALL {
            let answer = house.ask(vendor, "old").await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            assert_eq!(answer.by(), by, "{today} {vendor:?}");
        }
        let answer = house.ask(Vendor::OpenAi, "acme/old").await;
        assert_eq!(answer.by(), by, "{today}");
        if by != "old" {
            assert_eq!(
                answer.reason(),
                "successor of old, which is not served any more"
            );
        }
    }
    // From the middle of it too.
    house.is("2026-09-01");
    for name in ["mid", "other/mid", "new", "acme/new"] {
        assert_eq!(house.ask(Vendor::OpenAi, name).await.by(), "lone", "{name}");
    }
}

#[tokio::test]
async fn when_all_are_gone_the_caller_s_own_404_says_so() {
    let house = House::start(CHAIN, "2027-01-01").await;
    for vendor in Vendor::ALL {
        for stream in [false, true] {
            let call = vendor.call("old", "Hello", stream);
            let answer = ask(house.server(), "team", call).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
            let json: Value = serde_json::from_str(&answer.text).unwrap();
            let error = &json["error"];
            let (kind, word) = match vendor {
                Vendor::OpenAi => (&error["code"], "model_not_found"),
                Vendor::Anthropic => (&error["type"], "not_found_error"),
                Vendor::Google => (&error["status"], "NOT_FOUND"),
            };
            assert_eq!(kind, word, "{json}");
            let message = error["message"].as_str().unwrap();
            assert!(
                message.ends_with("the model `old` is past its sunset and has no successor"),
                "{message}"
            );
            nothing_of_the_house(&answer.text);
            assert_eq!(answer.ends().1, Some("Thu, 01 Jan 2026 00:00:00 GMT"));
        }
    }
    assert!(house.acme.calls().is_empty() && house.other.calls().is_empty());
}

/// Neither addresses nor other models or providers.
fn nothing_of_the_house(text: &str) {
    for secret in ["127.0.0.1", "mid", "new", "lone", "acme", "other"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn who_may_not_use_it_is_not_told_that_it_ever_was() {
    let house = House::start(CHAIN, "2027-01-01").await;
    for vendor in Vendor::ALL {
        let mut said = Vec::new();
        for model in ["old", "non"] {
            let call = vendor.call(model, "Hello", false);
            let mut answer = ask(house.server(), "guest", call).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
            assert_eq!(answer.ends(), (None, None));
            nothing_of_the_house(&answer.text);
            // Each answer has an id of its own.
            let id = ["x-request-id", "request-id"].map(|name| answer.headers.remove(name));
            let mut text = answer.text.replace(model, "it");
            for id in id.into_iter().flatten() {
                text = text.replace(id.to_str().unwrap(), "id");
            }
            said.push((answer.headers, text));
        }
        assert_eq!(said[0], said[1], "{vendor:?}");
    }
}

#[tokio::test]
async fn a_successor_that_the_caller_may_not_use_does_not_answer_it() {
    // `guest` may use `new` alone, which is gone; `lone` took over.
    let house = House::start(CHAIN, "2026-09-01").await;
    let call = Vendor::OpenAi.call("new", "Hello", false);
    let answer = ask(house.server(), "guest", call).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    assert!(!answer.text.contains("lone"), "{}", answer.text);
    assert!(house.other.calls().is_empty());
}
