//! The cases of linkerd's breakers, by their names there where they have one.

use super::*;

#[tokio::test(start_paused = true)]
async fn consecutive_failures_open_it() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 4);
    assert!(fleet.ailment("a").is_none());
    fleet.fail("a", FailureClass::Timeout, 1);
    let ailment = fleet.ailment("a").unwrap();
    assert_eq!(ailment.why(), "it has failed too often");
    let passes = ailment.passes().unwrap();
    assert!(
        passes <= Duration::from_secs(1) && passes >= Duration::from_millis(750),
        "{passes:?}"
    );
    assert!(fleet.is_refused("a"));
    assert!(!fleet.is_refused("b"), "it is one candidate's matter");
}

#[tokio::test(start_paused = true)]
async fn a_success_begins_the_count_anew() {
    let fleet = Fleet::new();
    for _ in 0..3 {
        fleet.fail("a", FailureClass::Malformed, 4);
        fleet.call("a").succeeds();
    }
    assert!(fleet.ailment("a").is_none());
    fleet.fail("a", FailureClass::Malformed, 5);
    assert!(fleet.ailment("a").is_some());
}

#[tokio::test(start_paused = true)]
async fn rate_limits_do_not_count_as_consecutive_failures() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Rate, 19);
    assert!(fleet.ailment("a").is_none());
    // Nor do they begin the count anew.
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 4);
    fleet.fail("a", FailureClass::Rate, 3);
    fleet.fail("a", FailureClass::Provider, 1);
    assert!(fleet.ailment("a").is_some());
}

#[tokio::test(start_paused = true)]
async fn rate_limits_count_in_the_window() {
    let fleet = Fleet::new();
    for _ in 0..10 {
        fleet.call("a").succeeds();
    }
    fleet.fail("a", FailureClass::Rate, 9);
    assert!(fleet.ailment("a").is_none(), "9 of 19");
    fleet.fail("a", FailureClass::Rate, 1);
    assert!(fleet.ailment("a").is_some(), "10 of 20");
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_fails_the_probe() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    fleet.call("a").fails(FailureClass::Rate);
    let passes = fleet.ailment("a").unwrap().passes().unwrap();
    assert!(passes > Duration::from_secs(1), "{passes:?}");
}

#[tokio::test(start_paused = true)]
async fn only_one_probe_is_let_through_and_others_see_it_as_ill() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    assert!(fleet.ailment("a").is_none(), "somebody is to try");
    let probe = fleet.call("a");
    for _ in 0..10 {
        assert!(fleet.is_refused("a"));
    }
    assert!(fleet.ailment("a").is_some());
    assert!(fleet.standing("a").probed);
    probe.succeeds();
    assert!(fleet.ailment("a").is_none());
    let both = (fleet.call("a"), fleet.call("a"));
    both.0.succeeds();
    both.1.succeeds();
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_opens_it_again() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    fleet.call("a").fails(FailureClass::Provider);
    assert!(fleet.is_refused("a"));
    pass(1).await;
    assert!(fleet.is_refused("a"), "for longer than at first");
    pass(1).await;
    fleet.call("a").succeeds();
    assert!(!fleet.is_refused("a"));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_cancelled_says_nothing_and_frees_the_place() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    pass(1).await;
    fleet.call("a").cancels();
    assert!(fleet.ailment("a").is_none(), "the next may try at once");
    drop(fleet.call("a"));
    let probe = fleet.call("a");
    assert!(fleet.is_refused("a"));
    probe.succeeds();
}

#[tokio::test(start_paused = true)]
async fn the_backoff_grows_and_a_success_resets_it() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
        let passes = fleet.ailment("a").unwrap().passes().unwrap().as_secs_f64();
        let most = f64::from(expected);
        assert!(
            passes <= most && passes >= most * 0.74,
            "{passes} of {expected}"
        );
        pass(60).await;
        fleet.call("a").fails(FailureClass::Provider);
    }
    pass(60).await;
    fleet.call("a").succeeds();
    fleet.fail("a", FailureClass::Provider, 5);
    let passes = fleet.ailment("a").unwrap().passes().unwrap();
    assert!(passes <= Duration::from_secs(1), "{passes:?}");
}

#[tokio::test(start_paused = true)]
async fn the_window_opens_it_by_exact_counts_though_successes_lie_between() {
    let fleet = Fleet::new();
    for _ in 0..9 {
        fleet.call("a").succeeds();
        fleet.fail("a", FailureClass::Provider, 1);
    }
    fleet.call("a").succeeds();
    assert!(fleet.ailment("a").is_none(), "9 of 19");
    fleet.fail("a", FailureClass::Provider, 1);
    assert!(fleet.ailment("a").is_some(), "10 of 20");
}

#[tokio::test(start_paused = true)]
async fn too_few_answers_do_not_open_it() {
    let fleet = Fleet::with(Breaker::new().failures(0));
    fleet.fail("a", FailureClass::Provider, 19);
    assert!(fleet.ailment("a").is_none());
    fleet.fail("a", FailureClass::Provider, 1);
    assert!(fleet.ailment("a").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_the_window_does_not_count() {
    let fleet = Fleet::with(Breaker::new().failures(0));
    for _ in 0..19 {
        fleet.call("a").succeeds();
        fleet.fail("a", FailureClass::Provider, 0);
    }
    fleet.fail("a", FailureClass::Provider, 18);
    pass(10).await;
    fleet.fail("a", FailureClass::Provider, 10);
    assert!(fleet.ailment("a").is_none(), "10 of 10 in the window");
    assert_eq!(fleet.standing("a").answers, 10);
}

#[tokio::test(start_paused = true)]
async fn what_is_nobody_s_fault_there_never_counts() {
    use FailureClass::{Budget, Busy, Caller, ContextTooLong, Filtered, Limit, Unsupported};
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 4);
    for class in [
        Caller,
        Unsupported,
        ContextTooLong,
        Filtered,
        Budget,
        Limit,
        Busy,
    ] {
        fleet.fail("a", class, 30);
        assert!(fleet.ailment("a").is_none(), "{class}");
    }
    for _ in 0..30 {
        fleet.call("a").cancels();
        fleet.call("a").ends(Ending::Cut, None);
        drop(fleet.call("a"));
    }
    let standing = fleet.standing("a");
    assert_eq!(
        (standing.failures, standing.answers, standing.in_flight),
        (4, 4, 0)
    );
    // They are no successes, either.
    fleet.fail("a", FailureClass::Provider, 1);
    assert!(fleet.ailment("a").is_some());
}

#[tokio::test(start_paused = true)]
async fn local_faults_do_not_count_but_a_host_that_is_not_there_does() {
    let fleet = Fleet::new();
    let late = Failure::new(FailureClass::Timeout, "p");
    for _ in 0..30 {
        let Call(permit) = fleet.call("a");
        permit.ended(&Ended {
            out_of_time: true,
            ..ended(Ending::Cancelled, Some(&late))
        });
    }
    assert!(fleet.ailment("a").is_none());
    // A candidate that did not answer in its own time was given up with a reason.
    fleet.call("a").ends(Ending::Cancelled, Some(&late));
    assert_eq!(fleet.standing("a").failures, 1);
    let refused = Failure::new(FailureClass::Provider, "p").unsent();
    for _ in 0..4 {
        fleet.call("a").ends(Ending::Rejected, Some(&refused));
    }
    assert!(fleet.ailment("a").is_some());
}
