//! What operators are told of calls for models that are deprecated or gone.

use http::StatusCode;

use crate::support::{House, OLD, Vendor, ask};

#[tokio::test]
async fn an_observer_is_told_of_each_call_with_its_tenant_and_what_was_decided() {
    let house = House::start(OLD, "2026-12-01").await;
    for vendor in Vendor::ALL {
        house.ask(vendor, "old").await;
    }
    let named = r#"old Some(2026-12-01) Some(2027-06-01) -> Some("new") for Some("team") named=true decided=Some("named by the caller")"#;
    assert_eq!(house.told(), [named; 3]);

    house.is("2027-06-01");
    house.ask(Vendor::OpenAi, "acme/old").await;
    let succeeded = r#"old Some(2026-12-01) Some(2027-06-01) -> Some("new") for Some("team") named=true decided=Some("successor of old, which is not served any more")"#;
    assert_eq!(house.told(), [succeeded]);
}

#[tokio::test]
async fn an_observer_is_told_of_refusals() {
    let house = House::start(&OLD.replace("successor = \"new\"", ""), "2027-06-01").await;
    let answer = house.ask(Vendor::OpenAi, "old").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let refused =
        r#"old Some(2026-12-01) Some(2027-06-01) -> None for Some("team") named=true decided=None"#;
    assert_eq!(house.told(), [refused]);
    // Nor does a stranger's guess count as a call of it.
    let call = Vendor::OpenAi.call("old", "Hello", false);
    let answer = ask(house.server(), "guest", call).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(house.told(), [""; 0]);
}
