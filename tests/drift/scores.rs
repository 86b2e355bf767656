use std::sync::Arc;

use tower_genai::{
    catalog::{Candidate, Catalog},
    observe::{DecisionId, Observer},
    profile::{Consultation, Feedback, Profile, drift::What},
    query::{Prompt, Query},
};

use crate::told::Told;

/// One model, and an app that scores its answers.
struct House {
    profile: Profile,
    candidate: Candidate,
    random: fastrand::Rng,
    told: Told,
    _observer: Arc<dyn Observer>,
}

impl House {
    fn new() -> Self {
        let snapshot = Catalog::builtin().snapshot();
        let mut models = snapshot.models().iter();
        let model = models.find(|model| model.name() == "glm-5").unwrap();
        let (profile, told) = (Profile::new().seed(1), Told::default());
        let observer: Arc<dyn Observer> = Arc::new(told.clone());
        profile.tells(&observer);
        Self {
            profile,
            candidate: Candidate::new(model.clone()),
            random: fastrand::Rng::with_seed(2),
            told,
            _observer: observer,
        }
    }

    /// So many calls, scored 1 with this probability and else 0; what was predicted of the last.
    fn play(&mut self, calls: usize, good: f64) -> f64 {
        let mut predicted = 0.0;
        for _ in 0..calls {
            let query = Query::of_prompt("house", Prompt::new("What is the capital of Peru?"));
            let id = DecisionId::random();
            let consultation = Consultation::new(id, "house", &query);
            let pool = [(&self.candidate, Some(0.8), 0.01)];
            predicted = self.profile.consult(&consultation, &pool).estimates[0].mean;
            self.profile.answered(id, &self.candidate);
            let score = f64::from(u8::from(self.random.f64() < good));
            let feedback = Feedback::new(id, score);
            self.profile.feedback(None, &feedback).unwrap();
        }
        predicted
    }
}

#[test]
fn a_model_that_is_worse_than_it_was_is_told_of_and_predicted_to_be_and_so_when_it_is_back() {
    let mut house = House::new();
    house.play(400, 0.9);
    assert!(house.told.take().is_empty(), "nothing has changed");
    let after = house.play(120, 0.3);
    let told = house.told.take();
    let (recovered, drift) = &told[0];
    assert!(!recovered && drift.worse, "{told:?}");
    assert_eq!((drift.what, &*drift.model), (What::Quality, "glm-5"));
    assert_eq!((&*drift.alias, &drift.tenant), ("house", &None));
    assert!((drift.before - 0.9).abs() < 0.05, "{drift:?}");
    assert!(drift.since < 100 && drift.calls < 500, "{drift:?}");
    assert!(after < 0.6, "{after}");
    let back = house.play(120, 0.95);
    let told = house.told.take();
    assert!(told.iter().any(|(recovered, _)| *recovered), "{told:?}");
    assert!(back > after, "{back} after {after}");
}

#[test]
fn an_observer_that_is_gone_is_not_told() {
    let mut house = House::new();
    house._observer = Arc::new(Told::default());
    house.play(150, 1.0);
    house.play(60, 0.0);
    assert!(house.told.take().is_empty());
}
