//! What callers are told of the end of a model that they name.

use http::StatusCode;
use tower_genai::sim::{Fault, Times};

use crate::support::{House, OLD, Vendor, ask};

/// Midnight UTC of 2026-12-01 and of 2027-06-01.
const ENDS: (Option<&str>, Option<&str>) =
    (Some("@1796083200"), Some("Tue, 01 Jun 2027 00:00:00 GMT"));

#[tokio::test]
async fn callers_of_every_vendor_are_told_while_it_answers_and_when_its_successor_does() {
    let house = House::start(OLD, "2026-12-01").await;
    for (today, by) in [
        ("2026-12-01", "old"),
        ("2027-05-31", "old"),
        ("2027-06-01", "new"),
    ] {
        house.is(today);
        for vendor in Vendor::ALL {
            for stream in [false, true] {
                let call = vendor.call("old", "Hello", stream);
                let answer = ask(house.server(), "team", call).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
                assert_eq!(answer.by(), by, "{vendor:?}");
                assert_eq!(answer.ends(), ENDS, "{today} {vendor:?} {stream}");
            }
        }
    }
    let answer = house.ask(Vendor::OpenAi, "acme/old").await;
    assert_eq!(answer.ends(), ENDS);
}

#[tokio::test]
async fn nobody_is_told_before_the_day_or_of_another_model() {
    let house = House::start(OLD, "2026-11-30").await;
    assert_eq!(house.ask(Vendor::OpenAi, "old").await.ends(), (None, None));
    house.is("2027-06-01");
    assert_eq!(house.ask(Vendor::OpenAi, "new").await.ends(), (None, None));
    assert_eq!(house.ask(Vendor::OpenAi, "none").await.ends(), (None, None));
    let told = house.told();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn only_days_that_are_known_are_told() {
    let house = House::start(&OLD.replace("sunset = 2027-06-01", ""), "2026-12-01").await;
    let answer = house.ask(Vendor::OpenAi, "old").await;
    assert_eq!(answer.ends(), (Some("@1796083200"), None));
    // From when it is deprecated nobody wrote; its end is known all the same.
    house.reload(&OLD.replace("deprecated = 2026-12-01", ""));
    let answer = house.ask(Vendor::OpenAi, "old").await;
    assert_eq!(answer.ends(), (None, ENDS.1));
}

#[tokio::test]
async fn errors_of_providers_and_refusals_tell_it_too() {
    let house = House::start(OLD, "2026-12-01").await;
    // It gives no two choices.
    let several = r#"{"model":"old","n":2,"messages":[{"role":"user","content":"Hello"}]}"#;
    let mut call = Vendor::OpenAi.call("old", "", false);
    *call.body_mut() = several.into();
    let refused = ask(house.server(), "team", call).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert_eq!(refused.ends(), ENDS);
    assert!(house.acme.calls().is_empty());

    let status = Fault::Status {
        status: 400,
        code: None,
        message: None,
        retry_after: None,
    };
    house.acme.fail(status, Times::Always);
    let failed = house.ask(Vendor::OpenAi, "old").await;
    assert_eq!(failed.status, StatusCode::BAD_REQUEST, "{}", failed.text);
    assert_eq!(failed.ends(), ENDS);
}

#[tokio::test]
async fn who_chose_no_model_is_told_nothing_and_the_operator_is() {
    let alias = r#"
        [[alias]]
        name = "house"
        models = ["old"]
    "#;
    let house = House::start(&format!("{OLD}{alias}"), "2026-12-01").await;
    let answer = house.ask(Vendor::OpenAi, "house").await;
    assert_eq!((answer.by(), answer.ends()), ("old", (None, None)));
    assert_eq!(
        house.told(),
        [
            r#"old Some(2026-12-01) Some(2027-06-01) -> Some("new") for Some("team") named=false decided=Some("the only candidate left")"#
        ]
    );
    // Past its sunset nobody is left, and nobody names it.
    house.is("2027-06-01");
    let answer = house.ask(Vendor::OpenAi, "house").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    assert_eq!(answer.ends(), (None, None));
    assert_eq!(house.told(), [""; 0]);
}

#[tokio::test]
async fn an_alias_that_took_a_model_s_name_is_an_alias() {
    let alias = r#"
        [[alias]]
        name = "old"
        models = ["new"]
        redirect = true
    "#;
    let house = House::start(&format!("{OLD}{alias}"), "2026-12-01").await;
    let answer = house.ask(Vendor::OpenAi, "old").await;
    assert_eq!((answer.by(), answer.ends()), ("new", (None, None)));
    let answer = house.ask(Vendor::OpenAi, "acme/old").await;
    assert_eq!((answer.by(), answer.ends()), ("old", ENDS));
}
