use super::*;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_040_000)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_nothing_is_left() {
    let fleet = Fleet::new();
    let call = fleet.call("a");
    let told = headers(&[
        ("x-ratelimit-remaining-requests", "2"),
        ("x-ratelimit-reset-requests", "20s"),
    ]);
    call.0.answered(&told, now());
    call.succeeds();
    assert_eq!(fleet.standing("a").requests_left, Some(2));
    let under_way = (fleet.call("a"), fleet.call("a"));
    let refused = fleet.admit("a", KEY, false).err().unwrap();
    assert_eq!(refused.passes(), Some(Duration::from_secs(20)));
    assert!(fleet.ailment("a").is_some());
    // Whose key it is matters, and which model.
    assert!(fleet.admit("a", b"another", false).is_ok());
    assert!(!fleet.is_refused("b"));
    under_way.0.succeeds();
    under_way.1.succeeds();
    assert!(fleet.is_refused("a"), "what was sent is used");
    pass(20).await;
    assert!(fleet.ailment("a").is_none());
    assert!(!fleet.is_refused("a"));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_and_left_counts_as_sent() {
    let fleet = Fleet::new();
    let call = fleet.call("a");
    let told = headers(&[
        ("anthropic-ratelimit-requests-remaining", "1"),
        ("anthropic-ratelimit-requests-reset", "2026-11-30T12:00:10Z"),
    ]);
    call.0.answered(&told, now());
    call.succeeds();
    fleet.call("a").cancels();
    assert!(fleet.is_refused("a"));
}

#[tokio::test(start_paused = true)]
async fn a_large_call_waits_for_tokens_that_a_small_one_does_not_need() {
    let fleet = Fleet::new();
    let call = fleet.call("a");
    let told = headers(&[
        ("x-ratelimit-limit-tokens", "100000"),
        ("x-ratelimit-remaining-tokens", "2000"),
        ("x-ratelimit-reset-tokens", "60s"),
    ]);
    call.0.answered(&told, now());
    call.succeeds();
    let candidate = fleet.candidate("a");
    let at = candidate.model().provider();
    let admit = |input| {
        let asked = Asked { input, output: 100 };
        let key = KeyId::of(KEY);
        fleet.monitor.admit(&candidate, at, key, None, asked, false)
    };
    let refused = admit(50_000).unwrap_err();
    let wait = refused.passes().unwrap();
    assert!(
        wait > Duration::from_secs(25) && wait < Duration::from_secs(35),
        "{wait:?}"
    );
    assert!(fleet.ailment("a").is_none(), "small ones may go there");
    assert!(admit(1_000).is_ok());
}

#[tokio::test(start_paused = true)]
async fn nonsense_and_strangers_headers_change_nothing() {
    let fleet = Fleet::new();
    for (remaining, reset) in [
        ("-1", "1h"),
        ("0", "-5s"),
        ("0", "soon"),
        ("nil", "9s"),
        ("0", ""),
    ] {
        let call = fleet.call("a");
        let told = headers(&[
            ("x-ratelimit-remaining-requests", remaining),
            ("x-ratelimit-reset-requests", reset),
            ("x-ratelimit-remaining-tokens", remaining),
            ("anthropic-ratelimit-tokens-reset", reset),
        ]);
        call.0.answered(&told, now());
        call.succeeds();
        assert!(fleet.ailment("a").is_none(), "{remaining} {reset}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_counted_as_ill_who_is_well_again_or_forgotten() {
    let fleet = Fleet::new();
    assert!(fleet.monitor.0.troubles.is_none());
    fleet.fail("a", FailureClass::Provider, 5);
    fleet.call("b").fails(FailureClass::Credential);
    fleet.call("c").fails_until(FailureClass::Rate, 5);
    assert!(!fleet.monitor.0.troubles.is_none());
    pass(120).await;
    fleet.call("b").succeeds();
    fleet.call("a").succeeds();
    assert!(fleet.ailment("c").is_none());
    assert!(fleet.monitor.0.troubles.is_none());
}
