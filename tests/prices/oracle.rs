//! What the lists say a call costs, by arithmetic that knows nothing of rates, and by each other.

use std::collections::BTreeMap;

use serde_json::Value;
use tower_genai::catalog::{
    Terms, Usage,
    import::{Format, Imported, ImportedModel},
};

use super::support::*;

/// Numbers that repeat from run to run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// The number under the key for the longest prompts that this one is longer than, in floating point.
fn floating(entry: &Value, stem: &str, prompt: u64) -> Option<f64> {
    let members = entry.as_object()?;
    let mut best = (0, members.get(stem)?.as_f64()?);
    for (key, value) in members {
        let thousands = key
            .strip_prefix(stem)
            .and_then(|rest| rest.strip_prefix("_above_"))
            .and_then(|rest| rest.strip_suffix("k_tokens"))
            .and_then(|n| n.parse::<u64>().ok());
        if let Some(over) = thousands.map(|n| n * 1_000)
            && prompt > over
            && over > best.0
        {
            best = (over, value.as_f64()?);
        }
    }
    Some(best.1)
}

#[test]
fn litellm_costs_what_its_own_numbers_say() {
    let Some(bytes) = real(REAL[0].1) else { return };
    let imported = REAL[0].0.read("litellm", &bytes).unwrap();
    let raw: Value = serde_json::from_slice(&bytes).unwrap();
    let mut random = Random(1);
    let mut compared = 0;
    for model in imported.models() {
        let entry = &raw[model.name()];
        // Conditions that this arithmetic does not know.
        let conditions = [
            "tiered_pricing",
            "off_peak_pricing",
            "input_cost_per_token_cache_hit",
        ];
        if conditions.iter().any(|key| entry.get(key).is_some()) {
            continue;
        }
        let stems = [
            "input_cost_per_token",
            "output_cost_per_token",
            "cache_read_input_token_cost",
        ];
        let sizes = [1_000, 100_000, 150_000, 250_000, 600_000];
        for size in sizes {
            let counts = [
                size - random.below(900),
                1 + random.below(5_000),
                random.below(900),
            ];
            let prompt = counts[0] + counts[2];
            let prices: Option<Vec<f64>> =
                stems.iter().map(|s| floating(entry, s, prompt)).collect();
            let Some(prices) = prices.filter(|p| p.iter().all(|p| *p > 0.0)) else {
                continue;
            };
            #[allow(clippy::cast_precision_loss)]
            let wanted: f64 = prices.iter().zip(counts).map(|(p, n)| p * n as f64).sum();
            let used = Usage {
                cache_read: counts[2],
                ..Usage::text(counts[0], counts[1])
            };
            // Some charge for the call besides.
            let request = entry
                .get("input_cost_per_query")
                .or(entry.get("input_cost_per_request"));
            let wanted = wanted + request.and_then(Value::as_f64).unwrap_or(0.0);
            let ours = cost(model, &used, at(TODAY, 12)).unwrap().as_f64();
            assert!(
                (ours - wanted).abs() <= wanted * 1e-5 + 2e-9,
                "{}: {ours} {wanted} {used:?}\n{:#?}",
                model.name(),
                rates(model)
            );
            compared += 1;
        }
    }
    println!("{compared} costs compared");
    assert!(compared > 5_000);
}

/// Each of our providers' models by id, where the list has one entry for it.
fn by_id(imported: &Imported) -> BTreeMap<(String, String), &ImportedModel> {
    let mut found = BTreeMap::new();
    for model in imported.models() {
        if let Some(provider) = model.provider() {
            found
                .entry((provider.to_owned(), model.id().to_owned()))
                .or_insert(model);
        }
    }
    found
}

#[test]
fn models_in_all_three_lists_cost_the_same_or_are_named() {
    let mut lists = Vec::new();
    for i in [0, 2, 3] {
        let (format, path) = REAL[i];
        let Some(bytes) = real(path) else { return };
        lists.push(format.read(path, &bytes).unwrap());
    }
    let tables: Vec<_> = lists.iter().map(by_id).collect();
    let mut random = Random(7);
    let (mut agree, mut pairs, mut unpriced) = (0, 0, 0);
    let mut differ = Vec::new();
    for (key, first) in &tables[0] {
        let (Some(second), Some(third)) = (tables[1].get(key), tables[2].get(key)) else {
            continue;
        };
        let mut said = Vec::new();
        let mut unknown = false;
        for _ in 0..8 {
            let used = Usage {
                cache_read: random.below(50_000),
                ..Usage::text(random.below(400_000), 1 + random.below(30_000))
            };
            let terms = Terms::new(at(TODAY, random.below(24)));
            let costs =
                [first, second, third].map(|model| price(model).cost(&used, &terms).bound());
            unknown |= costs.iter().any(Option::is_none);
            if costs.iter().any(|cost| *cost != costs[0]) {
                said = costs.to_vec();
            }
        }
        // Vectors and images: one list or another has no price for text that is answered.
        if unknown {
            unpriced += 1;
            continue;
        }
        pairs += 1;
        if said.is_empty() {
            agree += 1;
        } else {
            differ.push(format!(
                "{}/{}: LiteLLM, models.dev, genai-prices: {said:?}",
                key.0, key.1
            ));
        }
    }
    println!(
        "{agree} of {pairs} models cost the same by all three lists, {unpriced} are not priced by all\n{}",
        differ.join("\n")
    );
    assert!(pairs > 50, "{pairs}");
    // The lists are months apart, and prices moved; but an importer that misread one would leave next to none.
    assert!(agree * 3 > pairs * 2, "{agree} of {pairs}");
    assert_eq!(lists[0].provenance().format(), Format::LiteLlm);
}
