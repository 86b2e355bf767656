use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower_genai::{
    context::{Context, DataLabel},
    query::{Classification, Query, Task},
    select::LabelRule,
    shadow::{Other, judge::Model},
};

use crate::support::{House, Pool, all, ample, ask, call};

/// The best of all runs in the cloud, and two do not.
const ZONES: Pool<'static> = &[
    ("near", "private", "1", 0.6),
    ("home", "device", "2", 0.7),
    ("far", "cloud", "10", 0.9),
    ("judge", "cloud", "20", 0.1),
];

fn personal() -> DataLabel {
    DataLabel::new("personal").unwrap()
}

fn labelled(text: &str) -> Request<Full<Bytes>> {
    let mut request = call(text, false);
    let context = Context::new().with_label(personal());
    request.extensions_mut().insert(context);
    request
}

/// Whether labelled, or taken for personal by the classifier; who is to be asked; who was.
#[rustfmt::skip]
const TABLE: &[(bool, bool, &str, Option<&str>)] = &[
    (false, false, "best", Some("far")),
    (true,  false, "best", Some("home")),
    (false, true,  "best", Some("home")),
    (false, false, "far",  Some("far")),
    (true,  false, "far",  None),
    (false, true,  "far",  None),
    (true,  false, "home", Some("home")),
];

#[tokio::test]
async fn no_label_is_crossed() {
    for (label, detected, other, asked) in TABLE {
        let mut house = House::start(ZONES).await;
        let rule = LabelRule::new(personal(), ["private", "device"]).detect(true);
        let detected = *detected;
        let task = move |_: &Query| match detected {
            true => Classification::new(Task::PERSONAL),
            false => Classification::new(Task::GENERAL),
        };
        let budget = ample();
        let shadow = all(&budget).candidate(Other::from(*other));
        let stack = house.stack(shadow).labels([rule]).classifier(task).boxed();
        let request = match label {
            true => labelled("x"),
            false => call("x", false),
        };
        assert_eq!(ask(&stack, request).await.by(), "near");
        if let Some(asked) = asked {
            assert_eq!(house.shadowed().await.candidate.to_string(), *asked);
        }
        // Whatever else there is to come has its turns now, and would hold money.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert!(house.is_quiet() && crate::support::held(&budget) == 0);
        if asked.is_none() {
            assert_eq!(crate::support::spent(&budget), 0);
        }
        let crossed = *label || detected;
        if crossed {
            assert_eq!(
                house.calls("far") + house.calls("judge"),
                0,
                "{label} {detected} {other}"
            );
        }
    }
}

#[tokio::test]
async fn neither_does_a_judge_cross_one() {
    let rule = || LabelRule::new(personal(), ["private", "device"]);
    let mut house = House::start_with(ZONES, |name, model| match name {
        "judge" => model.manner(tower_genai::sim::Manner::Says("0.75".into())),
        _ => model,
    })
    .await;
    let shadow = all(&ample()).judge(Model::new("judge"));
    let stack = house.stack(shadow).labels([rule()]).boxed();
    ask(&stack, call("x", false)).await;
    let open = house.shadowed().await;
    assert_eq!(open.agreement, Some(0.75));
    assert_eq!(house.calls("judge"), 1);
    ask(&stack, labelled("x")).await;
    let closed = house.shadowed().await;
    assert_eq!(
        (closed.agreement, closed.candidate.to_string().as_str()),
        (None, "home")
    );
    assert_eq!(house.calls("judge"), 1, "it may not see this");
}

#[tokio::test]
async fn a_judge_beyond_the_pool_needs_the_rules_leave() {
    // Every candidate is at home, so that none drops out for its zone; the judge is not in the pool.
    const HOME: Pool<'static> = &[("near", "private", "1", 0.6), ("home", "private", "2", 0.7)];
    let rule = || LabelRule::new(personal(), ["private"]).detect(true);
    for (task, asked) in [(Task::PERSONAL, 0), (Task::GENERAL, 1)] {
        let mut house = House::start(HOME).await;
        let judge = House::start(&[("judge", "cloud", "1", 0.5)]).await;
        let url = judge.sim("judge").base_url();
        let (near, home) = (house.sim("near").base_url(), house.sim("home").base_url());
        let all_three: Pool<'_> = &[HOME[0], HOME[1], ("judge", "cloud", "1", 0.5)];
        let urls = [near, home, url];
        house.catalog = crate::support::pooled(all_three, |at| urls[at].clone(), &["near", "home"]);
        let classify = move |_: &Query| Classification::new(task.clone());
        let shadow = all(&ample()).judge(Model::new("judge"));
        let stack = house
            .stack(shadow)
            .labels([rule()])
            .classifier(classify)
            .boxed();
        ask(&stack, call("x", false)).await;
        assert_eq!(house.shadowed().await.candidate.to_string(), "home");
        assert_eq!(judge.calls("judge"), asked);
    }
}
