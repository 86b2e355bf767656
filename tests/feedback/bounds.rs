use std::time::SystemTime;

use tokio::time::Instant;
use tower_genai::{
    context::Clock,
    observe::DecisionId,
    profile::{Feedback, FeedbackError, Profile, Sharing},
};

use crate::profiles::{call, decide, labels, teach, tenant};

/// A million false scores of one tenant; how many of them were learned.
fn attack(profile: &Profile) -> usize {
    let loud = tenant("loud");
    let ids: Vec<_> = (0..2_000)
        .map(|at| call(profile, Some("loud"), "auto", &format!("attack {at}")))
        .collect();
    let mut learned = 0;
    for at in 0..1_000_000 {
        // One's own decisions, over and over, and ones that nobody has made.
        let id = match at % 4 {
            0 => DecisionId::random(),
            _ => ids[at % ids.len()],
        };
        match profile.feedback(Some(&loud), &Feedback::new(id, 0.0)) {
            Ok(()) => learned += 1,
            Err(FeedbackError::Unknown | FeedbackError::Twice | FeedbackError::TooMany) => {}
            Err(why) => panic!("{why}"),
        }
    }
    learned
}

/// Whom a quiet tenant's calls go to, and what is thought of either then.
fn choices(profile: &Profile) -> (Vec<usize>, String) {
    let ask = |at: usize| decide(profile, Some("quiet"), "auto", &format!("quiet {at}")).1;
    let chosen = (0..200).map(ask).collect();
    let report = profile.report();
    let mut streams = report.streams.into_iter();
    let name = tenant("quiet");
    let of = streams.find(|one| one.tenant.as_ref() == Some(&name));
    (chosen, format!("{:?}", of.unwrap()))
}

/// The same at the same time, and by the same chance.
fn profile() -> Profile {
    Profile::new()
        .seed(7)
        .clock(Clock::manual(SystemTime::UNIX_EPOCH))
}

#[test]
fn a_million_false_scores_move_nobody_else_s_choice() {
    let profile = || profile().labels_per_minute(100);
    let (quiet, attacked) = (profile(), profile());
    for profile in [&quiet, &attacked] {
        for at in 0..50 {
            teach(profile, Some("quiet"), "auto", &format!("question {at}"));
        }
    }
    let begun = Instant::now();
    let learned = attack(&attacked);
    let taken = begun.elapsed();
    // A minute's at once, and what comes back meanwhile.
    let most = 100 + usize::try_from(taken.as_secs()).unwrap() * 2 + 2;
    assert!((100..=most).contains(&learned), "{learned} of {most}");
    assert_eq!(labels(&attacked, Some("quiet"), "auto"), 50);
    assert_eq!(choices(&quiet), choices(&attacked));
}

#[test]
fn where_tenants_share_one_gives_no_more_than_its_part() {
    let profile = profile().sharing(Sharing::Shared);
    let learned = attack(&profile);
    assert_eq!(learned, 128, "alone, it may give what begins a stream");
    for at in 0..160 {
        let quiet = format!("quiet-{}", at % 4);
        teach(&profile, Some(&quiet), "auto", &format!("question {at}"));
    }
    assert_eq!(labels(&profile, None, "auto"), 288);
    let more = attack(&profile);
    // As many as all the others together, but for what its minute leaves.
    assert!(more <= 160 - 128, "{more}");
    assert!(labels(&profile, None, "auto") <= 2 * 160);
}

#[test]
fn a_decision_that_had_to_go_cannot_be_scored() {
    let profile = profile().most_pending(3);
    let ids: Vec<_> = (0..4)
        .map(|at| call(&profile, None, "auto", &format!("question {at}")))
        .collect();
    let score = |id| profile.feedback(None, &Feedback::new(id, 1.0));
    assert_eq!(score(ids[0]), Err(FeedbackError::Unknown));
    assert_eq!(score(ids[3]), Ok(()));
    assert_eq!(score(ids[3]), Err(FeedbackError::Twice));
    for odd in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        let told = profile.feedback(None, &Feedback::new(ids[1], odd));
        assert_eq!(told, Err(FeedbackError::Score));
    }
    assert_eq!(score(ids[1]), Ok(()));
}
