use std::{sync::Arc, time::SystemTime};

use super::sticky::{Key, Sticky};
use crate::{
    catalog::{Model, Snapshot},
    context::Tenant,
    query::Query,
};

/// Who answers instead of a model that a call means, because its schedule has moved the conversation to its successor.
///
/// The draw is made of tenant, conversation and model alone, and so is the same at every turn and in every process: while
/// the share grows, nobody moves back. Only where a schedule is in force is there anything to reckon.
pub(crate) fn moved_over<'a>(
    model: &Model,
    query: &Query,
    tenant: Option<&Tenant>,
    snapshot: &'a Snapshot,
    at: SystemTime,
) -> Option<&'a Arc<Model>> {
    let share = model.lifecycle().moved_share(at);
    if share <= 0.0 {
        return None;
    }
    let next = snapshot.successor(model, at)?;
    if !next.lifecycle().is_released(at) {
        return None;
    }
    (draw(&Sticky::key(query, tenant, model.name())) < share).then_some(next)
}

/// A number from 0 to 1, without 1, that is spread evenly over keys.
fn draw(key: &Key) -> f64 {
    let [a, b, c, d, ..] = *key;
    f64::from(u32::from_le_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        catalog::{Date, MoveOver, Provider},
        query::Api,
    };

    fn asked(opening: usize) -> Query {
        let body =
            format!(r#"{{"model":"old","messages":[{{"role":"user","content":"{opening}"}}]}}"#);
        Query::read(Api::OpenAiChat, body.as_bytes()).unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn snapshot(
        new: impl FnOnce(crate::catalog::ModelBuilder) -> crate::catalog::ModelBuilder,
    ) -> Snapshot {
        let old = Model::builder("old", "acme")
            .deprecated(day("2026-12-01"))
            .sunset(day("2026-12-11"))
            .successor("new")
            .move_over(MoveOver::Linear);
        let provider = Provider::builder("acme", "openai", "http://127.0.0.1:1/v1");
        let snapshot = Snapshot::builder().provider(provider).model(old);
        let snapshot = snapshot.model(new(Model::builder("new", "acme")));
        snapshot.build().unwrap()
    }

    #[test]
    fn who_has_moved_does_not_move_back_and_tenants_move_by_themselves() {
        let snapshot = snapshot(|new| new);
        let old = snapshot.model("old").unwrap();
        let tenants = [
            None,
            Some(Tenant::new("a").unwrap()),
            Some(Tenant::new("b").unwrap()),
        ];
        let mut days_of = Vec::new();
        for tenant in &tenants {
            let mut days = Vec::new();
            for opening in 0..400 {
                let query = asked(opening);
                let moved = |after: u32| {
                    let at = day("2026-12-01").starts() + Duration::from_secs(86_400) * after;
                    moved_over(old, &query, tenant.as_ref(), &snapshot, at).is_some()
                };
                let first = (0..=10).find(|after| moved(*after)).unwrap();
                assert!((first..=10).all(moved), "{opening}");
                days.push(first);
            }
            // A tenth of them each day, none on the first.
            for after in 1..=10 {
                let on = days.iter().filter(|first| **first == after).count();
                assert!((15..=70).contains(&on), "{on} after {after} days");
            }
            days_of.push(days);
        }
        assert_ne!(days_of[0], days_of[1]);
        assert_ne!(days_of[1], days_of[2]);
    }

    #[test]
    fn nobody_moves_to_a_model_that_is_not_there_yet_or_any_more() {
        let at = day("2026-12-11").starts();
        let moved = |snapshot: &Snapshot| {
            let old = snapshot.model("old").unwrap();
            moved_over(old, &asked(1), None, snapshot, at).is_some()
        };
        assert!(moved(&snapshot(|new| new)));
        assert!(!moved(&snapshot(|new| new.sunset(day("2026-12-11")))));
    }

    #[test]
    fn draws_are_spread_evenly_and_never_reach_one() {
        assert_eq!(draw(&[0; 32]), 0.0);
        assert!(draw(&[255; 32]) < 1.0);
        let within = |share: f64| {
            let keys = (0..10_000_u32).map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes());
            keys.filter(|key| draw(key) < share).count()
        };
        for (share, expected) in [(0.0, 0), (0.1, 1_000), (0.5, 5_000), (1.0, 10_000)] {
            assert!(within(share).abs_diff(expected) < 150, "{share}");
        }
    }
}
