use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    fixture::MODELS,
    support::{Folder, example, number, text, usd},
};

fn keys(value: &Value) -> BTreeSet<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(|key| &**key).collect()
}

fn checks(figure: &Value) {
    let [quality, low, high] = ["quality", "low", "high"].map(|key| number(&figure[key]));
    assert!(
        0.0 <= low && low <= quality && quality <= high && high <= 1.0,
        "{figure}"
    );
    assert!(low < high, "{figure}");
    let [cost, low, high] =
        ["cost_usd", "cost_low_usd", "cost_high_usd"].map(|key| usd(&figure[key]));
    assert!(0.0 < low && low <= cost && cost <= high, "{figure}");
}

#[test]
fn says_what_a_static_choice_scores_and_costs_beside_all_others() {
    let folder = Folder::with_calls(true, 1_200, 1);
    let said = folder.evaluate(&["--quality", "0.95"]);
    let expected = "calls best_constant router length constants random mixed oracle after";
    assert_eq!(keys(&said), expected.split(' ').collect());
    assert_eq!(said["calls"], 1_200);
    assert_eq!(keys(&said["constants"]), MODELS.into());
    assert_eq!(said["best_constant"], "large");
    for figures in [&said, &said["after"]["1000"]] {
        for one in ["router", "length", "random", "mixed", "oracle"] {
            checks(&figures[one]);
        }
        for model in MODELS {
            checks(&figures["constants"][model]);
        }
    }
    assert_eq!(said["after"]["1000"]["calls"], 200);

    // The oracle is never beaten, and chance stands between the best and the worst.
    let quality = |figure: &Value| number(&figure["quality"]);
    let constants = MODELS.map(|model| &said["constants"][model]);
    for one in constants
        .into_iter()
        .chain([&said["router"], &said["random"]])
    {
        assert!(quality(&said["oracle"]) >= quality(one));
    }
    let mean = constants.into_iter().map(quality).sum::<f64>() / 3.0;
    assert!((quality(&said["random"]) - mean).abs() < 1e-5);

    // The catalog knows the tasks here, and so the router keeps up with the best at less than half the cost.
    let against = &said["router"]["against_best"];
    assert!(number(&against["quality_low"]) > -0.06, "{against}");
    assert!(number(&against["saved"]) > 0.5, "{against}");
    assert!(quality(&said["router"]) > quality(&said["mixed"]), "{said}");
    let by_length = &said["length"]["against_best"];
    assert!(
        number(&against["saved"]) > number(&by_length["saved"]) + 0.2,
        "{said}"
    );
}

#[test]
fn learning_wins_where_the_catalog_knows_no_tasks() {
    let folder = Folder::with_calls(false, 900, 12);
    let said = folder.evaluate(&["--learn"]);
    let against = |one: &str| &said[one]["against_best"];
    let [learned, without] = ["router", "no_feedback"].map(against);
    assert!(number(&learned["quality"]) > -0.04, "{learned}");
    assert!(number(&learned["saved"]) > 0.3, "{learned}");
    assert!(
        number(&learned["saved"]) > number(&without["saved"]) + 0.2,
        "{without}"
    );
    let [router, mixed] = ["router", "mixed"].map(|one| number(&said[one]["quality"]));
    assert!(router > mixed + 0.03, "{router} {mixed}");
}

#[test]
fn the_same_seed_says_the_same() {
    let folder = Folder::with_calls(false, 150, 2);
    let args = ["--learn", "--feedback", "0.5", "--seed", "7"];
    assert_eq!(folder.evaluate(&args), folder.evaluate(&args));
    let log = folder.path("a.jsonl");
    let lottery = ["--alias", "lottery", "--seed", "3", "--decisions", &*log];
    folder.evaluate(&lottery);
    let first = folder.read("a.jsonl");
    folder.evaluate(&lottery);
    assert_eq!(first, folder.read("a.jsonl"));
}

#[test]
fn without_scores_it_learns_nothing_and_says_what_it_did_then() {
    let folder = Folder::with_calls(true, 150, 3);
    let said = folder.evaluate(&["--learn", "--feedback", "0"]);
    assert_eq!(said["router"], said["no_feedback"]);
    let without = folder.evaluate(&[]);
    assert_eq!(said["static"], without["router"]);
    assert!(without.get("static").is_none());
}

#[test]
fn costs_of_the_lines_count_where_they_are_given() {
    let folder = Folder::with_calls(false, 0, 0);
    let line = |id: u32| {
        format!(
            r#"{{"id": {id}, "prompt": "Why?", "scores": {{"small": 1, "large": 0.5}}, "costs": {{"small": 0.25, "large": 2}}}}"#
        )
    };
    folder.write("outcomes.jsonl", &format!("{}\n\n{}\n", line(1), line(2)));
    let said = folder.evaluate(&[]);
    // Who has no score of a call is not asked.
    assert_eq!(keys(&said["constants"]), ["large", "small"].into());
    assert_eq!(usd(&said["constants"]["small"]["cost_usd"]), 0.5);
    assert_eq!(usd(&said["constants"]["large"]["cost_usd"]), 4.0);
    assert_eq!(usd(&said["oracle"]["cost_usd"]), 0.5);
    assert_eq!(said["after"], serde_json::json!({}));
}

#[test]
fn a_table_names_everyone() {
    let folder = Folder::with_calls(true, 1_100, 4);
    let (catalog, outcomes) = (folder.path("catalog.toml"), folder.path("outcomes.jsonl"));
    let mut command = example("evaluate");
    let output = command
        .args(["--catalog", &catalog, &outcomes])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for part in [
        "router",
        "small",
        "random",
        "oracle",
        "by the catalog alone",
        "after the first 1000",
    ] {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }
}
