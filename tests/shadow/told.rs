use std::sync::atomic::Ordering;

use tower_genai::{
    observe::DecisionId,
    profile::{Feedback, FeedbackError, Profile, Source},
    shadow::Other,
};

use crate::support::{House, THREE, all, ample, ask, call};

#[tokio::test]
async fn who_counts_calls_counts_none_of_it() {
    let mut house = House::start(THREE).await;
    let stack = house.stack(all(&ample())).boxed();
    for n in 0..3 {
        let answer = ask(&stack, call(&format!("{n}"), n == 1)).await;
        let one = house.shadowed().await;
        let outcome = answer.outcome.unwrap();
        let decision = outcome.decision().unwrap();
        assert_eq!(one.decision.id, decision.id);
        assert!(!decision.is_shadow());
        assert_eq!(one.answered.to_string(), "cheap");
        assert_eq!(one.candidate.to_string(), "dear");
        let record = house.seen.log.get(decision.id).unwrap();
        assert_eq!(record.outcomes().count(), 1, "the caller's own");
    }
    assert_eq!(house.seen.decided.load(Ordering::Relaxed), 3);
    assert_eq!(house.seen.log.len(), 3);
    let mut finished = house.seen.finished.lock().unwrap().clone();
    finished.sort();
    let (cheap, dear) = (("cheap".to_owned(), false), ("dear".to_owned(), true));
    assert_eq!(finished, [vec![cheap; 3], vec![dear; 3]].concat());
}

/// Whether the profile has a shadow's label for the one that answered, and for another.
fn learned(profile: &Profile, house: &House, id: DecisionId, other: &str) -> (bool, bool) {
    let feedback = Feedback::new(id, 0.5).source(Source::Shadow);
    let answered = profile.feedback(None, &feedback) == Err(FeedbackError::Twice);
    let snapshot = house.catalog.snapshot();
    let model = snapshot.model(other).unwrap();
    let candidate = tower_genai::catalog::Candidate::new(model.clone());
    let other = profile.compared(None, id, &candidate, 0.5) == Err(FeedbackError::Twice);
    (answered, other)
}

#[tokio::test]
async fn a_profile_learns_of_the_one_of_which_less_was_expected() {
    let mut house = House::start(THREE).await;
    // The learner asks the best; the others are the lesser ones.
    let profile = Profile::new().seed(1).explores(false);
    let stack = house.stack(all(&ample()).candidate(Other::Best));
    let stack = stack.profile(profile.clone()).boxed();
    let answer = ask(&stack, call("x", false)).await;
    let one = house.shadowed().await;
    let id = one.decision.id;
    let (best, lesser) = (answer.by(), one.candidate.to_string());
    let quality = |name: &str| {
        let mut all = one.decision.candidates.iter();
        all.find(|one| one.candidate.to_string() == name)
            .unwrap()
            .quality
    };
    assert!(quality(&best) > quality(&lesser), "{best} {lesser}");
    assert_eq!(learned(&profile, &house, id, &lesser), (false, true));
}

#[tokio::test]
async fn the_one_that_answers_is_learned_of_where_the_other_is_the_reference() {
    let mut house = House::start(THREE).await;
    let profile = Profile::new().seed(1).explores(false);
    // The profile is asked, and a policy of the app's own decides otherwise.
    let policy = Contrary(profile.clone());
    let stack = house.stack(all(&ample())).profile(profile.clone());
    let stack = stack.policy(policy).boxed();
    let answer = ask(&stack, call("x", true)).await;
    assert_eq!(answer.by(), "weak");
    let one = house.shadowed().await;
    assert_eq!(one.candidate.to_string(), "dear");
    assert_eq!(
        learned(&profile, &house, one.decision.id, "dear"),
        (true, false)
    );
}

/// Goes by experience, backwards.
struct Contrary(Profile);

impl tower_genai::select::Policy for Contrary {
    fn rank(
        &self,
        question: &tower_genai::select::Question<'_>,
        pool: &mut tower_genai::select::Pool<'_>,
    ) {
        tower_genai::select::Learned::new(self.0.clone()).rank(question, pool);
        pool.sort_by_score(|entry| -entry.quality().unwrap_or(0.0));
    }
}

#[test]
fn a_profile_takes_a_comparison_once_and_of_its_own_tenant_s_decision_alone() {
    use tower_genai::{
        catalog::Candidate,
        context::Tenant,
        profile::Consultation,
        query::{Prompt, Query},
    };
    let catalog = crate::support::catalog(THREE, |_| "http://x/v1".into());
    let snapshot = catalog.snapshot();
    let [cheap, dear, weak] =
        ["cheap", "dear", "weak"].map(|name| Candidate::new(snapshot.model(name).unwrap().clone()));
    let profile = Profile::new();
    let (id, tenant) = (DecisionId::random(), Tenant::new("acme").unwrap());
    let query = Query::of_prompt("auto", Prompt::new("x"));
    let mut call = Consultation::new(id, "auto", &query);
    call.tenant = Some(&tenant);
    profile.consult(&call, &[(&cheap, Some(0.6), 1.0), (&dear, Some(0.9), 2.0)]);
    let told = |tenant, who, score| profile.compared(tenant, id, who, score);
    for score in [-0.1, 1.1, f64::NAN] {
        assert_eq!(told(Some(&tenant), &dear, score), Err(FeedbackError::Score));
    }
    assert_eq!(told(None, &dear, 0.5), Err(FeedbackError::Unknown));
    assert_eq!(told(Some(&tenant), &weak, 0.5), Err(FeedbackError::Unknown));
    assert_eq!(told(Some(&tenant), &dear, 0.5), Ok(()));
    assert_eq!(told(Some(&tenant), &dear, 0.5), Err(FeedbackError::Twice));
}
