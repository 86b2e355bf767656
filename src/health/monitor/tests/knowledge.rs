use super::*;

fn timed(fleet: &Fleet, first: Option<u64>, total: u64, tokens: u64, class: Option<FailureClass>) {
    let failure = class.map(|class| Failure::new(class, "p"));
    let Call(permit) = Call(fleet.admit("a", KEY, true).unwrap().0);
    permit.ended(&Ended {
        first_content: first.map(Duration::from_millis),
        total: Duration::from_millis(total),
        streamed: first.is_some(),
        output_tokens: Some(tokens),
        ..ended(
            match class {
                Some(_) => Ending::Cut,
                None => Ending::Complete,
            },
            failure.as_ref(),
        )
    });
}

fn about(seconds: f64, expected: f64) -> bool {
    (seconds - expected).abs() <= expected * 0.025
}

#[tokio::test(start_paused = true)]
async fn speed_is_told_after_twenty_answers() {
    let fleet = Fleet::new();
    let candidate = fleet.candidate("a");
    for _ in 0..19 {
        timed(&fleet, Some(300), 1_300, 100, None);
    }
    assert_eq!(fleet.monitor.speed(&candidate, 0.5), None);
    timed(&fleet, Some(300), 1_300, 100, None);
    let speed = fleet.monitor.speed(&candidate, 0.5).unwrap();
    assert!(about(speed.first_content.unwrap().as_secs_f64(), 0.3));
    assert!(about(speed.tokens_per_second.unwrap(), 100.0));
    let p99 = fleet.monitor.first_content(&candidate, 0.99).unwrap();
    assert!(about(p99.as_secs_f64(), 0.3));
    assert!(fleet.monitor.tokens_per_second(&candidate, 0.01).is_some());
    assert_eq!(fleet.monitor.speed(&fleet.candidate("b"), 0.5), None);
}

#[tokio::test(start_paused = true)]
async fn only_whole_answers_tell_of_speed_and_failing_fast_is_not_fast() {
    let fleet = Fleet::with(Breaker::new().failures(0).window(Duration::from_secs(1), 0));
    let candidate = fleet.candidate("a");
    for _ in 0..50 {
        timed(&fleet, None, 1, 1_000, Some(FailureClass::Provider));
        timed(&fleet, Some(250), 260, 1_000, Some(FailureClass::Provider));
        timed(&fleet, None, 2_000, 100, None);
    }
    let speed = fleet.monitor.speed(&candidate, 0.5).unwrap();
    assert!(
        about(speed.first_content.unwrap().as_secs_f64(), 0.25),
        "it came"
    );
    assert!(about(speed.tokens_per_second.unwrap(), 50.0));
}

#[tokio::test(start_paused = true)]
async fn hostile_numbers_of_keys_and_tenants_stay_bounded() {
    let fleet = Fleet::new();
    fleet.fail("a", FailureClass::Provider, 5);
    let candidate = fleet.candidate("a");
    let at = candidate.model().provider();
    for number in 0_u32..20_000 {
        let tenant = Tenant::new(&format!("t{number}")).unwrap();
        let key = KeyId::of(&number.to_le_bytes());
        let asked = Asked::default();
        let permit = fleet
            .monitor
            .admit(&candidate, at, key, Some(&tenant), asked, false);
        Call(permit.unwrap()).succeeds();
    }
    let shared = &fleet.monitor.0;
    assert!(shared.cells.all().len() <= CELLS);
    assert!(shared.keys.all().len() <= CELLS);
    assert!(shared.tenants.len() <= TENANTS + TENANTS / 8);
    assert!(
        fleet.is_refused("a"),
        "what ails somebody is not forgotten for it"
    );
}

#[tokio::test(start_paused = true)]
async fn the_report_is_readable_and_shows_no_key() {
    let fleet = Fleet::new();
    fleet.call("b").succeeds();
    fleet.fail("a", FailureClass::Provider, 5);
    for _ in 0..20 {
        timed(&fleet, Some(300), 1_300, 100, None);
    }
    let under_way = fleet.call("b");
    fleet.fail("a", FailureClass::Provider, 5);
    let report = fleet.monitor.report();
    let text = report.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("a at p, a key: ill, it has failed too often (for "),
        "{text}"
    );
    let well = "b at p, a key: well; 0 failures since a success, 0 of 1 answers failed lately, 1 in flight";
    assert_eq!(lines[1], well);
    assert!(
        lines[2].starts_with("a at p: first content after 0."),
        "{text}"
    );
    assert!(lines[2].ends_with(" tokens a second"), "{text}");
    assert!(!format!("{report:?} {:?}", fleet.monitor).contains("KeyId("));
    under_way.succeeds();
}

#[tokio::test(start_paused = true)]
async fn repeats_are_earned_at_each_provider_and_sdk_s_own_take_what_they_find() {
    let fleet = Fleet::new();
    let monitor = fleet.monitor.clone().retry_budget(0.2, 2);
    for _ in 0..5 {
        monitor.first_try("p", false);
    }
    let granted = |provider| (0..100).filter(|_| monitor.may_repeat(provider)).count();
    assert_eq!((granted("p"), granted("q")), (3, 2));
    for _ in 0..10 {
        monitor.first_try("p", false);
    }
    monitor.first_try("p", true);
    assert_eq!(
        granted("p"),
        1,
        "two were earned, and an SDK's retry took one"
    );
    // It comes whether or not there is one, and leaves no debt.
    monitor.first_try("p", true);
    for _ in 0..5 {
        monitor.first_try("p", false);
    }
    assert_eq!(granted("p"), 1);
}

#[tokio::test(start_paused = true)]
async fn another_model_than_before_is_told_of_once() {
    let fleet = Fleet::new();
    let serves = |name| {
        let Call(permit) = fleet.call("a");
        permit.ended(&Ended {
            served_model: Some(name),
            ..ended(Ending::Complete, None)
        })
    };
    assert_eq!(serves("m-1"), None);
    assert_eq!(serves("m-1"), None);
    assert_eq!(serves("m-2").as_deref(), Some("m-1"));
    assert_eq!(serves("m-1"), None);
}
