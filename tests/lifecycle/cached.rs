//! Answers that were given before, for models that end.

use futures::future::join_all;
use tower_genai::cache::CacheLayer;

use crate::support::{Answer, House, OLD, Server, Vendor, ask};

fn server(house: &House) -> Server {
    house.server().cache(CacheLayer::new())
}

async fn asked(server: &Server, model: &str, text: &str) -> Answer {
    let call = Vendor::OpenAi.call(model, text, false);
    ask(server.clone(), "team", call).await
}

fn is_hit(answer: &Answer) -> bool {
    answer.header("cache-status").unwrap().contains("; hit")
}

#[tokio::test]
async fn a_kept_answer_tells_what_is_true_today() {
    let house = House::start(OLD, "2026-11-30").await;
    let server = server(&house);
    let first = asked(&server, "old", "Hello").await;
    assert!(!is_hit(&first));
    assert_eq!(first.ends(), (None, None));

    house.is("2026-12-01");
    let ends = (Some("@1796083200"), Some("Tue, 01 Jun 2027 00:00:00 GMT"));
    let again = asked(&server, "old", "Hello").await;
    assert!(is_hit(&again));
    assert_eq!(again.ends(), ends);

    // The provider thinks better of it, and then again.
    house.reload(&OLD.replace("2027-06-01", "2028-06-01"));
    let again = asked(&server, "old", "Hello").await;
    assert!(is_hit(&again));
    assert_eq!(again.ends().1, Some("Thu, 01 Jun 2028 00:00:00 GMT"));
    let never = OLD.replace("sunset = 2027-06-01", "");
    house.reload(&never.replace("deprecated = 2026-12-01", ""));
    let again = asked(&server, "old", "Hello").await;
    assert!(is_hit(&again));
    assert_eq!(again.ends(), (None, None));
    assert_eq!(house.acme.calls().len(), 1);
}

#[tokio::test]
async fn callers_who_share_an_answer_are_all_told() {
    let house = House::start(OLD, "2026-12-01").await;
    let server = server(&house);
    let service = server.boxed();
    let answers = join_all((0..8).map(|_| {
        let mut call = Vendor::OpenAi.call("old", "Hello", true);
        let bearer = "Bearer team".parse().unwrap();
        call.headers_mut().insert("authorization", bearer);
        crate::support::answer(service.clone(), call)
    }))
    .await;
    assert_eq!(house.acme.calls().len(), 1);
    for answer in answers {
        let ends = (Some("@1796083200"), Some("Tue, 01 Jun 2027 00:00:00 GMT"));
        assert_eq!(answer.ends(), ends);
    }
}

#[tokio::test]
async fn a_conversation_that_moves_leaves_its_kept_answers_behind() {
    let steps = "move_over = [{ from = 2027-01-01, share = 1.0 }]\nsuccessor = \"new\"";
    let models = OLD.replace("successor = \"new\"", steps);
    let house = House::start(&models, "2026-12-31").await;
    let server = server(&house);
    for (today, by, hit) in [
        ("2026-12-31", "old", false),
        ("2026-12-31", "old", true),
        ("2027-01-01", "new", false),
        ("2027-01-01", "new", true),
    ] {
        house.is(today);
        let answer = asked(&server, "old", "Hello").await;
        assert_eq!((answer.by(), is_hit(&answer)), (by, hit), "{today}");
        assert!(answer.ends().0.is_some());
    }
}
