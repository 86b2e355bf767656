use super::*;

#[tokio::test(start_paused = true)]
async fn retry_after_is_a_floor_and_capped() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 4);
    fleet.call("a").fails_until(FailureClass::Provider, 30);
    assert_eq!(
        fleet.ailment("a").unwrap().passes(),
        Some(Duration::from_secs(30))
    );
    pass(30).await;
    fleet.call("a").fails_until(FailureClass::Provider, 3_600);
    assert_eq!(
        fleet.ailment("a").unwrap().passes(),
        Some(Duration::from_secs(60))
    );
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_with_a_time_closes_until_then() {
    let fleet = Fleet::new();
    fleet.call("a").fails_until(FailureClass::Rate, 7);
    let ailment = fleet.ailment("a").unwrap();
    assert_eq!(ailment.why(), "its rate limit is used up");
    assert_eq!(ailment.passes(), Some(Duration::from_secs(7)));
    assert!(fleet.is_refused("a"));
    pass(7).await;
    assert!(fleet.ailment("a").is_none());
    let both = (fleet.call("a"), fleet.call("a"));
    both.0.succeeds();
    both.1.succeeds();
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_with_a_long_time_is_asked_about_by_one() {
    let fleet = Fleet::new();
    fleet.call("a").fails_until(FailureClass::Rate, 1_800);
    assert_eq!(
        fleet.ailment("a").unwrap().passes(),
        Some(Duration::from_secs(60))
    );
    pass(60).await;
    let one = fleet.call("a");
    assert!(fleet.is_refused("a"));
    one.fails_until(FailureClass::Rate, 1_740);
    assert_eq!(
        fleet.ailment("a").unwrap().passes(),
        Some(Duration::from_secs(60))
    );
    pass(60).await;
    fleet.call("a").succeeds();
    assert!(fleet.ailment("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn where_it_is_insisted_an_ill_candidate_is_asked_and_a_success_heals_it() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    assert!(fleet.is_refused("a"));
    let insisted = || fleet.admit("a", KEY, true).unwrap();
    let passes = fleet.ailment("a").unwrap().passes();
    insisted().fails(FailureClass::Provider);
    assert_eq!(
        fleet.ailment("a").unwrap().passes(),
        passes,
        "its pause does not grow"
    );
    insisted().succeeds();
    assert!(fleet.ailment("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_before_it_opened_does_not_close_it() {
    let fleet = Fleet::new();
    let slow = fleet.call("a");
    let failing = fleet.call("a");
    fleet.fail("a", FailureClass::Provider, 5);
    slow.succeeds();
    assert!(fleet.ailment("a").is_some());
    pass(1).await;
    fleet.call("a").succeeds();
    failing.fails(FailureClass::Provider);
    assert_eq!(
        fleet.standing("a").failures,
        0,
        "nor does it count afterwards"
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_s_first_content_is_enough_but_it_stays_on_trial() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    let mut probe = fleet.call("a");
    probe.0.begun();
    assert!(fleet.ailment("a").is_none());
    // Its stream breaks off: one failure is enough, and the pause has grown.
    probe.ends(
        Ending::Cut,
        Some(&Failure::new(FailureClass::Provider, "p")),
    );
    let passes = fleet.ailment("a").unwrap().passes().unwrap();
    assert!(passes > Duration::from_secs(1), "{passes:?}");
    pass(2).await;
    let mut probe = fleet.call("a");
    probe.0.begun();
    probe.succeeds();
    fleet.fail("a", FailureClass::Provider, 4);
    assert!(fleet.ailment("a").is_none(), "whole, it has healed it");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hangs_gives_its_place_to_another() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    let hangs = fleet.call("a");
    pass(59).await;
    assert!(fleet.is_refused("a"));
    pass(1).await;
    let another = fleet.call("a");
    assert!(fleet.is_refused("a"));
    // The first is no probe any more: that it was left says nothing.
    hangs.cancels();
    assert!(fleet.is_refused("a"));
    another.succeeds();
    assert!(!fleet.is_refused("a"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_closes_its_provider_for_that_key_alone() {
    let fleet = Fleet::new();
    fleet.call("a").fails(FailureClass::Credential);
    for model in ["a", "b"] {
        assert!(fleet.ailment(model).is_some(), "{model}");
        assert!(fleet.is_refused(model), "{model}");
    }
    assert!(!fleet.is_refused("c"));
    assert!(fleet.admit("a", b"another key", false).is_ok());
    // The last key that was used is the one that is judged by.
    assert!(fleet.ailment("a").is_none());
    assert!(fleet.is_refused("a"));
    assert!(fleet.ailment("a").is_some());
    pass(60).await;
    let probe = fleet.call("b");
    assert!(fleet.is_refused("a"), "one tries for all");
    probe.fails(FailureClass::Credential);
    let passes = fleet.ailment("a").unwrap().passes().unwrap();
    assert!(
        passes >= Duration::from_secs(90) && passes <= Duration::from_secs(120),
        "{passes:?}"
    );
    pass(120).await;
    fleet.call("b").succeeds();
    assert!(fleet.ailment("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn one_tenant_s_bad_key_is_not_another_s() {
    let fleet = Fleet::new();
    let tenant = |name| Tenant::new(name).unwrap();
    let (good, bad, new) = (tenant("good"), tenant("bad"), tenant("new"));
    let candidate = fleet.candidate("a");
    let at = candidate.model().provider();
    let admit = |tenant, key: &[u8]| {
        let asked = Asked::default();
        let permit =
            fleet
                .monitor
                .admit(&candidate, at, KeyId::of(key), Some(tenant), asked, false);
        Call(permit.unwrap())
    };
    admit(&good, b"good").succeeds();
    admit(&bad, b"bad").fails(FailureClass::Credential);
    let ailment = |tenant| fleet.monitor.ailment(&candidate, Some(tenant));
    assert!(ailment(&good).is_none());
    assert!(ailment(&bad).is_some());
    assert!(ailment(&new).is_none(), "of whom nothing is known");
    // Another key, another chance.
    admit(&bad, b"better").succeeds();
    assert!(ailment(&bad).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_other_models_take_is_not_to_blame() {
    let fleet = Fleet::new();
    fleet.call("b").succeeds();
    // Whoever may name models could otherwise switch off a provider for all, with one that its key may not use.
    fleet.call("a").fails(FailureClass::Credential);
    assert!(fleet.is_refused("a"));
    assert!(!fleet.is_refused("b"));
    let passes = fleet.ailment("a").unwrap().passes().unwrap();
    assert!(passes >= Duration::from_secs(45), "{passes:?}");
    // Once the others are refused as well, it is the key.
    fleet.call("b").fails(FailureClass::Credential);
    assert!(fleet.is_refused("b"));
}

#[tokio::test(start_paused = true)]
async fn a_gone_model_is_asked_for_again_by_one_after_an_hour() {
    let fleet = Fleet::new();
    fleet.call("a").fails(FailureClass::ModelGone);
    let ailment = fleet.ailment("a").unwrap();
    assert!(ailment.is_gone());
    assert_eq!(ailment.passes(), Some(Duration::from_secs(3_600)));
    assert!(!fleet.is_refused("b"));
    pass(3_600).await;
    let one = fleet.call("a");
    assert!(fleet.is_refused("a"));
    one.fails(FailureClass::ModelGone);
    assert!(fleet.ailment("a").unwrap().is_gone());
    pass(3_600).await;
    fleet.call("a").succeeds();
    assert!(fleet.ailment("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_ill_where_all_its_deployments_are() {
    let fleet = Fleet::new();
    let candidate = fleet.candidate("d");
    let deployments = candidate.model().provider().deployments();
    let admit = |at: &Provider| {
        let asked = Asked::default();
        let key = KeyId::default();
        Call(
            fleet
                .monitor
                .admit(&candidate, at, key, None, asked, true)
                .unwrap(),
        )
    };
    for (at, seconds) in deployments.iter().zip([9, 5]) {
        assert!(fleet.ailment("d").is_none(), "one is well");
        admit(at).fails_until(FailureClass::Rate, seconds);
    }
    assert_eq!(
        fleet.ailment("d").unwrap().passes(),
        Some(Duration::from_secs(5))
    );
    // Calls go to the one that is well.
    pass(5).await;
    for _ in 0..20 {
        let chosen = fleet
            .monitor
            .deployment(candidate.model(), None, false, None, 0);
        assert_eq!(chosen, 1);
    }
}
